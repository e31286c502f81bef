import { fullSize, sized } from "testkit";
import { describe, expect, it } from "vitest";
import { dice, type LiverDraft, liverDraft } from "../../src/segmentation/index.js";
import { burdenOptions, type HardPhantom, hardPhantom, randomOptions } from "./hard-phantom.js";

interface Judged {
  readonly seed: number;
  readonly dice: number;
  readonly letbError: number;
  readonly draft: LiverDraft;
}

/** LETB from the draft less LETB from the truth, in points, both with the true viable tissue. */
function letbError({ liver, viable }: HardPhantom, mask: Uint8Array): number {
  const share = (inside: Uint8Array): number => {
    let all = 0;
    let enhancing = 0;
    for (let v = 0; v < inside.length; v++)
      if (inside[v] === 1) {
        all++;
        enhancing += viable.data[v]!;
      }
    return (100 * enhancing) / all;
  };
  return share(mask) - share(liver.data);
}

/** The draft on phantoms; one that is refused says so itself and counts as refused. */
function judge(options: readonly Parameters<typeof hardPhantom>[0][]): readonly Judged[] {
  const judged: Judged[] = [];
  for (const option of options) {
    const phantom = hardPhantom(option);
    const drafted = liverDraft(phantom.volume);
    if (!drafted.ok) {
      expect(drafted.issues.map(({ code }) => code)).toEqual(["no-liver-found"]);
      continue;
    }
    const draft = drafted.value;
    judged.push({
      seed: option.seed,
      dice: dice(draft.mask.data, phantom.liver.data),
      letbError: letbError(phantom, draft.mask.data),
      draft,
    });
  }
  return judged;
}

/** Pearson's correlation. */
function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (list: readonly number[]): number => list.reduce((sum, x) => sum + x, 0) / list.length;
  const [p, q] = [mean(a), mean(b)];
  const sum = (f: (i: number) => number): number => a.reduce((total, _, i) => total + f(i), 0);
  return sum((i) => (a[i]! - p) * (b[i]! - q)) / Math.sqrt(sum((i) => (a[i]! - p) ** 2) * sum((i) => (b[i]! - q) ** 2));
}

// Seeds below 400 were used to fit the estimate; these were not.
describe("the draft judges itself", () => {
  it("on phantoms it was not fitted on: the worse it expects itself to be, the worse it is", () => {
    const count = sized(2, 12);
    const cases = judge(Array.from({ length: count }, (_, n) => randomOptions(501 + n)));
    expect(cases).toHaveLength(count);
    for (const { dice: found, draft } of cases) if (draft.usable) expect(found).toBeGreaterThan(0.75);
    if (fullSize)
      expect(
        correlation(
          cases.map(({ draft }) => draft.estimatedDice),
          cases.map(({ dice: found }) => found),
        ),
      ).toBeGreaterThan(0.5);
  }, 3_000_000);

  it("a tumour larger than the parenchyma, found first, is joined by the parenchyma, and the draft refuses to be measured", () => {
    const cases = judge(sized([1004], [1001, 1004, 1006, 1016]).map(burdenOptions));
    expect(cases).toHaveLength(sized(1, 4));
    for (const { dice: found, draft } of cases) {
      expect(found).toBeGreaterThan(0.9);
      expect(draft.usable).toBe(false);
    }
  }, 3_000_000);

  // Judged once, after every rule was fixed on seeds 701 to 724 and 1001 to 1024.
  it("with 50 to 80 % tumour in nodules, a mass or infiltrating: a usable draft is off by at most 3 points of LETB", () => {
    const cases = judge(Array.from({ length: sized(1, 24) }, (_, n) => burdenOptions(801 + n)));
    const usable = cases.filter(({ draft }) => draft.usable).map((one) => Math.abs(one.letbError));
    expect(cases.length).toBeGreaterThanOrEqual(sized(1, 20));
    expect(usable.length).toBeLessThan(cases.length / 2);
    for (const error of usable) expect(error).toBeLessThanOrEqual(3);
  }, 3_000_000);
});
