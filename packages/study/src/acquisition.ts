import { compareStrings, type Issue, warningIssue } from "@livermark/core";
import type { AcquisitionRule, Protocol } from "./protocol/schema.js";

/** How one series of the study was made, as its image headers say. Missing facts are null. */
export interface ImageFacts {
  readonly series: string;
  readonly patient: string;
  readonly timePoint: string;
  readonly treatment: number | null;
  readonly role: string;
  readonly phase: string;
  readonly sliceThicknessMm: number | null;
  /** Larger of the two in-plane distances between voxel centres. */
  readonly spacingMm: number | null;
  readonly kvp: number | null;
  readonly fieldStrengthT: number | null;
  readonly bValues: readonly number[];
  readonly scanner: string | null;
  readonly contrastAgent: string | null;
  /** What must be equal where a rule asks for the same parameters, by name. */
  readonly parameters: { readonly [name: string]: string | number | null };
}

/** One acquisition rule applied to one image, or to all images of one patient and treatment. `met` null = unknown. */
export interface AcquisitionVerdict {
  readonly rule: string;
  readonly patient: string;
  readonly treatment: number | null;
  /** null where the rule compares time points. */
  readonly timePoint: string | null;
  /** Ids of the images looked at, as the protocol names them. */
  readonly images: readonly string[];
  readonly series: readonly string[];
  readonly met: boolean | null;
  /** The value that decided. */
  readonly value: string | number | null;
  readonly why: string;
}

interface Named extends ImageFacts {
  readonly image: string;
}

/** Values of a rule that looks at one series. */
function valuesOf(rule: AcquisitionRule, facts: ImageFacts): readonly (number | string)[] {
  const one = (value: number | string | null): readonly (number | string)[] => (value === null ? [] : [value]);
  switch (rule.field) {
    case "slice-thickness-mm":
      return one(facts.sliceThicknessMm);
    case "spacing-mm":
      return one(facts.spacingMm);
    case "kvp":
      return one(facts.kvp);
    case "field-strength-t":
      return one(facts.fieldStrengthT);
    case "contrast-agent":
      return one(facts.contrastAgent);
    case "b-values":
      return facts.bValues;
    case "same-scanner":
    case "same-parameters":
      return [];
  }
}

const same = (a: number | string, b: number | string): boolean =>
  typeof a === "number" && typeof b === "number"
    ? Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(b))
    : String(a).toLowerCase().includes(String(b).toLowerCase());

function bounds({ at_least, at_most, one_of, field }: AcquisitionRule): string {
  const parts = [
    at_least === undefined ? "" : `at least ${at_least}`,
    at_most === undefined ? "" : `at most ${at_most}`,
    one_of === undefined ? "" : `${field === "b-values" ? "all of" : "one of"} ${one_of.join(", ")}`,
  ].filter((part) => part !== "");
  return parts.length === 0 ? "recorded" : parts.join(", ");
}

/** b-values must all be there; other values must be one of the list. */
function fits(rule: AcquisitionRule, values: readonly (number | string)[]): boolean {
  const { at_least, at_most, one_of } = rule;
  const inBounds = values.every(
    (value) =>
      typeof value !== "number" ||
      ((at_least === undefined || value >= at_least - 1e-6) && (at_most === undefined || value <= at_most + 1e-6)),
  );
  if (one_of === undefined) return inBounds;
  if (rule.field === "b-values")
    return inBounds && one_of.every((wanted) => values.some((value) => same(value, wanted)));
  return inBounds && values.every((value) => one_of.some((wanted) => same(value, wanted)));
}

function single(rule: AcquisitionRule, facts: Named): AcquisitionVerdict {
  const values = valuesOf(rule, facts);
  const base = {
    rule: rule.id,
    patient: facts.patient,
    treatment: facts.treatment,
    timePoint: facts.timePoint,
    images: [facts.image],
    series: [facts.series],
  };
  if (values.length === 0) return { ...base, met: null, value: null, why: `${rule.field} is not in the header` };
  const value = values.length === 1 ? values[0]! : values.join(", ");
  const met = fits(rule, values);
  return { ...base, met, value, why: `${rule.field} ${value}; wanted ${bounds(rule)}` };
}

/** Values of one compared property that differ between series, or null where nothing differs. */
function compare(
  all: readonly Named[],
  of: (facts: Named) => string | number | null,
  name: string,
): {
  readonly differs: string | null;
  readonly known: number;
} {
  const known = all.flatMap((facts) => {
    const value = of(facts);
    return value === null ? [] : [{ facts, value }];
  });
  const first = known[0];
  const other = known.find(({ value }) =>
    typeof value === "number" && typeof first!.value === "number"
      ? Math.abs(value - first!.value) > 0.01 * Math.max(1e-9, Math.abs(first!.value))
      : value !== first!.value,
  );
  if (first === undefined || other === undefined) return { differs: null, known: known.length };
  const place = ({ image, timePoint }: Named): string => `${image} at ${timePoint}`;
  return {
    differs: `${name} ${first.value} (${place(first.facts)}) and ${other.value} (${place(other.facts)})`,
    known: known.length,
  };
}

