import {
  type Issue,
  type Json,
  mapResult,
  ok,
  type Passport,
  type Result,
  refuse,
  refuseWith,
  warningIssue,
} from "@livermark/core";
import {
  type Mask,
  type Measurement,
  maskCentre,
  notDoubted,
  type ReferenceSuggestion,
  type RegistrationSteps,
  registrationErrorMm,
  suggestReferences,
  type Vec3,
  type Volume,
} from "@livermark/imaging";
import type { RecipeParameters, RecipeSources } from "./recipe-inputs.js";
import { type RegisteredImages, type RegisterOptions, registerImages } from "./register-images.js";

const REGISTRATION = { none: null, rigid: "rigid", "b-spline": "rigid+b-spline" } as const satisfies {
  readonly [word: string]: RegistrationSteps | null;
};
const REFERENCES = ["drawn", "suggested"] as const;

/** Sizes of suggested reference cubes in cm³, in the order they are tried (paper 004: 0.5 where little parenchyma is left). */
const CUBES_CM3 = [1, 0.5] as const;

/** How the phases of one LETB are brought together. */
export interface PhaseOptions extends Pick<RegisterOptions, "signal" | "progress" | "engine"> {
  /** Id for the registration's passport; its own, made from its contents, where absent. */
  readonly id?: string;
  /** Places of the reference regions at an earlier time point, from the liver's centre, mm. */
  readonly sites?: readonly Vec3[];
}

/** Displacement that the interval covers, and who says so; null where it could not be estimated. */
interface RegistrationError {
  readonly mm: number | null;
  readonly source: "given" | "estimated";
}

/** Inputs of a LETB after registration and suggestion, and what they say about themselves. */
export interface LetbPhases {
  readonly sources: RecipeSources;
  /** Those of the recipe itself. */
  readonly parameters: RecipeParameters;
  readonly registered: RegisteredImages | null;
  /** Of the registration; null where none was asked for. */
  readonly passport: Passport | null;
  /** Suggested places from the liver's centre, mm; null where the regions were drawn. */
  readonly sites: readonly Vec3[] | null;
  /** The measurement with its registration and its regions named in parts and passport. */
  readonly named: (measurement: Measurement) => Measurement;
}

const badWord = (name: string, got: Json | undefined, words: readonly string[]): Result<never> =>
  refuse({
    code: "recipe-parameter",
    message: `The parameter ${name} of letb has a value that it cannot have.`,
    got: JSON.stringify(got),
    wanted: words.join(" | "),
    path: name,
  });

const plus = (a: Vec3, b: Vec3, sign: 1 | -1): Vec3 => [a[0] + sign * b[0], a[1] + sign * b[1], a[2] + sign * b[2]];

interface Around {
  readonly liver: Mask;
  readonly tumours: readonly Mask[];
  readonly vessels: Mask | undefined;
}

async function masksAround(sources: RecipeSources, arterial: Volume): Promise<Result<Around>> {
  const read = async (input: string): Promise<Result<readonly Mask[]>> =>
    sources.regions.includes(input) ? sources.masks(input, arterial) : ok([]);
  const [liver, tumours, vessels] = [await read("liver"), await read("tumour"), await read("vessel")];
  if (!liver.ok) return liver;
  if (!tumours.ok) return tumours;
  if (!vessels.ok) return vessels;
  const [first] = liver.value;
  if (first === undefined || liver.value.length > 1)
    return refuse({
      code: "region-count",
      message: 'The input "liver" of letb needs one region.',
      got: `${liver.value.length} regions`,
      wanted: "one; name its label where a mask has several",
    });
  return ok({ liver: first, tumours: tumours.value, vessels: vessels.value[0] });
}

/**
 * Prepares the inputs of one LETB as its protocol says. `registration: none | rigid | b-spline` (none) brings the precontrast phase
 * onto the arterial grid; `references: drawn | suggested` (drawn) places three reference cubes by `suggestReferences` where nobody
 * drew any, at follow-up as near as possible to the baseline's places (by the liver's centre). Both are taken out of the
 * parameters and named in the measurement's parts and passport. Refuses unknown words, what `registerImages` refuses, and a
 * liver without room for suggestions. The displacement that a registration is expected to have left (`registrationErrorMm`) becomes the
 * recipe's `registration_error_mm` unless a person gave one; value and source stand beside the registration's facts.
 */
