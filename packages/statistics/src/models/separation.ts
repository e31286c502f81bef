import { type Issue, ok, type Result, warningIssue } from "@livermark/core";
import { countEvents } from "./columns.js";
import { buildDesign, type Design, type ModelTerm, scaleDesign } from "./design.js";
import { type LogisticState, maximiseLogistic } from "./logistic-core.js";

/** Whether covariates predict a 0/1 outcome without error, wholly or in part. */
export interface Separation {
  readonly separated: boolean;
  /** `complete`: every row; `quasi`: some rows lie on the boundary. */
  readonly kind: "none" | "quasi" | "complete";
  /** Columns that separate on their own if there are such, else those of the separating combination. */
  readonly variables: readonly string[];
  /** −2 log likelihood in the limit of coefficients that run away. */
  readonly limitDeviance: number;
  /** Rows (of the complete rows) that stay undecided in the limit. */
  readonly undecidedRows: readonly number[];
  readonly iterations: number;
}

/** Does a single column split the classes, equality at the border allowed? */
function splitsAlone(column: Float64Array, y: Float64Array): boolean {
  let low0 = Infinity;
  let high0 = -Infinity;
  let low1 = Infinity;
  let high1 = -Infinity;
  for (let i = 0; i < y.length; i++) {
    const value = column[i]!;
    if (y[i] === 1) {
      low1 = Math.min(low1, value);
      high1 = Math.max(high1, value);
    } else {
      low0 = Math.min(low0, value);
      high0 = Math.max(high0, value);
    }
  }
  if (Math.min(low0, low1) === Math.max(high0, high1)) return false;
  return high0 <= low1 || high1 <= low0;
}

/**
 * Looks for separation along the direction in which Newton's method runs away. The direction is a proof when no row lies
 * on the wrong side of it and some row strictly on the right side (Albert and Anderson 1984).
 */
export function separationOf(design: Pick<Design, "n" | "names" | "columns">, y: Float64Array): Separation {
  const scaled = scaleDesign(design.columns, design.n, true);
  const { n, width, x } = scaled;
  let state: LogisticState | null = null;
  let beta: Float64Array = new Float64Array(width);
  let iterations = 0;
  for (const limit of [12, 8, 8, 8]) {
    state = maximiseLogistic({ n, width, x, y, weights: null }, beta, { maxIterations: limit });
    beta = state.beta;
    iterations += state.iterations;
    if (state.converged) break;
    const certificate = certify(x, y, n, width, state.lastStep) ?? certify(x, y, n, width, state.beta);
    if (certificate === null) continue;
    const alone = design.names.filter((_, j) => splitsAlone(design.columns[j]!, y));
    let largest = 0;
    for (let j = 1; j < width; j++) largest = Math.max(largest, Math.abs(certificate.direction[j]!));
    const together = design.names.filter((_, j) => Math.abs(certificate.direction[j + 1]!) > 1e-4 * largest);
    const left = certificate.undecided;
    return {
      separated: true,
      kind: left.length === 0 ? "complete" : "quasi",
      variables: alone.length > 0 ? alone : together,
      limitDeviance: left.length === 0 ? 0 : limitOf(design, y, left),
      undecidedRows: left,
      iterations,
    };
  }
  return {
    separated: false,
    kind: "none",
    variables: [],
    limitDeviance: -2 * state!.loglik,
    undecidedRows: Array.from({ length: n }, (_, i) => i),
    iterations,
  };
}

function limitOf(design: Pick<Design, "names" | "columns">, y: Float64Array, rows: readonly number[]): number {
  const part = Float64Array.from(rows, (i) => y[i]!);
  const events = part.reduce((sum, value) => sum + value, 0);
  if (events === 0 || events === part.length) return 0;
  const columns = design.columns.map((column) => Float64Array.from(rows, (i) => column[i]!));
  return separationOf({ n: rows.length, names: design.names, columns }, part).limitDeviance;
}

function certify(
  x: Float64Array,
  y: Float64Array,
  n: number,
  width: number,
  direction: Float64Array,
): { readonly direction: Float64Array; readonly undecided: number[] } | null {
  const along = new Float64Array(n);
  let largest = 0;
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < width; j++) sum += x[i * width + j]! * direction[j]!;
    along[i] = y[i] === 1 ? sum : -sum;
    largest = Math.max(largest, Math.abs(sum));
  }
  if (largest < 1e-3) return null;
  const undecided: number[] = [];
  for (let i = 0; i < n; i++) {
    if (along[i]! < -1e-4 * largest) return null;
    if (along[i]! <= 1e-4 * largest) undecided.push(i);
  }
  return undecided.length === n ? null : { direction, undecided };
}

/** The warning that goes with a separated fit, naming the variables. */
export const separationIssue = (found: Separation, outcome: string): Issue =>
  warningIssue({
    code: found.kind === "complete" ? "complete-separation" : "quasi-complete-separation",
    message: `${found.variables.join(", ")} predict${found.variables.length === 1 ? "s" : ""} ${outcome} without error${found.kind === "quasi" ? " in part of the rows" : ""}: the odds ratio has no finite estimate.`,
    got: found.variables.join(", "),
    wanted: "both outcomes over the range of each covariate",
    mend: "Use Firth's penalised regression, merge levels, or report the table of counts.",
    where: { column: found.variables[0] ?? outcome },
  });

/**
 * Tells whether a logistic regression of a 0/1 outcome is separated, which variables do it, and the deviance in the limit.
 * Refuses what `buildDesign` refuses and one-class outcomes. Source: Albert and Anderson 1984.
 * Example: x = 1 … 8 with y = 0,0,0,0,1,1,1,1 is completely separated by x.
 */
export function logisticSeparation(
  outcome: { readonly name: string; readonly values: ArrayLike<number | null> },
  terms: readonly ModelTerm[],
): Result<Separation> {
  const design = buildDesign([outcome], terms);
  if (!design.ok) return design;
  const y = design.value.others[0]!;
  const counted = countEvents(y, outcome.name);
  if (!counted.ok) return counted;
  const found = separationOf(design.value, y);
  return ok(found, found.separated ? [separationIssue(found, outcome.name)] : []);
}
