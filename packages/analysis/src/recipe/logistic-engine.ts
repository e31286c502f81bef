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
  const eta = new Float64Array(n);

  function evaluate(
    x: Float64Array,
    width: number,
    beta: Float64Array,
  ): { loglik: number; score: Float64Array; information: Float64Array } {
    const score = new Float64Array(width);
    const information = new Float64Array(width * width);
    let loglik = 0;
    for (let i = 0; i < n; i++) {
      const base = i * width;
      let e = 0;
      for (let j = 0; j < width; j++) e += x[base + j]! * beta[j]!;
      eta[i] = e;
      const small = Math.exp(-Math.abs(e));
      const risk = e >= 0 ? 1 / (1 + small) : small / (1 + small);
      const variance = small / ((1 + small) * (1 + small));
      const own = outcome[i]!;
      loglik += own * e - (Math.max(e, 0) + Math.log1p(small));
      const residual = own - risk;
      for (let j = 0; j < width; j++) {
        const xj = x[base + j]!;
        score[j]! += residual * xj;
        const weighted = variance * xj;
        const row = j * width;
        for (let k = 0; k <= j; k++) information[row + k]! += weighted * x[base + k]!;
      }
    }
    return { loglik, score, information };
  }

  function fit(asked: readonly number[], from?: QuickFit): QuickFit {
    const order = [...asked].sort((a, b) => a - b);
    const key = order.join(",");
    const known = kept.get(key);
    if (known !== undefined) return known;
    const own = order.flatMap((t) => columns[t] ?? []);
    const width = own.length + 1;
    const x = new Float64Array(n * width);
    for (let i = 0; i < n; i++) x[i * width] = 1;
    own.forEach((column, j) => {
      for (let i = 0; i < n; i++) x[i * width + j + 1] = column.scaled[i] ?? 0;
    });
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
    let here = evaluate(x, width, beta);
    const flat = from === undefined ? here : evaluate(x, width, new Float64Array(width));
    const parameters = cholesky(flat.information, width).rank;
    // A start far out in a separated direction may be worse than none.
    if (flat.loglik > here.loglik) {
      beta = new Float64Array(width);
      here = flat;
    }
    for (let iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
      const step = solveCholesky(cholesky(here.information, width), here.score);
      let fraction = 1;
      let next = here;
      let trial = beta;
      for (let halving = 0; halving < 20; halving++) {
        trial = beta.map((b, j) => b + fraction * (step[j] ?? 0));
        next = evaluate(x, width, trial);
        if (next.loglik >= here.loglik - 1e-10) break;
        fraction /= 2;
      }
      const gain = 2 * (next.loglik - here.loglik);
      if (next.loglik < here.loglik - 1e-10) break;
      beta = trial;
      here = next;
      if (Math.abs(gain) < SETTLED) break;
    }
    const coefficients = Float64Array.from(beta);
    own.forEach((column, j) => {
      const slope = (beta[j + 1] ?? 0) / column.scale;
      coefficients[j + 1] = slope;
      coefficients[0] = (coefficients[0] ?? 0) - slope * column.centre;
    });
    const made: QuickFit = { terms: order, loglik: here.loglik, parameters, coefficients, scaled: beta };
    kept.set(key, made);
    return made;
  }

  function wald(term: number): { readonly chi2: number; readonly df: number } {
    const found = fit([term]);
    const own = columns[term] ?? [];
    const width = own.length + 1;
    const x = new Float64Array(n * width);
    for (let i = 0; i < n; i++) {
      x[i * width] = 1;
      own.forEach((column, j) => {
        x[i * width + j + 1] = column.scaled[i] ?? 0;
      });
    }
    const information = cholesky(evaluate(x, width, found.scaled).information, width);
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
