/**
 * How many points of LETB an outline that expects a given Dice coefficient may be off by: LETB · (1 − Dice). Tissue that was taken
 * in without being liver holds no enhancing tumour, and lowers LETB by its own share of it; what was left out is taken to have
 * the same mixture.
 * Both numbers must be finite, the Dice within 0 and 1, LETB within 0 and 100 %; anything else is a mistake of the caller.
 * Example: `outlineErrorPoints(0.95, 40)` is 2 points.
 */
export function outlineErrorPoints(estimatedDice: number, letbPercent: number): number {
  if (!(estimatedDice >= 0 && estimatedDice <= 1)) throw new RangeError(`not a Dice coefficient: ${estimatedDice}`);
  if (!(letbPercent >= 0 && letbPercent <= 100)) throw new RangeError(`not a share in percent: ${letbPercent}`);
  return letbPercent * (1 - estimatedDice);
}
