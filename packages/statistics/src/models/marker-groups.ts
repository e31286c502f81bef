/**
 * A marker in a two-class sample, as counts per distinct value in ascending order. Everything that ranks need (curve,
 * AUC, DeLong's variance) is a sum over these groups, so the sample is sorted once.
 */
export interface MarkerGroups {
  readonly values: Float64Array;
  readonly cases: Float64Array;
  readonly controls: Float64Array;
  readonly nCases: number;
  readonly nControls: number;
}

/** Which way the marker points: higher (or lower) values speak for the event. */
export type MarkerDirection = "higher-in-cases" | "lower-in-cases";

/** Groups of equal values from the markers of cases and controls; the arguments are sorted in place. */
export function markerGroups(cases: Float64Array, controls: Float64Array): MarkerGroups {
  cases.sort();
  controls.sort();
  const total = cases.length + controls.length;
  const values = new Float64Array(total);
  const inCases = new Float64Array(total);
  const inControls = new Float64Array(total);
  let a = 0;
  let b = 0;
  let groups = 0;
  while (a < cases.length || b < controls.length) {
    const value = b >= controls.length || (a < cases.length && cases[a]! <= controls[b]!) ? cases[a]! : controls[b]!;
    const firstCase = a;
    const firstControl = b;
    while (a < cases.length && cases[a] === value) a++;
    while (b < controls.length && controls[b] === value) b++;
    values[groups] = value;
    inCases[groups] = a - firstCase;
    inControls[groups] = b - firstControl;
    groups++;
  }
  return {
    values: values.subarray(0, groups),
    cases: inCases.subarray(0, groups),
    controls: inControls.subarray(0, groups),
    nCases: cases.length,
    nControls: controls.length,
  };
}

/** Splits a marker by a 0/1 outcome; `sign` −1 turns a marker that is lower in cases. */
export function splitByOutcome(
  outcome: Float64Array,
  marker: Float64Array,
  sign: 1 | -1,
): { readonly cases: Float64Array; readonly controls: Float64Array } {
  let nCases = 0;
  for (const value of outcome) nCases += value;
  const cases = new Float64Array(nCases);
  const controls = new Float64Array(outcome.length - nCases);
  let a = 0;
  let b = 0;
  for (let i = 0; i < outcome.length; i++) {
    if (outcome[i] === 1) cases[a++] = sign * marker[i]!;
    else controls[b++] = sign * marker[i]!;
  }
  return { cases, controls };
}

/** Probability that a case exceeds a control, ties counted half (Mann–Whitney). */
export function areaFromGroups(groups: MarkerGroups): number {
  let below = 0;
  let sum = 0;
  for (let g = 0; g < groups.values.length; g++) {
    sum += groups.cases[g]! * (below + groups.controls[g]! / 2);
    below += groups.controls[g]!;
  }
  return sum / (groups.nCases * groups.nControls);
}

/**
 * Variance of the area by DeLong, DeLong and Clarke-Pearson 1988, from placements that are shared by equal values, so
 * it costs one pass over the sorted groups (Sun and Xu 2014). Null with fewer than two cases or controls.
 */
export function delongVariance(groups: MarkerGroups, area: number): number | null {
  const { nCases, nControls } = groups;
  if (nCases < 2 || nControls < 2) return null;
  let controlsBelow = 0;
  let casesBelow = 0;
  let sumCases = 0;
  let sumControls = 0;
  for (let g = 0; g < groups.values.length; g++) {
    const c = groups.cases[g]!;
    const k = groups.controls[g]!;
    const ofCase = (controlsBelow + k / 2) / nControls - area;
    const ofControl = (nCases - casesBelow - c / 2) / nCases - area;
    sumCases += c * ofCase * ofCase;
    sumControls += k * ofControl * ofControl;
    controlsBelow += k;
    casesBelow += c;
  }
  return sumCases / ((nCases - 1) * nCases) + sumControls / ((nControls - 1) * nControls);
}

/** Index of `value` in the ascending values of its own groups. */
export function groupIndex(values: Float64Array, value: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
