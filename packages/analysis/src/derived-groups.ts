import { type Issue, warningIssue } from "@livermark/core";
import { median, quantiles } from "@livermark/statistics";
import type { GroupRule } from "@livermark/study";
import { type CategoryColumn, columnId, type Dataset, numberColumn } from "./dataset.js";
import { type Part, part } from "./part.js";

/** Cut-offs taken from the data: the median, or the three quartiles (type 7). */
function cutsOf(rule: GroupRule, values: readonly number[]): readonly number[] | null {
  if (rule.derive === "median") return [median(values)];
  if (rule.derive === "quartiles") return quantiles(values, [0.25, 0.5, 0.75], 7);
  return null;
}

/** Index of the interval that a value falls into; a value equal to a cut goes where the rule says. */
export function intervalOf(value: number, cuts: readonly number[], equalGoes: "up" | "down"): number {
  return cuts.filter((cut) => (equalGoes === "up" ? value >= cut : value > cut)).length;
}

/**
 * Groups whose cut-offs come from the data, added to the data set as categories; the cut and the rule are printed in a
 * note and in the passport. A rule that needs an outcome, or equal cuts, is an Issue and the group is left out.
 */
export function withDerivedGroups(
  data: Dataset,
  rules: readonly GroupRule[],
): { readonly data: Dataset; readonly part: Part } {
  const added: CategoryColumn[] = [];
  const issues: Issue[] = [];
  const methods: string[] = [];
  for (const rule of rules) {
    if (rule.derive === undefined || data.columns.some((column) => column.name === rule.id)) continue;
    const source = numberColumn(data, rule.of);
    if (!source.ok) {
      issues.push(...source.issues);
      continue;
    }
    const values = source.value.values.filter((value) => value !== null);
    const cuts = values.length < 2 ? null : cutsOf(rule, values);
    const wrong =
      cuts === null
        ? `the rule ${rule.derive} with ${values.length} values`
        : new Set(cuts).size < cuts.length
          ? `equal cut-offs ${cuts.join(", ")}`
          : cuts.length + 1 !== rule.labels.length
            ? `${rule.labels.length} labels for ${cuts.length} cut-offs`
            : null;
    if (cuts === null || wrong !== null) {
      issues.push(
        warningIssue({
          code: "cut-not-derived",
          message: `The cut-off of ${rule.label} could not be taken from the data.`,
          got: wrong,
          wanted: "median or quartiles of at least two different values",
          mend: "Give fixed cuts in the protocol.",
          path: `groups.${rule.id}`,
        }),
      );
      continue;
    }
    const levels = [rule.reference, ...rule.labels.filter((label) => label !== rule.reference)];
    added.push({
      name: rule.id,
      label: rule.label,
      type: "category",
      levels,
      origin: () => [{ kind: "result", id: columnId(data, source.value) }],
      values: source.value.values.map((value) =>
        value === null ? null : (rule.labels[intervalOf(value, cuts, rule.equal_goes)] ?? null),
      ),
    });
    const printed = cuts.map((cut) => String(Number(cut.toPrecision(4))).replace("-", "−")).join(", ");
    const where = rule.derive === "median" ? "median" : "quartiles";
    methods.push(`${rule.label} was divided at the ${where} of the ${data.id} of this cohort (${printed}).`);
  }
  return { data: { ...data, columns: [...data.columns, ...added] }, part: part({ issues, methods }) };
}
