import { type Guard, listed, shownP } from "./note.js";

/** An analysis within one part of the rows. */
export interface SubgroupFacts {
  readonly where: string;
  readonly subgroups: readonly { readonly label: string; readonly p: number | null }[];
  /** Test of interaction between the subgroups; null when none was asked for. */
  readonly interactionP: number | null;
}

/**
 * Effects within subgroups without a test of interaction: "significant here and not there" is no evidence of a
 * difference. Also said when the test was made, is not significant, and the subgroups disagree in significance.
 * Altman and Bland 2003; Assmann 2000.
 */
export const subgroupWithoutInteraction: Guard<SubgroupFacts> = ({ where, subgroups, interactionP }) => {
  if (subgroups.length === 0) return [];
  const below = subgroups.filter(({ p }) => p !== null && p < 0.05);
  const disagree = below.length > 0 && below.length < subgroups.length;
  if (interactionP !== null && (interactionP < 0.05 || !disagree)) return [];
  return [
    {
      code: "subgroup-without-interaction",
      severity: "caution",
      where,
      why:
        interactionP === null
          ? `The effect was looked at within ${listed(subgroups.map(({ label }) => label))} without a test of interaction.`
          : `The effect reaches significance in ${listed(below.map(({ label }) => label))} only, but the subgroups do not differ (interaction ${shownP(interactionP)}).`,
      remedy: "Judge a difference between subgroups by the test of interaction, not by which of them is significant.",
      reference: "Altman and Bland 2003; Assmann 2000",
    },
  ];
};
