import { cholesky, type ModelTerm, solveCholesky } from "@livermark/statistics";

/** One logistic fit over some of the engine's terms; coefficients on the scale of the data, the intercept first. */
export interface QuickFit {
  readonly terms: readonly number[];
  readonly loglik: number;
  /** Estimable parameters, the intercept included. */
  readonly parameters: number;
  readonly coefficients: Float64Array;
  /** Coefficients of the standardised columns, from which neighbouring fits start. */
  readonly scaled: Float64Array;
}

/** Every logistic model over subsets of the same terms and rows, fitted one from the next. */
export interface LogisticEngine {
  readonly terms: readonly ModelTerm[];
  /** Design columns of each term. */
  readonly widths: readonly number[];
  /** Fits the terms; `from` is a fit of neighbouring terms to start at. */
  readonly fit: (terms: readonly number[], from?: QuickFit) => QuickFit;
  /** Joint Wald chi-square of a one-term fit, with its degrees of freedom. */
  readonly wald: (term: number) => { readonly chi2: number; readonly df: number };
}

const MAX_ITERATIONS = 40;
/** A deviance that changes by less decides no step of a selection. */
const SETTLED = 1e-8;

/** First and (lower triangle) expected second derivatives of the log likelihood. */
interface Derivatives {
  readonly score: Float64Array;
  readonly information: Float64Array;
}

interface Column {
  readonly scaled: Float64Array;
  readonly centre: number;
  readonly scale: number;
}

function standardised(values: Float64Array): Column {
  const n = values.length;
  let mean = 0;
  for (const value of values) mean += value / n;
  let square = 0;
  for (const value of values) square += (value - mean) ** 2;
  const sd = Math.sqrt(square / n);
  const scale = sd > 1e-12 * Math.abs(mean) ? sd : 1;
  return {
    centre: mean,
    scale,
    scaled: sd > 1e-12 * Math.abs(mean) ? values.map((value) => (value - mean) / scale) : new Float64Array(n),
  };
}

const columnsOf = (term: ModelTerm, rows: readonly number[]): readonly Float64Array[] =>
  term.kind === "numeric"
    ? [Float64Array.from(rows, (row) => Number(term.values[row]))]
    : term.levels.slice(1).map((level) => Float64Array.from(rows, (row) => (term.values[row] === level ? 1 : 0)));

/**
 * Logistic regression over subsets of terms for recipes that are run hundreds of times: Newton's method that starts at a
 * neighbouring fit and ends when the deviance has settled to 1e-8, which is more than choosing covariates needs. Where a
 * sample separates the outcome, coefficients stop where the deviance does. `rows` are the rows without a missing value.
 * Not for printed estimates: those come from `logisticRegression`.
 */
