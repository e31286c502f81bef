import { createHash } from "node:crypto";
import {
  all,
  andThen,
  canonicalJson,
  describeIssue,
  errorIssue,
  ok,
  passport,
  random,
  readableJson,
  refuse,
  sha256,
  sha256Hex,
  unwrap,
} from "@livermark/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

describe("SHA-256", () => {
  it("gives the digest of FIPS 180-4's example", () => {
    expect(sha256Hex("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });

  it("equals Node's own for any bytes in any pieces", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(400), (bytes, cut) => {
        const hash = sha256().update(bytes.subarray(0, cut)).update(bytes.subarray(cut)).hex();
        expect(hash).toBe(createHash("sha256").update(bytes).digest("hex"));
      }),
    );
  });

  it("equals Node's own for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(sha256Hex(text)).toBe(createHash("sha256").update(text).digest("hex"));
      }),
    );
  });
});

describe("canonical JSON", () => {
  it("sorts keys, drops undefined, keeps order of lists", () => {
    expect(canonicalJson({ b: [2, 1], a: { d: null, c: "é" }, e: undefined })).toBe(
      '{"a":{"c":"é","d":null},"b":[2,1]}',
    );
  });

  it("does not depend on the order in which members were written", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(reversed)).toBe(canonicalJson(value));
        expect(JSON.parse(readableJson(value))).toEqual(JSON.parse(canonicalJson(value)));
      }),
    );
  });

  it("treats NaN and infinity as bugs", () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => canonicalJson({ value })).toThrow("cannot hold");
  });
});

describe("seeded random numbers", () => {
  it("repeat by seed and differ between seeds", () => {
    const draw = (seed: number): number[] => {
      const r = random(seed);
      return Array.from({ length: 5 }, () => r.uniform());
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(draw(1)).not.toEqual(draw(2 ** 32 + 1));
  });

  it("have the moments of their distributions", () => {
    const r = random(11);
    const n = 200_000;
    let normal = 0;
    let normalSquared = 0;
    let exponential = 0;
    let uniform = 0;
    for (let i = 0; i < n; i++) {
      const z = r.normal();
      normal += z;
      normalSquared += z * z;
      exponential += r.exponential();
      uniform += r.uniform();
    }
    // five standard errors of each mean
    expect(Math.abs(normal / n)).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(normalSquared / n - 1)).toBeLessThan((5 * Math.SQRT2) / Math.sqrt(n));
    expect(Math.abs(exponential / n - 1)).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(uniform / n - 0.5)).toBeLessThan(5 / Math.sqrt(12 * n));
  });

  it("permute without loss, and fork without disturbing the parent", () => {
    expect([...random(3).permutation(50)].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    const plain = random(5);
    const forked = random(5);
    forked.fork("side").uniform();
    expect(forked.uniform()).toBe(plain.uniform());
    expect(random(5).fork("a").uniform()).not.toBe(random(5).fork("b").uniform());
  });

  it("draw integers evenly", () => {
    const r = random(8);
    const seen = [0, 0, 0];
    for (let i = 0; i < 30_000; i++) seen[r.integer(3)]! += 1;
    for (const count of seen) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });
});

describe("results and issues", () => {
  it("collect every refusal, not only the first", () => {
    const r = all([ok(1), refuse({ code: "a", message: "A." }), refuse({ code: "b", message: "B." })]);
    expect(r.ok).toBe(false);
    expect(r.issues.map((issue) => issue.code)).toEqual(["a", "b"]);
  });

  it("keep warnings through a chain", () => {
    const warned = ok(2, [errorIssue({ code: "w", message: "W." })]);
    expect(andThen(warned, (x) => ok(x * 2))).toMatchObject({ ok: true, value: 4, issues: [{ code: "w" }] });
    expect(() => unwrap(refuse({ code: "no", message: "No." }))).toThrow("no: No.");
  });

  it("print place, finding, wish and remedy in one line", () => {
    const issue = errorIssue({
      code: "unknown-column",
      message: "The table has a column that no codebook names.",
      got: "sexx",
      wanted: "sex",
      mend: "Rename the column.",
      where: { file: "tables/patients.csv", line: 1, column: "sexx" },
    });
    expect(describeIssue(issue)).toBe(
      "error unknown-column (tables/patients.csv:1, column sexx): The table has a column that no codebook names. Found: sexx. Wanted: sex. Rename the column.",
    );
  });
});

describe("passports", () => {
  it("are named by their content", () => {
    const parts = { function: "ser", version: "1", inputs: [], parameters: { k: 2 } };
    expect(passport(parts).id).toBe(passport({ ...parts, parameters: { k: 2 } }).id);
    expect(passport(parts).id).not.toBe(passport({ ...parts, parameters: { k: 3 } }).id);
  });
});
