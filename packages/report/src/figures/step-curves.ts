import { rounded } from "../markup.js";
import type { NumericScale } from "./axes.js";
import { type StepVertices, simplifySteps, stepBand, stepPath } from "./paths.js";
import type { Box, Mark } from "./scene.js";
import type { SeriesStyle } from "./theme.js";

/** A step function of time that starts at `initial` and holds its last value until `end`. */
export interface StepCurve {
  readonly time: readonly number[];
  readonly value: readonly number[];
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
  readonly initial: number;
  readonly end: number;
}

/** Index of the step that holds at a time; −1 before the first. */
function stepIndexAt(times: readonly number[], time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Value of the step function at a time. */
export function stepValueAt(curve: Pick<StepCurve, "time" | "value" | "initial">, time: number): number {
  const step = stepIndexAt(curve.time, time);
  return step < 0 ? curve.initial : curve.value[step]!;
}

const lineTolerance = 0.12;
const bandTolerance = 0.3;

function vertices(curve: StepCurve, values: readonly number[], x: NumericScale, y: NumericScale): StepVertices {
  const xs = [x(0)];
  const ys = [y(curve.initial)];
  for (let i = 0; i < curve.time.length; i++) {
    if (curve.time[i]! > 0) {
      xs.push(x(curve.time[i]!));
      ys.push(y(values[i]!));
    } else {
      ys[0] = y(values[i]!);
    }
  }
  if (curve.end > (curve.time.at(-1) ?? 0)) {
    xs.push(x(curve.end));
    ys.push(ys.at(-1)!);
  }
  return { x: xs, y: ys };
}

/** The curve as a line in its own colour and dash. */
export function stepLine(curve: StepCurve, style: SeriesStyle, x: NumericScale, y: NumericScale): Mark {
  const d = stepPath(simplifySteps(vertices(curve, curve.value, x, y), lineTolerance));
  return { kind: "path", d, stroke: style.colour, strokeWidth: 1.2, dash: style.dash };
}

/**
 * The confidence band up to where its limits are estimable; empty when they nowhere are. Before its first event a curve has
 * no limits: the band begins there without width.
 */
export function stepInterval(curve: StepCurve, style: SeriesStyle, x: NumericScale, y: NumericScale): Mark[] {
  const estimable = (i: number): boolean => curve.low[i] !== null && curve.high[i] !== null;
  let known = 0;
  while (known < curve.time.length && !estimable(known) && curve.value[known] === curve.initial) known++;
  const first = known;
  while (known < curve.time.length && estimable(known)) known++;
  if (known === first || curve.low.length === 0) return [];
  const end = known === curve.time.length ? curve.end : curve.time[known]!;
  const part = { ...curve, time: curve.time.slice(0, known), end };
  const edge = (limits: readonly (number | null)[]): StepVertices =>
    vertices(
      part,
      limits.slice(0, known).map((limit) => limit ?? curve.initial),
      x,
      y,
    );
  const d = stepBand(simplifySteps(edge(curve.low), bandTolerance), simplifySteps(edge(curve.high), bandTolerance));
  return [{ kind: "path", d, fill: style.colour, fillOpacity: 0.13 }];
}

/** Ticks at censored times; those closer than a third of a point fall together. */
export function censorTicks(
  curve: StepCurve,
  censored: readonly number[],
  style: SeriesStyle,
  x: NumericScale,
  y: NumericScale,
): Mark[] {
  let d = "";
  let last = Number.NEGATIVE_INFINITY;
  for (const time of Float64Array.from(censored).sort()) {
    const at = x(time);
    if (at - last < 0.35) continue;
    last = at;
    d += `M${rounded(at)} ${rounded(y(stepValueAt(curve, time)) - 2.2)}v4.4`;
  }
  return d === "" ? [] : [{ kind: "path", d, stroke: style.colour, strokeWidth: 0.7 }];
}

/** Whether the curve, its band included, stays out of a box, looked at from edge to edge. */
export function staysClear(curve: StepCurve, box: Box, x: NumericScale, y: NumericScale): boolean {
  const steps = 24;
  for (let k = 0; k <= steps; k++) {
    const time = x.invert(box.x + (box.width * k) / steps);
    if (time > curve.end) continue;
    const step = stepIndexAt(curve.time, time);
    const value = step < 0 ? curve.initial : curve.value[step]!;
    const low = y(curve.low[step] ?? value);
    const high = y(curve.high[step] ?? value);
    if (high < box.y + box.height + 2 && low > box.y - 2) return false;
  }
  return true;
}
