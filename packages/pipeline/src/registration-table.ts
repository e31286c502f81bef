import { type Cell, type Part, part, type ResultRow, type ResultTable } from "@livermark/analysis";
import { type Passport, passport } from "@livermark/core";
import type { RegistrationTrial } from "@livermark/imaging";
import type { RegisteredImages } from "./register-images.js";

/** A registration of a study, with its place in it. */
export interface StudyRegistration {
  /** Id of its passport. */
  readonly id: string;
  readonly patient: string;
  readonly timePoint: string;
  readonly treatment: number | null;
  readonly reader: string | null;
  readonly found: RegisteredImages;
}

const VERDICTS = {
  accepted: "registered",
  "already-aligned": "lay together; left alone",
  refused: "refused; headers' position kept",
} as const;

/** How well the phases of each visit were brought together, as a table of the report; nothing where nobody asked for it. */
export function registrationTable(registrations: readonly StudyRegistration[]): Part {
  if (registrations.length === 0) return part({});
  const passports: Passport[] = [];
  const rows = registrations.map(({ id, patient, timePoint, treatment, reader, found }): ResultRow => {
    const { registration } = found;
    const used = ({ steps, quality }: RegistrationTrial): boolean =>
      steps === registration.used && quality.verdict === "accepted";
    const { deformation } = registration.trials.find(used)?.quality ?? {};
    const number = (name: string, value: number | null | undefined, unit: string, decimals: number): Cell => {
      if (typeof value !== "number") return { id: null, kind: "missing", why: "nothing was moved" };
      const { version } = found.passport;
      const inputs = [{ kind: "result", id } as const];
      const made = passport({ id: `${id}.${name}`, function: `registration.${name}`, version, inputs, parameters: {} });
      passports.push(made);
      return { id: made.id, kind: "number", value, unit, decimals };
    };
    return {
      label: [
        patient,
        timePoint,
        treatment === null ? "" : `treatment ${treatment}`,
        reader === null ? "" : `reader ${reader}`,
      ]
        .filter((word) => word !== "")
        .join(", "),
      cells: {
        verdict: { id, kind: "text", text: `${VERDICTS[registration.verdict]} (${registration.used})` },
        moved: number("moved", deformation?.meanMm, "mm", 1),
        before: number("before", registration.shift.before.meanMm, "mm", 1),
        after: number("after", registration.shift.after.meanMm, "mm", 1),
        similarityBefore: number("similarityBefore", registration.similarity.before, "1", 3),
        similarityAfter: number("similarityAfter", registration.similarity.after, "1", 3),
        jacobianLow: number("jacobianLow", deformation?.jacobianLow, "1", 2),
        jacobianHigh: number("jacobianHigh", deformation?.jacobianHigh, "1", 2),
        folded: number("folded", deformation === undefined ? undefined : 100 * deformation.foldedShare, "%", 1),
      },
    };
  });
  const table: ResultTable = {
    id: "registration",
    title: "Registration of the precontrast to the arterial phase",
    columns: [
      { key: "verdict", label: "Result" },
      { key: "moved", label: "Mean displacement" },
      { key: "before", label: "Displacement seen before" },
      { key: "after", label: "after" },
      { key: "similarityBefore", label: "Mutual information before" },
      { key: "similarityAfter", label: "after" },
      { key: "jacobianLow", label: "Least Jacobian" },
      { key: "jacobianHigh", label: "Greatest Jacobian" },
      { key: "folded", label: "Folded" },
    ],
    rows,
    footnotes: [
      "Displacement seen: mean over eight parts of the liver of the shift that would make the images most alike, at most one working voxel along each axis. Mutual information in nats, in the liver and 10 mm around it. A Jacobian of 1 keeps volume. The interval of LETB covers the displacement that may be left: seen after and a third of a working voxel, added in quadrature, unless the protocol gives registration_error_mm.",
    ],
  };
  const first = registrations[0]!.found.registration;
  const { parameters } = first;
  return part({
    tables: [table],
    passports,
    methods: [
      `The precontrast phase was registered to the arterial phase (${parameters.steps}; ${first.engine}; Mattes mutual information, ${parameters.workingMm} mm voxels around the liver, seed ${parameters.seed}) and brought onto its grid by cubic convolution from voxels of the liver alone; pairs in which no displacement was seen were left as they are.`,
    ],
  });
}
