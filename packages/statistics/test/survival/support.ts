import { random } from "@livermark/core";
import fc from "fast-check";
import { sharedText } from "testkit";

/** Columns of a comma-separated shared file as text. */
export function sharedColumns(...path: string[]): (name: string) => string[] {
  const [header, ...lines] = sharedText(...path)
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(",").map((cell) => cell.replaceAll('"', "")));
  return (name) => {
    const at = header!.indexOf(name);
    if (at < 0) throw new Error(`no column ${name}`);
    return lines.map((line) => line[at]!);
  };
}

/** Numbers of a text column; empty and NA are NaN. */
export const numbersOf = (cells: readonly string[]): Float64Array =>
  Float64Array.from(cells, (cell) => (cell === "" || cell === "NA" ? Number.NaN : Number(cell)));

export interface Sample {
  readonly time: number[];
  readonly event: number[];
  readonly x: number[];
  readonly group: number[];
}

/** Small tied survival data with a covariate and a group. */
export const sample = (minimum = 6, maximum = 40): fc.Arbitrary<Sample> =>
  fc
    .array(
      fc.tuple(
        fc.integer({ min: 1, max: 12 }),
        fc.boolean(),
        fc.integer({ min: -8, max: 8 }),
        fc.integer({ min: 0, max: 2 }),
      ),
      {
        minLength: minimum,
        maxLength: maximum,
      },
    )
    .map((rows) => ({
      time: rows.map((row) => row[0]),
      event: rows.map((row) => (row[1] ? 1 : 0)),
      x: rows.map((row) => row[2] / 4),
      group: rows.map((row) => row[3]),
    }));

/** Simulated follow-up with whole-number times (many ties), p normal covariates and two groups. */
export function simulated(n: number, p: number, seed: number, ties = true) {
  const stream = random(seed);
  const x = Array.from({ length: p }, () => new Float64Array(n));
  const time = new Float64Array(n);
  const event = new Uint8Array(n);
  const group = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    let line = 0;
    x.forEach((column, j) => {
      column[i] = stream.normal();
      line += (0.5 - 0.2 * j) * column[i]!;
    });
    const failing = (stream.exponential() / 0.02) * Math.exp(-line);
    const ending = 20 + 180 * stream.uniform();
    time[i] = ties ? Math.ceil(Math.min(failing, ending)) : Math.min(failing, ending);
    event[i] = failing <= ending ? 1 : 0;
    group[i] = stream.integer(3);
  }
  return { x, time, event, group };
}

/** Rows in another order. */
export const permuted = <T>(values: ArrayLike<T>, order: readonly number[]): T[] => order.map((i) => values[i]!);