export function logisticEngine(y: Float64Array, terms: readonly ModelTerm[], rows: readonly number[]): LogisticEngine {
  const n = rows.length;
  const outcome = Float64Array.from(rows, (row) => y[row] ?? 0);
  const columns = terms.map((term) => columnsOf(term, rows).map(standardised));
  const widths = columns.map((own) => own.length);
  const kept = new Map<string, QuickFit>();
  const ones = new Float64Array(n).fill(1);
  const eta = new Float64Array(n);
  const residual = new Float64Array(n);
  const variance = new Float64Array(n);
  const weighted = new Float64Array(n);

  /** Log likelihood at some coefficients; `residual` and `variance` of every row are left for `derivatives`. */
  function loglikAt(x: readonly Float64Array[], beta: Float64Array): number {
    eta.fill(0);
    for (let j = 0; j < x.length; j++) {
      const column = x[j]!;
      const slope = beta[j]!;
      for (let i = 0; i < n; i++) eta[i]! += column[i]! * slope;
    }
    let loglik = 0;
    for (let i = 0; i < n; i++) {
      const e = eta[i]!;
      const small = Math.exp(-Math.abs(e));
      const risk = e >= 0 ? 1 / (1 + small) : small / (1 + small);
      const own = outcome[i]!;
      variance[i] = small / ((1 + small) * (1 + small));
      residual[i] = own - risk;
      loglik += own * e - (Math.max(e, 0) + Math.log1p(small));
    }
    return loglik;
  }

  /**
   * Derivatives where `loglikAt` was last asked. Column by column and several sums at a time: the same additions in the
   * same order as row by row, without a copy of the design.
   */
  function derivatives(x: readonly Float64Array[]): Derivatives {
    const width = x.length;
    const score = new Float64Array(width);
    const information = new Float64Array(width * width);
    for (let j = 0; j < width; j++) {
      const column = x[j]!;
      const row = j * width;
      let sum = 0;
      for (let i = 0; i < n; i++) {
        sum += residual[i]! * column[i]!;
        weighted[i] = variance[i]! * column[i]!;
      }
      score[j] = sum;
      let k = 0;
      for (; k + 3 <= j; k += 4) {
        const [c0, c1, c2, c3] = [x[k]!, x[k + 1]!, x[k + 2]!, x[k + 3]!];
        let [s0, s1, s2, s3] = [0, 0, 0, 0];
        for (let i = 0; i < n; i++) {
          const w = weighted[i]!;
          s0 += w * c0[i]!;
          s1 += w * c1[i]!;
          s2 += w * c2[i]!;
          s3 += w * c3[i]!;
        }
        information[row + k] = s0;
        information[row + k + 1] = s1;
        information[row + k + 2] = s2;
        information[row + k + 3] = s3;
      }
      for (; k <= j; k += 2) {
        const [c0, c1] = [x[k]!, x[k + 1] ?? ones];
        let [s0, s1] = [0, 0];
        for (let i = 0; i < n; i++) {
          s0 += weighted[i]! * c0[i]!;
          s1 += weighted[i]! * c1[i]!;
        }
        information[row + k] = s0;
        if (k < j) information[row + k + 1] = s1;
      }
    }
    return { score, information };
  }

  const firsts: number[] = [];
  let columnCount = 1;
  for (const width of widths) {
    firsts.push(columnCount);
    columnCount += width;
  }
  /** All terms at coefficients 0, where every subset of them has its rank and where a fit may start. */
  let allAtZero: (Derivatives & { readonly loglik: number }) | null = null;
  function atZero(order: readonly number[]): Derivatives & { readonly loglik: number } {
    if (allAtZero === null) {
      const x = [ones, ...columns.flat().map(({ scaled }) => scaled)];
      const loglik = loglikAt(x, new Float64Array(columnCount));
      allAtZero = { loglik, ...derivatives(x) };
    }
    const { loglik, score, information } = allAtZero;
    const places = [0, ...order.flatMap((t) => Array.from({ length: widths[t] ?? 0 }, (_, k) => (firsts[t] ?? 0) + k))];
    const width = places.length;
    const own = new Float64Array(width * width);
    for (let j = 0; j < width; j++)
      for (let k = 0; k <= j; k++) own[j * width + k] = information[places[j]! * columnCount + places[k]!]!;
    return { loglik, score: Float64Array.from(places, (place) => score[place]!), information: own };
  }

  function fit(asked: readonly number[], from?: QuickFit): QuickFit {
    const order = [...asked].sort((a, b) => a - b);
    const key = order.join(",");
    const known = kept.get(key);
    if (known !== undefined) return known;
    const own = order.flatMap((t) => columns[t] ?? []);
    const width = own.length + 1;
    const x = [ones, ...own.map(({ scaled }) => scaled)];
    let beta: Float64Array = new Float64Array(width);
    if (from !== undefined) {
      beta[0] = from.scaled[0] ?? 0;
      const places = new Map<number, number>();
      let at = 1;
      for (const t of from.terms) {
        places.set(t, at);
        at += widths[t] ?? 0;
      }
      at = 1;
      for (const t of order) {
        const place = places.get(t);
        for (let k = 0; k < (widths[t] ?? 0); k++)
          beta[at + k] = place === undefined ? 0 : (from.scaled[place + k] ?? 0);
        at += widths[t] ?? 0;
      }
    }
    const flat = atZero(order);
    const parameters = cholesky(flat.information, width).rank;
    let loglik = from === undefined ? flat.loglik : loglikAt(x, beta);
    let slopes: Derivatives | null = from === undefined ? flat : null;
    // A start far out in a separated direction may be worse than none.
    if (flat.loglik > loglik) {
      beta = new Float64Array(width);
      loglik = flat.loglik;
      slopes = flat;
    }
    for (let iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
      const { score, information } = slopes ?? derivatives(x);
      slopes = null;
      const step = solveCholesky(cholesky(information, width), score);
      let fraction = 1;
      let next = loglik;
      let trial = beta;
      for (let halving = 0; halving < 20; halving++) {
        trial = beta.map((b, j) => b + fraction * (step[j] ?? 0));
        next = loglikAt(x, trial);
        if (next >= loglik - 1e-10) break;
        fraction /= 2;
      }
      if (next < loglik - 1e-10) break;
      const gain = 2 * (next - loglik);
      beta = trial;
      loglik = next;
      if (Math.abs(gain) < SETTLED) break;
    }
    const coefficients = Float64Array.from(beta);
    own.forEach((column, j) => {
      const slope = (beta[j + 1] ?? 0) / column.scale;
      coefficients[j + 1] = slope;
      coefficients[0] = (coefficients[0] ?? 0) - slope * column.centre;
    });
    const made: QuickFit = { terms: order, loglik, parameters, coefficients, scaled: beta };
    kept.set(key, made);
    return made;
  }

  function wald(term: number): { readonly chi2: number; readonly df: number } {
    const found = fit([term]);
    const own = columns[term] ?? [];
    const width = own.length + 1;
    const x = [ones, ...own.map(({ scaled }) => scaled)];
    loglikAt(x, found.scaled);
    const information = cholesky(derivatives(x).information, width);
    const size = width - 1;
    const block = new Float64Array(size * size);
    for (let k = 0; k < size; k++) {
      const unit = new Float64Array(width);
      unit[k + 1] = 1;
      const column = solveCholesky(information, unit);
      for (let j = 0; j < size; j++) block[j * size + k] = column[j + 1] ?? 0;
    }
    const decomposition = cholesky(block, size);
    const beta = found.scaled.slice(1);
    const solved = solveCholesky(decomposition, beta);
    return { chi2: beta.reduce((sum, b, j) => sum + b * (solved[j] ?? 0), 0), df: decomposition.rank };
  }
  return { terms, widths, fit, wald };
}

/** Terms kept by stepwise selection by AIC, as `stepwiseAic` does it: backward and both start with all terms. */
export function quickStepwise(engine: LogisticEngine, direction: "backward" | "forward" | "both"): readonly number[] {
  const aic = (fit: QuickFit): number => -2 * fit.loglik + 2 * fit.parameters;
  const all = engine.terms.map((_, t) => t);
  let here = engine.fit(direction === "forward" ? [] : all);
  let order: readonly number[] = direction === "forward" ? [] : all;
  for (;;) {
    const moves: { terms: readonly number[]; fit: QuickFit }[] = [];
    if (direction !== "forward")
      for (const t of order) {
        const terms = order.filter((k) => k !== t);
        moves.push({ terms, fit: engine.fit(terms, here) });
      }
    if (direction !== "backward")
      for (const t of all)
        if (!order.includes(t)) {
          const terms = [...order, t];
          moves.push({ terms, fit: engine.fit(terms, here) });
        }
    let best = moves[0];
    for (const move of moves) if (best !== undefined && aic(move.fit) < aic(best.fit) - 1e-7) best = move;
    if (best === undefined || !(aic(best.fit) < aic(here) - 1e-7)) return order;
    here = best.fit;
    order = best.terms;
  }
}
