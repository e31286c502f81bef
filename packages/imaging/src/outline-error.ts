/** A draft that may be off by more points of LETB than this is not measured: the goal for outlines (docs/segmentation.md). */
export const MOST_OUTLINE_POINTS = 3;

/**
 * How many points of LETB an outline that expects a given Dice coefficient may be off by: 2 · LETB · (1 − Dice), at most 100.
 * It is what the measured LETB changes by when all wrong volume lies on one side and holds no enhancing tumour: extra tissue, or
 * missing liver without enhancement. Of Dice D, extra tissue is 2 (1 − D) / D of the liver and moves the measured LETB by as much
 * of itself; missing liver moves it by 2 (1 − D) / (2 − D) of itself. Wrong volume on both sides, or missing liver of the mixture
 * of the rest, moves LETB less. Missing liver that is mostly enhancing tumour moves it more: nothing in an outline tells of that.
 * Read it as a range of 95 %: how often it held on phantoms is told in docs/segmentation.md. Where it is 3 points, half of the
 * outlines are off by about 1 point or less, as for normal errors.
 * Both numbers must be finite, the Dice within 0 and 1, LETB within 0 and 100 %; anything else is a mistake of the caller.
 * Example: `outlineErrorPoints(0.95, 40)` is 4 points.
 */
export function outlineErrorPoints(estimatedDice: number, letbPercent: number): number {
  if (!(estimatedDice >= 0 && estimatedDice <= 1)) throw new RangeError(`not a Dice coefficient: ${estimatedDice}`);
  if (!(letbPercent >= 0 && letbPercent <= 100)) throw new RangeError(`not a share in percent: ${letbPercent}`);
  return Math.min(100, 2 * letbPercent * (1 - estimatedDice));
}
