import { type Part, part, type ResultTable } from "@livermark/analysis";
import { compareStrings, type Passport, type ProvenanceInput, sha256Hex } from "@livermark/core";
import type { AcquisitionVerdict, ImageFacts, Protocol } from "@livermark/study";
import type { BundleFile } from "./bundle-files.js";
import type { LinkedSeries } from "./link-images.js";

/** How the linked series were made, from the header of their first image and the b-values of all. */
export function imageFacts(linked: readonly LinkedSeries[]): readonly ImageFacts[] {
  return linked.flatMap(({ series, patient, timePoint, treatment, role, phase }): readonly ImageFacts[] => {
    const first = series.instances[0];
    if (first === undefined) return [];
    const { acquisition } = first;
    const frame = first.frames[0];
    const scanner = [acquisition.manufacturer, acquisition.scannerModel].filter((word) => word !== null).join(" ");
    const bValues = [...new Set(series.stacks.flatMap(({ bValue }) => (bValue === null ? [] : [bValue])))];
    const thickness = acquisition.sliceThicknessMm ?? frame?.thicknessMm ?? null;
    const magnetic = series.modality === "MR";
    return [
      {
        series: series.uid,
        patient,
        timePoint,
        treatment,
        role,
        phase,
        sliceThicknessMm: thickness,
        spacingMm: frame?.spacingMm === null || frame === undefined ? null : Math.max(...frame.spacingMm),
        kvp: acquisition.kvp,
        fieldStrengthT: acquisition.fieldStrengthT,
        bValues: bValues.sort((a, b) => a - b),
        scanner: scanner === "" ? null : scanner,
        contrastAgent: acquisition.contrastAgent,
        parameters: magnetic
          ? {
              "repetition time": acquisition.repetitionTimeMs,
              "echo time": frame?.echoTimeMs ?? null,
              "flip angle": acquisition.flipAngleDegrees,
              "slice thickness": thickness,
              sequence: acquisition.scanningSequence.join("/") || null,
            }
          : { kVp: acquisition.kvp, "slice thickness": thickness, kernel: acquisition.kernel },
      },
    ];
  });
}

/** The series that the verdicts of a rule were read from, with the hash that a reading of their pixels would give. */
function inputsOf(
  verdicts: readonly AcquisitionVerdict[],
  linked: readonly LinkedSeries[],
  hashes: ReadonlyMap<string, string>,
): readonly ProvenanceInput[] {
  const wanted = new Set(verdicts.flatMap(({ series }) => series));
  return linked.flatMap(({ series }): readonly ProvenanceInput[] => {
    if (!wanted.has(series.uid)) return [];
    const lines = series.instances.map(({ sopInstanceUid, source }) => {
      const path = `images/${source.file}`;
      // A member of an archive has no hash of its own in the bundle's list; its archive has.
      return `${sopInstanceUid}:${hashes.get(path) ?? hashes.get(path.split("!")[0] ?? "") ?? ""}`;
    });
    const sha256 = sha256Hex(lines.sort(compareStrings).join("\n"));
    return [{ kind: "series", seriesUid: series.uid, files: series.instances.length, sha256 }];
  });
}

const OUTCOMES = [
  ["met", "Met", true],
  ["failed", "Not met", false],
  ["unknown", "Unknown", null],
] as const;

const FIELD_UNITS: Readonly<Record<string, string>> = {
  "slice-thickness-mm": " mm",
  "spacing-mm": " mm",
  kvp: " kVp",
  "field-strength-t": " T",
  "b-values": " s/mm²",
};
const MOST_VALUES = 8;

/** What was found where a rule is not met: one line for each rule, equal findings together with how many there are. */
function failures(protocol: Protocol, failed: readonly AcquisitionVerdict[]): readonly string[] {
  return protocol.acquisition.flatMap((rule): readonly string[] => {
    const own = failed.filter((verdict) => verdict.rule === rule.id);
    if (own.length === 0) return [];
    const found = new Map<string, AcquisitionVerdict[]>();
    for (const verdict of own) {
      const what = verdict.value === null ? verdict.why : `${verdict.value}${FIELD_UNITS[rule.field] ?? ""}`;
      found.set(what, [...(found.get(what) ?? []), verdict]);
    }
    const most = [...found].sort(([, a], [, b]) => b.length - a.length);
    const listed = most.slice(0, MOST_VALUES).map(([what, verdicts]) => {
      const patients = [...new Set(verdicts.map(({ patient }) => patient))];
      const who = patients.length > 5 ? `${patients.length} patients` : patients.join(", ");
      const many = verdicts.every(({ timePoint }) => timePoint === null) ? who : `${verdicts.length} series (${who})`;
      return `${what} in ${many}`;
    });
    const rest = most.length > MOST_VALUES ? [`${most.length - MOST_VALUES} more, listed under what was left out`] : [];
    return [`${rule.label}, not met: ${[...listed, ...rest].join("; ")}.`];
  });
}

/** The acquisition rules as a table of the report: for how many images or patients each is met, not met, unknown. */
export function acquisitionPart(
  protocol: Protocol,
  verdicts: readonly AcquisitionVerdict[],
  linked: readonly LinkedSeries[],
  files: readonly BundleFile[],
): Part {
  if (linked.length === 0 || verdicts.length === 0) return part({});
  const passports: Passport[] = [];
  const hashes = new Map(files.map(({ path, sha256 }) => [path, sha256]));
  const rows = protocol.acquisition.flatMap((rule): ResultTable["rows"] => {
    const own = verdicts.filter((verdict) => verdict.rule === rule.id);
    if (own.length === 0) return [];
    const cells = OUTCOMES.map(([key, , met]) => {
      const id = `acquisition.${rule.id}.${key}`;
      const here = own.filter((verdict) => verdict.met === met);
      passports.push({
        id,
        function: "acquisition-rule",
        version: "1.0.0",
        inputs: inputsOf(own, linked, hashes),
        parameters: {
          rule: rule.label,
          verdicts: here.map(({ patient, timePoint, images, why }) =>
            [patient, timePoint ?? "all time points", images.join(" and "), why].join(": "),
          ),
        },
      });
      return [key, { id, kind: "count" as const, n: here.length }] as const;
    });
    return [{ label: rule.label, cells: Object.fromEntries(cells) }];
  });
  const failed = verdicts.filter(({ met }) => met === false);
  return part({
    tables: [
      {
        id: "acquisition",
        title: "Acquisition rules of the protocol",
        columns: OUTCOMES.map(([key, label]) => ({ key, label })),
        rows,
        footnotes: [
          "Rules on a value count series; rules that compare series count patients and treatments. Unknown: the header does not say, or the series is not there.",
          ...failures(protocol, failed),
        ],
      },
    ],
    methods: [
      `Whether images were made as the protocol asks (${protocol.acquisition.map(({ label }) => label.toLowerCase()).join("; ")}) was read from their headers.`,
    ],
    passports,
  });
}
