import { random, unwrap } from "@livermark/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeLevels, readSurvival, takeLevels } from "../../src/survival/input.js";
import { partitionOrder, snapTimes, sortOrder } from "../../src/survival/order.js";

const plainOrder = (values: Float64Array): number[] =>
  Array.from(values, (_, i) => i).sort((a, b) => values[a]! - values[b]! || a - b);

describe("sorting once", () => {
  it("orders as a stable comparison sort does, by radix for long columns", () => {
    const stream = random(3);
    const makers = [
      () => stream.integer(500),
      () => stream.normal() * 10 ** (stream.integer(20) - 10),
      () => -stream.integer(3),
      () => (stream.uniform() < 0.5 ? 0 : -0),
      () => 5,
      () => Number.MIN_VALUE * stream.integer(4) - stream.integer(2),
    ];
    for (const make of makers) {
      for (const n of [0, 1, 2, 50, 799, 800, 5000]) {
        const values = Float64Array.from({ length: n }, make);
        expect(Array.from(sortOrder(values))).toEqual(plainOrder(values));
      }
    }
    const ascending = Float64Array.from({ length: 3000 }, (_, i) => i);
    expect(Array.from(sortOrder(ascending))).toEqual(plainOrder(ascending));
  });

  it("parts an order by code and keeps it inside each part", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 50 }), (codes) => {
        const order = Uint32Array.from(random(1).permutation(codes.length));
        const parted = Array.from(partitionOrder(order, Int32Array.from(codes), 4));
        const expected = [0, 1, 2, 3].flatMap((code) => Array.from(order).filter((row) => codes[row] === code));
        expect(parted).toEqual(expected);
      }),
    );
  });

  it("makes times one that rounding parted, across entries and ends, and leaves real differences", () => {
    const time = Float64Array.of(0.3, 0.1 + 0.2, 1, 1.0001);
    const entry = Float64Array.of(0, 0.1 + 0.2, 0.3, 0.99999999999);
    entry.sort();
    snapTimes(time, entry);
    expect(Array.from(time)).toEqual([0.3, 0.3, 0.99999999999, 1.0001]);
    expect(Array.from(entry)).toEqual([0, 0.3, 0.3, 0.99999999999]);
    const far = Float64Array.of(1, 2, 3);
    snapTimes(far);
    expect(Array.from(far)).toEqual([1, 2, 3]);
  });
});

describe("labels", () => {
  it("sorts numbers as numbers and words by code unit; missing is missing", () => {
    expect(encodeLevels([10, 2, Number.NaN, 2]).levels).toEqual(["2", "10"]);
    expect(Array.from(encodeLevels([10, 2, Number.NaN, 2]).codes)).toEqual([1, 0, -1, 0]);
    expect(encodeLevels(["b", "a", "", null, undefined]).levels).toEqual(["a", "b"]);
    expect(Array.from(encodeLevels(["x", "y", "z"], ["z", "x"]).codes)).toEqual([1, -1, 0]);
    expect(Array.from(encodeLevels([1, 2], ["2", "1"]).codes)).toEqual([1, 0]);
  });
  it("forgets levels that no kept row has", () => {
    const taken = takeLevels(encodeLevels(["a", "b", "c"]), Uint32Array.of(0, 2));
    expect(taken.levels).toEqual(["a", "c"]);
    expect(Array.from(taken.codes)).toEqual([0, 1]);
  });
  it("keeps only rows that are complete in every column", () => {
    const rows = unwrap(
      readSurvival(
        { time: [1, 2, 3, 4], event: [1, 0, 1, 1] },
        [[1, Number.NaN, 1, 1]],
        [encodeLevels(["a", "b", "", "c"])],
      ),
    );
    expect(Array.from(rows.rows)).toEqual([0, 3]);
    expect(rows.missing).toBe(2);
  });
});
