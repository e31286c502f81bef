import { describeWithTools } from "testkit";
import { expect, it } from "vitest";
import { draftBits, type ShippedVolume } from "../browser/draft-bits.js";
import { servedPage } from "../browser/page.js";
import { hardMrPhantom, randomMrOptions } from "./hard-mr-phantom.js";
import { hardPhantom, randomOptions } from "./hard-phantom.js";

describeWithTools("the draft in Node and in the browser", ["chromium"], () => {
  it("is equal to the last bit, on CT with tumours and on MR with shading", async () => {
    const volumes = [
      hardPhantom({ ...randomOptions(310), size: [72, 58, 40], spacingMm: [4.7, 4.4, 4.8] }).volume,
      hardMrPhantom({ ...randomMrOptions(312), size: [80, 62, 34], spacingMm: [4.3, 4.2, 5.6] }).volume,
    ];
    const { page, serve, close } = await servedPage("draft-bits.ts");
    try {
      for (const [n, { data, ...rest }] of volumes.entries()) {
        const voxels = Float32Array.from(data);
        serve(`/volume${n}`, new Uint8Array(voxels.buffer));
        const shipped: ShippedVolume = { url: `/volume${n}`, rest };
        // As text: the test runner rewrites the imports of functions.
        const call = `import("/module.js").then((d) => d.draftShipped(${JSON.stringify(shipped)}))`;
        const inBrowser = await page.evaluate<string[]>(call);
        const inNode = draftBits({ ...rest, data: voxels });
        // A mask and fourteen numbers; equal refusals would prove nothing.
        expect(inNode).toHaveLength(15);
        expect(inBrowser).toEqual(inNode);
      }
    } finally {
      await close();
    }
  }, 600_000);
});