function compared(rule: AcquisitionRule, all: readonly Named[]): AcquisitionVerdict {
  const { patient, treatment } = all[0]!;
  const timePoints = [...new Set(all.map(({ timePoint }) => timePoint))];
  const base = {
    rule: rule.id,
    patient,
    treatment,
    timePoint: timePoints.length === 1 ? timePoints[0]! : null,
    images: [...new Set(all.map(({ image }) => image))],
    series: all.map(({ series }) => series),
  };
  if (all.length < 2) return { ...base, met: null, value: null, why: "only one series to compare" };
  const names =
    rule.field === "same-scanner"
      ? ["scanner"]
      : [...new Set(all.flatMap(({ parameters }) => Object.keys(parameters)))];
  const results = names.map((name) =>
    compare(all, (facts) => (rule.field === "same-scanner" ? facts.scanner : (facts.parameters[name] ?? null)), name),
  );
  const differing = results.map(({ differs }) => differs).filter((differs) => differs !== null);
  if (differing.length > 0) return { ...base, met: false, value: differing[0]!, why: differing.join("; ") };
  if (results.every(({ known }) => known < 2))
    return { ...base, met: null, value: null, why: `${names.join(", ") || "no parameter"} not in the headers` };
  const shown =
    rule.field === "same-scanner"
      ? (all.find(({ scanner }) => scanner !== null)?.scanner ?? "")
      : names.filter((_, i) => results[i]!.known >= 2).join(", ");
  return {
    ...base,
    met: true,
    value: shown,
    why: `the same ${rule.field === "same-scanner" ? "scanner" : "parameters"}: ${shown}`,
  };
}

/**
 * Applies the protocol's acquisition rules to the images of a study. Rules on a value look at every series of the
 * named images; `same-scanner` and `same-parameters` compare all of them within a patient and treatment (numbers equal
 * within 1 %). A header that does not say gives `unknown`, never `failed`; so does an image that is not there, for
 * patients who have images at all. `b-values` with `one_of` asks for all of the list.
 * Example: rule `{ field: kvp, one_of: [120] }` and a series made with 100 kVp: failed, value 100.
 */
export function acquisitionVerdicts(protocol: Protocol, facts: readonly ImageFacts[]): readonly AcquisitionVerdict[] {
  const named = facts.flatMap((one): readonly Named[] =>
    protocol.images
      .filter(({ role, phase }) => role === one.role && (phase === undefined || phase === one.phase))
      .map(({ id }) => ({ ...one, image: id })),
  );
  const patients = [...new Set(facts.map(({ patient }) => patient))].sort(compareStrings);
  return protocol.acquisition.flatMap((rule) => {
    const own = named.filter(({ image }) => rule.images.includes(image));
    const across = rule.field === "same-scanner" || rule.field === "same-parameters";
    return patients.flatMap((patient): readonly AcquisitionVerdict[] => {
      const here = own.filter((one) => one.patient === patient);
      if (across) {
        const groups = new Map<number | null, Named[]>();
        for (const one of here) groups.set(one.treatment, [...(groups.get(one.treatment) ?? []), one]);
        if (groups.size === 0) return [missing(rule, patient, null, rule.images)];
        return [...groups.values()].map((group) => compared(rule, group));
      }
      const absent = rule.images.flatMap((id) => {
        const image = protocol.images.find((one) => one.id === id);
        if (image === undefined || !image.required) return [];
        return image.time_points
          .filter((timePoint) => !here.some((one) => one.image === id && one.timePoint === timePoint))
          .map((timePoint) => missing(rule, patient, timePoint, [id]));
      });
      return [...here.map((one) => single(rule, one)), ...absent];
    });
  });
}

const missing = (
  rule: AcquisitionRule,
  patient: string,
  timePoint: string | null,
  images: readonly string[],
): AcquisitionVerdict => ({
  rule: rule.id,
  patient,
  treatment: null,
  timePoint,
  images,
  series: [],
  met: null,
  value: null,
  why: `no series of ${images.join(", ")}${timePoint === null ? "" : ` at ${timePoint}`}`,
});

/** A warning for each failed rule, and one for each rule that could not be checked everywhere. */
export function acquisitionIssues(protocol: Protocol, verdicts: readonly AcquisitionVerdict[]): readonly Issue[] {
  return protocol.acquisition.flatMap((rule) => {
    const own = verdicts.filter((verdict) => verdict.rule === rule.id);
    const unknown = own.filter(({ met }) => met === null);
    return [
      ...own
        .filter(({ met }) => met === false)
        .map((verdict) =>
          warningIssue({
            code: "acquisition-rule",
            message: `Patient ${verdict.patient}${verdict.timePoint === null ? "" : `, ${verdict.timePoint}`}: "${rule.label}" is not met.`,
            got: verdict.why,
            wanted: rule.label,
            mend: "Check that the series is the one that was meant; a measurement on it stays, with this note.",
            where: {
              patient: verdict.patient,
              ...(verdict.series[0] === undefined ? {} : { series: verdict.series[0] }),
            },
          }),
        ),
      ...(unknown.length === 0
        ? []
        : [
            warningIssue({
              code: "acquisition-unknown",
              message: `"${rule.label}" could not be checked for ${unknown.length} of ${own.length} images or patients.`,
              got: [...new Set(unknown.map(({ why }) => why))].slice(0, 3).join("; "),
              wanted: "images whose headers say how they were made",
              mend: "Add the missing series, or take the images before their headers were stripped.",
              where: { patient: unknown[0]!.patient },
            }),
          ]),
    ];
  });
}