export async function letbPhases(
  sources: RecipeSources,
  parameters: RecipeParameters,
  options: PhaseOptions,
): Promise<Result<LetbPhases>> {
  const { registration = "none", references = "drawn", ...own } = parameters;
  const steps = Object.entries(REGISTRATION).find(([word]) => word === registration);
  if (steps === undefined) return badWord("registration", registration, Object.keys(REGISTRATION));
  const [, wanted] = steps;
  if (!REFERENCES.some((one) => one === references)) return badWord("references", references, REFERENCES);
  const suggests = references === "suggested" && !sources.regions.includes("reference");
  const plain = { sources, parameters: own, registered: null, passport: null, sites: null };
  const lacks =
    ["pre", "arterial"].some((name) => !sources.images.includes(name)) || !sources.regions.includes("liver");
  // What is missing is named by the recipe itself.
  if (lacks || (wanted === null && !suggests))
    return ok({ ...plain, named: (measurement) => withFacts(measurement, null, null) });

  const [pre, arterial] = [await sources.volume("pre"), await sources.volume("arterial")];
  if (!pre.ok) return pre;
  if (!arterial.ok) return arterial;
  const around = await masksAround(sources, arterial.value);
  if (!around.ok) return around;
  const { liver, tumours, vessels } = around.value;
  // LETB refuses it as well, but only after minutes of registering.
  const reason = typeof own.outline_override === "string" ? own.outline_override : undefined;
  const trusted = notDoubted(liver, arterial.value, reason);
  if (!trusted.ok) return trusted;
  const issues: Issue[] = [];
  let registered: RegisteredImages | null = null;
  if (wanted !== null) {
    const found = await registerImages(
      { fixed: arterial.value, moving: pre.value, liver, tumours },
      { ...options, parameters: { steps: wanted } },
    );
    if (!found.ok) return found;
    registered = found.value;
    issues.push(...found.issues);
  }
  const moved = registered?.volume ?? pre.value;
  const left = errorOf(registered, own, issues);
  const counted = left === null || left.mm === null ? own : { ...own, registration_error_mm: left.mm };
  const id = options.id ?? registered?.passport.id ?? "";
  const passport = registered === null ? null : { ...registered.passport, id };
  const brought = registered === null ? null : { registered, id, left };
  const volume = async (input: string): Promise<Result<Volume>> =>
    input === "pre" ? { ...pre, value: moved, issues: [...pre.issues, ...issues] } : sources.volume(input);
  if (!suggests)
    return ok({
      sources: { ...sources, volume },
      parameters: counted,
      registered,
      passport,
      sites: null,
      named: (measurement) => withFacts(measurement, brought, null),
    });

  const centre = maskCentre(liver);
  if (centre === null)
    return refuse({ code: "empty-region", message: `Mask ${liver.name} has no voxel.`, wanted: "a liver mask" });
  const matchSites = options.sites?.map((site) => plus(site, centre, 1));
  const suggested = suggestion({ pre: moved, arterial: arterial.value, liver, tumours, vessels }, matchSites);
  if (!suggested.ok) return refuseWith([...issues, ...suggested.issues]);
  const masks = suggested.value.map(({ mask }) => mask);
  return ok({
    sources: {
      ...sources,
      regions: [...sources.regions, "reference"],
      volume,
      masks: async (input, on) => (input === "reference" ? ok(masks, suggested.issues) : sources.masks(input, on)),
    },
    parameters: counted,
    registered,
    passport,
    sites: suggested.value.map(({ region }) => plus(region.center, centre, -1)),
    named: (measurement) => withFacts(measurement, brought, suggested.value),
  });
}

/** Three cubes of 1 cm³, or of 0.5 cm³ where those find no room. */
function suggestion(
  { pre, arterial, liver, tumours, vessels }: Around & { readonly pre: Volume; readonly arterial: Volume },
  matchSites: readonly Vec3[] | undefined,
): Result<readonly ReferenceSuggestion[]> {
  let last: Result<readonly ReferenceSuggestion[]> | null = null;
  for (const volumeCm3 of CUBES_CM3) {
    last = suggestReferences(
      { pre, arterial, liver, tumours, ...(vessels === undefined ? {} : { vessels }) },
      { volumeCm3, ...(matchSites === undefined ? {} : { matchSites }) },
    );
    if (last.ok) return last;
  }
  return last ?? ok([]);
}

/** What the interval is told about displacement after a registration; a registration that cannot say adds a warning to `issues`. */
function errorOf(
  registered: RegisteredImages | null,
  own: RecipeParameters,
  issues: Issue[],
): RegistrationError | null {
  if (registered === null) return null;
  if (typeof own.registration_error_mm === "number") return { mm: own.registration_error_mm, source: "given" };
  const mm = registrationErrorMm(registered.registration);
  if (mm === null)
    issues.push(
      warningIssue({
        code: "registration-error-unknown",
        message:
          "The liver is too small to see what displacement the registration left, so the interval does not cover it.",
        wanted: "parts of the liver of at least 400 working voxels",
        mend: "Give registration_error_mm.",
        where: { series: registered.volume.source.seriesUid },
      }),
    );
  return { mm, source: "estimated" };
}

/** A registration with the id of its passport and what it left. */
interface Brought {
  readonly registered: RegisteredImages;
  readonly id: string;
  readonly left: RegistrationError | null;
}

/** The measurement with how its phases were brought together and where its reference regions come from. */
function withFacts(
  measurement: Measurement,
  brought: Brought | null,
  suggested: readonly ReferenceSuggestion[] | null,
): Measurement {
  const phases: Json =
    brought === null
      ? { registration: "none" }
      : {
          registration: brought.registered.registration.parameters.steps,
          passport: brought.id,
          verdict: brought.registered.registration.verdict,
          used: brought.registered.registration.used,
          interpolation: brought.registered.resampling.interpolation,
          registrationError: brought.left === null ? null : { mm: brought.left.mm, source: brought.left.source },
        };
  const places: Json =
    suggested === null
      ? "drawn"
      : suggested.map(({ region, mean, sd, why }) => ({
          center: region.center,
          volumeCm3: region.volumeCm3,
          mean,
          sd,
          why,
        }));
  const references: Json = suggested === null ? "drawn" : "suggested";
  const { passport } = measurement;
  return {
    ...measurement,
    parts: { ...measurement.parts, phases, references: places },
    passport: {
      ...passport,
      inputs: [...passport.inputs, ...(brought === null ? [] : [{ kind: "result" as const, id: brought.id }])],
      parameters: { ...passport.parameters, phases, references },
    },
  };
}

/** Runs a recipe on prepared phases and names them in what it measured. */
export async function onPhases(
  phases: LetbPhases,
  run: (sources: RecipeSources, parameters: RecipeParameters) => Promise<Result<Measurement>>,
): Promise<Result<Measurement>> {
  return mapResult(await run(phases.sources, phases.parameters), phases.named);
}
