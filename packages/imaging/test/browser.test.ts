import { indexToPatient, type Vec3, type Volume } from "@livermark/imaging";
import { describeWithData, describeWithTools, fullSize } from "testkit";
import { expect, it } from "vitest";
import { servedPage } from "./browser/page.js";
import { measureRandomRegions, type Shipped } from "./browser/random-regions.js";
import { readNiftiByIndex, readSeries } from "./read.js";

describeWithTools("Node and the browser", ["chromium"], () => {
  describeWithData("measure real images", ["data/liver-ct-3dircadb01-17", "data/liver-mr-chaos-t2"], () => {
    /** The middle of an image, so that the short run stays short; the full size takes the whole image. */
    function middle(image: Volume, most: Vec3): Volume {
      const { size } = image.grid;
      const keep: Vec3 = [Math.min(size[0], most[0]), Math.min(size[1], most[1]), Math.min(size[2], most[2])];
      const [x, y, z] = [0, 1, 2].map((axis) => Math.floor((size[axis]! - keep[axis]!) / 2));
      const data = image.data.slice(0, keep[0] * keep[1] * keep[2]);
      let at = 0;
      for (let k = 0; k < keep[2]; k++)
        for (let j = 0; j < keep[1]; j++)
          for (let i = 0; i < keep[0]; i++) data[at++] = image.data[((k + z!) * size[1] + j + y!) * size[0] + i + x!]!;
      return { ...image, data, grid: { ...image.grid, size: keep, originMm: indexToPatient(image.grid, x!, y!, z!) } };
    }

    it("with 100 random regions equal to the last bit", async () => {
      const folder = ["data", "liver-mr-chaos-t2"];
      const images = [
        await readSeries("data", "liver-ct-3dircadb01-17", "PATIENT_DICOM.zip"),
        readNiftiByIndex(...folder, "image_1.nii.gz"),
      ].map((image) => (fullSize ? image : middle(image, [180, 180, 40])));
      const { page, serve, close } = await servedPage("random-regions.ts");
      try {
        for (const [n, image] of images.entries()) {
          const { data, grid } = image;
          const url = `/image${n}`;
          const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
          serve(url, bytes);
          const type = data instanceof Int16Array ? "int16" : "float64";
          const shipped: Shipped = { grid, type, url };
          // As text: the test runner rewrites the imports of functions.
          const call = `import("/module.js").then((r) => r.measureShipped(${JSON.stringify(shipped)}, 50, ${100 + n}))`;
          const inBrowser = await page.evaluate<string[]>(call);
          const inNode = measureRandomRegions(grid, data, 50, 100 + n);
          // Fifty regions and two lines about the ADC map; equal refusals would prove nothing.
          expect(inNode).toHaveLength(52);
          expect(inNode.filter((line) => line.includes('"statistics":{"ok":true'))).toHaveLength(50);
          expect(inBrowser).toHaveLength(inNode.length);
          expect(firstDifference(inBrowser, inNode)).toBeNull();
        }
      } finally {
        await close();
      }
    }, 600_000);
  });
});

/** Where two lists of lines first differ, in few words; null when they do not. */
function firstDifference(a: readonly string[], b: readonly string[]): string | null {
  for (const [n, line] of a.entries()) {
    const other = b[n] ?? "";
    if (line === other) continue;
    let at = 0;
    while (line[at] === other[at]) at++;
    const around = (text: string): string => text.slice(Math.max(0, at - 60), at + 40);
    return `line ${n}: ${around(line)} | ${around(other)}`;
  }
  return null;
}
