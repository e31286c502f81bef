import { readdirSync } from "node:fs";
import { auditDocuments } from "@livermark/analysis";
import { describeWithData, sharedPath, sharedText } from "testkit";
import { expect, it } from "vitest";
import { plainBlocks } from "../../src/audit/plain.js";

describeWithData("the five papers", ["papers"], () => {
  const found = (paper: string): readonly string[] => {
    const file = readdirSync(sharedPath("papers")).find((name) => name.startsWith(paper)) ?? "";
    return auditDocuments([{ file: paper, blocks: plainBlocks(sharedText("papers", file)) }]).map(
      ({ code, certainty, quotes }) => `${quotes[0]?.line} ${certainty} ${code}`,
    );
  };
  // Every line was judged by hand against the page; docs/audit.md tells each with its arithmetic.
  it("000", () =>
    expect(found("000")).toEqual([
      "220 unlikely mean-of-total",
      "222 check deaths-above-events",
      "235 contradiction limits-order",
    ]));
  it("001", () => expect(found("001")).toEqual(["15 contradiction diffusion-unit"]));
  it("003 with 57 for 58 responders", () =>
    expect(found("003")).toEqual([
      "473 contradiction percent-of-count",
      "473 contradiction response-sum",
      ...[556, 557, 559, 562, 573, 579].map((line) => `${line} check p-zero`),
      "757 check direction",
    ]));
});
