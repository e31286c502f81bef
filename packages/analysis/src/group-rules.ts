import type { Protocol } from "@livermark/study";
import type { CutRule } from "./recipe/cuts.js";

/** What a cut-off is searched on: a yes/no column, or an endpoint. */
export interface CutOutcome {
  readonly name: string;
  readonly event: readonly string[];
}

/** A group that is cut from a numeric column, fixed in the protocol or derived by the plan. */
export interface GroupDefinition {
  readonly id: string;
  readonly label: string;
  readonly of: string;
  readonly rule: CutRule["kind"];
  /** Fixed cut-offs; empty when they are derived. */
  readonly cuts: readonly number[];
  readonly outcome: CutOutcome | null;
  readonly direction: "auto" | "higher-in-cases" | "lower-in-cases";
  readonly smallestShare: number;
  readonly replicates: number;
  readonly equalGoes: "up" | "down";
  /** From low to high. */
  readonly labels: readonly string[];
  readonly reference: string;
  /** Derived here, so that a recipe must derive it again in each resample. */
  readonly derived: boolean;
}

/** What the section `cut_offs` of a plan says of one group. */
export interface CutOffPlan {
  readonly id: string;
  readonly rule: CutRule["kind"];
  readonly label?: string | undefined;
  readonly of?: string | undefined;
  readonly labels?: readonly string[] | undefined;
  readonly reference?: string | undefined;
  readonly equal_goes?: "up" | "down" | undefined;
  readonly cuts?: readonly number[] | undefined;
  readonly outcome?: string | undefined;
  readonly event: readonly string[];
  readonly direction: "auto" | "higher-in-cases" | "lower-in-cases";
  readonly smallest_share: number;
  readonly replicates: number;
}

const SEARCHED = { smallestShare: 0.1, replicates: 0, direction: "auto" as const };

/**
 * Every group of a protocol by its id, with what the plan says about its cut-off. A plan entry may name a group of the
 * protocol (its rule and outcome then come from the plan) or define one of its own.
 */
export function groupDefinitions(
  protocol: Protocol,
  cutOffs: readonly CutOffPlan[],
): ReadonlyMap<string, GroupDefinition> {
  const found = new Map<string, GroupDefinition>();
  for (const group of protocol.groups)
    found.set(group.id, {
      id: group.id,
      label: group.label,
      of: group.of,
      rule: group.derive ?? "fixed",
      cuts: group.cuts ?? [],
      outcome: null,
      ...SEARCHED,
      equalGoes: group.equal_goes,
      labels: group.labels,
      reference: group.reference,
      derived: group.derive !== undefined,
    });
  for (const plan of cutOffs) {
    const known = found.get(plan.id);
    const of = plan.of ?? known?.of;
    if (of === undefined) continue;
    const labels =
      plan.labels ?? known?.labels ?? (plan.rule === "quartiles" ? ["Q1", "Q2", "Q3", "Q4"] : ["low", "high"]);
    found.set(plan.id, {
      id: plan.id,
      label: plan.label ?? known?.label ?? plan.id,
      of,
      rule: plan.rule,
      cuts: plan.cuts ?? (plan.rule === "fixed" ? (known?.cuts ?? []) : []),
      outcome: plan.outcome === undefined ? null : { name: plan.outcome, event: plan.event },
      direction: plan.direction,
      smallestShare: plan.smallest_share,
      replicates: plan.replicates,
      equalGoes: plan.equal_goes ?? known?.equalGoes ?? "up",
      labels,
      reference: plan.reference ?? known?.reference ?? labels[0] ?? "low",
      derived: plan.rule !== "fixed",
    });
  }
  return found;
}
