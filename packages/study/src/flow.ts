import type { PatientEligibility } from "./eligibility.js";
import type { Protocol } from "./protocol/schema.js";
import type { StudyRecords } from "./records.js";

/** One box of the flow chart: how many entered, and who left with which reason. */
export interface FlowBox {
  readonly id: string;
  readonly label: string;
  readonly unit: "patient" | "treatment";
  readonly n: number;
  readonly excluded: readonly { readonly reason: string; readonly n: number }[];
}

const tally = (reasons: readonly string[]): FlowBox["excluded"] => {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, n]) => ({ reason, n }));
};

/**
 * Flow-chart numbers: the steps of screening.csv in file order for each unit, then the patients of the study by the
 * protocol's rules. A patient leaves with the first rule that failed; unknown is its own box, and nobody is excluded
 * for it. Example: 354 screened with 252 rows `excluded` 1 give boxes 354 → 102.
 */
export function flowChart(
  records: StudyRecords,
  protocol: Protocol,
  eligibility: readonly PatientEligibility[],
): readonly FlowBox[] {
  const boxes: FlowBox[] = [];
  const { screening } = records.tables;
  for (const unit of ["patient", "treatment"] as const) {
    const rows = screening.rows.filter((row) => (row.unit ?? "patient") === unit);
    if (rows.length === 0) continue;
    let remaining = new Set(rows.map((row) => row.subject)).size;
    for (const step of [...new Set(rows.map((row) => row.step))]) {
      const out = new Map<string, string>();
      for (const row of rows)
        if (row.step === step && row.excluded === true) out.set(row.subject, row.reason ?? "reason not recorded");
      boxes.push({
        id: `screening-${unit}-${boxes.length + 1}`,
        label: step,
        unit,
        n: remaining,
        excluded: tally([...out.values()]),
      });
      remaining -= out.size;
    }
    boxes.push({ id: `screened-${unit}`, label: "Left after screening", unit, n: remaining, excluded: [] });
  }
  const labelOf = new Map(protocol.eligibility.map(({ id, label }) => [id, label]));
  const excluded = eligibility.filter(({ verdict }) => verdict === "excluded");
  boxes.push({
    id: "study",
    label: "Patients in the study tables",
    unit: "patient",
    n: eligibility.length,
    excluded: tally(
      excluded.map(({ rules }) => {
        const rule = rules.find(({ met }) => met === false);
        return labelOf.get(rule?.rule ?? "") ?? rule?.rule ?? "";
      }),
    ),
  });
  const unknown = eligibility.filter(({ verdict }) => verdict === "unknown").length;
  if (protocol.eligibility.length > 0 && unknown > 0)
    boxes.push({
      id: "unknown",
      label: "Of these, at least one rule unknown",
      unit: "patient",
      n: unknown,
      excluded: [],
    });
  boxes.push({
    id: "eligible",
    label: "Not excluded",
    unit: "patient",
    n: eligibility.length - excluded.length,
    excluded: [],
  });
  return boxes;
}
