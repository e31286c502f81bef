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
      "206 check restated-count",
      "473 contradiction percent-of-count",
      "473 contradiction response-sum",
      ...[556, 557, 559, 562, 573, 579].map((line) => `${line} check p-zero`),
      "757 check direction",
    ]));
  it("002", () =>
    expect(found("002")).toEqual([
      "24 contradiction mean-of-groups",
      "30 contradiction percent-of-column",
      "31 contradiction percent-of-column",
      "37 contradiction percent-of-column",
      "39 contradiction percent-of-column",
      "42 contradiction mean-of-groups",
      "49 unlikely percent-of-count",
      "76 check ratio-off-centre",
      "84 unlikely odds-counts",
      "106 unlikely odds-counts",
      "109 unlikely odds-counts",
      "113 unlikely odds-counts",
      "115 contradiction coefficient-against-ratio",
      "115 unlikely odds-counts",
      "121 unlikely odds-counts",
      "123 unlikely odds-counts",
      "127 unlikely odds-counts",
      "130 unlikely coefficient-against-ratio",
      "131 contradiction ratio-off-centre",
      "131 unlikely p-against-interval",
      "136 contradiction p-against-interval",
      "136 contradiction ratio-off-centre",
      "136 unlikely odds-counts",
      "140 unlikely odds-counts",
      "142 unlikely odds-counts",
      "144 unlikely odds-counts",
      "146 contradiction estimate-outside-limits",
      "146 unlikely coefficient-against-ratio",
      "146 unlikely odds-counts",
      "150 unlikely accuracy-table",
      "150 unlikely two-intervals",
      "151 contradiction accuracy-counts",
      "151 unlikely two-intervals",
      "152 unlikely accuracy-table",
      "152 unlikely two-intervals",
    ]));
  it("004", () =>
    expect(found("004")).toEqual([
      "159 unlikely ratio-not-in-tables",
      "479 unlikely percent-of-total",
      "582 check ratio-off-centre",
      "690 unlikely median-off-centre",
      "709 unlikely median-off-centre",
      "719 unlikely median-off-centre",
      "735 contradiction difference",
      "822 check ratio-off-centre",
    ]));
});
