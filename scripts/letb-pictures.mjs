// The pictures of docs/letb.md, from phantoms of our own: node scripts/letb-pictures.mjs (needs `npm run build`).
//   docs/letb-phantoms.png      CT in the late arterial phase on four levels, and MR in the portal venous phase
//   docs/letb-subtraction.png   one level: before contrast, arterial, subtraction as it came, registered, what counts
import { fileURLToPath } from "node:url";
import { guidedResample, letb, rasterise, registerPair } from "@livermark/imaging";
import { wasmElastix } from "@livermark/imaging/elastix";
import { letbCtPhantom, serMrPhantom } from "@livermark/phantom";
import sharp from "sharp";

const docs = (name) => fileURLToPath(new URL(`../docs/${name}`, import.meta.url));
const value = (result) => {
  if (!result.ok) throw new Error(result.issues.map((issue) => `${issue.code}: ${issue.message}`).join("\n"));
  return result.value;
};
const grey = (low, high) => (x) => Math.max(0, Math.min(255, Math.round((255 * (x - low)) / (high - low))));

/** One slice as RGB rows; `paint(voxel, shade)` may colour a voxel. */
function tile({ grid, data }, k, shade, paint = () => null) {
  const [nx, ny] = grid.size;
  const rgb = Buffer.alloc(3 * nx * ny);
  for (let p = 0; p < nx * ny; p++) {
    const v = k * nx * ny + p;
    const g = shade(data[v]);
    const colour = paint(v, g) ?? [g, g, g];
    for (let c = 0; c < 3; c++) rgb[3 * p + c] = colour[c];
  }
  return { width: nx, height: ny, rgb };
}

/** Tiles in one row with a white line between them, enlarged `zoom` times. */
async function row(tiles, zoom) {
  const gap = 2;
  const height = Math.max(...tiles.map((one) => one.height));
  const width = tiles.reduce((sum, one) => sum + one.width + gap, -gap);
  const canvas = sharp({ create: { width, height, channels: 3, background: "#ffffff" } });
  let left = 0;
  const parts = tiles.map((one) => {
    const part = { input: one.rgb, raw: { width: one.width, height: one.height, channels: 3 }, left, top: 0 };
    left += one.width + gap;
    return part;
  });
  const png = await canvas.composite(parts).png().toBuffer();
  return sharp(png)
    .resize(width * zoom, height * zoom, { kernel: "cubic" })
    .png({ compressionLevel: 9, palette: true })
    .toBuffer();
}

async function stacked(rows, path) {
  const sizes = await Promise.all(rows.map((one) => sharp(one).metadata()));
  const width = Math.max(...sizes.map((one) => one.width));
  const height = sizes.reduce((sum, one) => sum + one.height + 4, -4);
  let top = 0;
  const parts = rows.map((input, n) => {
    const part = { input, left: 0, top };
    top += sizes[n].height + 4;
    return part;
  });
  await sharp({ create: { width, height, channels: 3, background: "#ffffff" } })
    .composite(parts)
    .png({ compressionLevel: 9, palette: true })
    .toFile(path);
}

const ct = value(
  letbCtPhantom({
    seed: 7,
    patient: "P1",
    body: { kind: "abdomen", size: [256, 208, 40], spacingMm: [1.35, 1.35, 5] },
    lesions: 8,
    timePoints: [{ name: "baseline", date: "2024-01-10", enhancingFraction: 0.2, tumourFraction: 0.25 }],
    noise: { sd: 10, grain: true },
    textureHu: 4,
    phases: ["late-arterial"],
  }),
).visits[0];
const mr = value(
  serMrPhantom({
    seed: 3,
    patient: "P2",
    size: [256, 208, 30],
    spacingMm: [1.35, 1.35, 6],
    timePoints: [{ name: "baseline", date: "2024-01-10", ser: 1.2 }],
    noiseSd: 12,
    shading: 0.15,
  }),
).visits[0];
const soft = grey(-150, 250);
await stacked(
  [
    await row(
      [3, 12, 20, 28].map((k) => tile(ct.volumes[0].volume, k, soft)),
      1,
    ),
    await row(
      [4, 10, 15, 20].map((k) => tile(mr.phases[1].volume, k, grey(0, 1500))),
      1,
    ),
  ],
  docs("letb-phantoms.png"),
);

const moved = value(
  letbCtPhantom({
    seed: 11,
    patient: "P3",
    body: { kind: "abdomen", size: [112, 98, 60], spacingMm: [2, 2, 3.6], centreMm: [-42, -10, 0] },
    lesions: 6,
    timePoints: [{ name: "baseline", date: "2024-01-10", enhancingFraction: 0.2, tumourFraction: 0.24 }],
    noise: { sd: 8 },
    motion: { shiftMm: [0, -2, 10], bendMm: 2.5 },
  }),
).visits[0];
const [before, after] = moved.volumes.map(({ volume }) => volume);
const found = value(
  await registerPair({ fixed: after, moving: before, liver: moved.liver, tumours: moved.lesions }, wasmElastix, {
    steps: "rigid+b-spline",
  }),
);
const aligned = guidedResample(before, after.grid, found.map, { liver: moved.liver }).volume;
const references = moved.references.map((region) => value(rasterise(region, after.grid)));
const reading = (pre) =>
  value(letb({ pre, arterial: after, liver: moved.liver, references }, { motionOverride: "to show it" }));
const difference = (pre) => ({ ...after, data: after.data.map((x, v) => x - pre.data[v]) });
const k = 32;
const threshold = reading(aligned).parts.thresholds[0];
const counts = (pre) => (v, g) => {
  if (references.some((one) => one.data[v] === 1)) return [70, 160, 255];
  if (moved.liver.data[v] === 0) return [g >> 1, g >> 1, g >> 1];
  return after.data[v] - pre.data[v] > threshold ? [230, 120, 30] : null;
};
const contrast = grey(-60, 120);
await stacked(
  [
    await row(
      [
        tile(before, k, soft),
        tile(after, k, soft),
        tile(difference(before), k, contrast),
        tile(difference(aligned), k, contrast),
        tile(after, k, soft, counts(aligned)),
      ],
      2,
    ),
  ],
  docs("letb-subtraction.png"),
);
console.log(
  JSON.stringify({
    truth: moved.truth.letbPercent,
    expected: moved.truth.expectedLetbPercent,
    asItCame: reading(before).value,
    registered: reading(aligned).value,
    surfaceRule: value(
      letb(
        { pre: aligned, arterial: after, liver: moved.liver, references },
        { surfaceMm: 3, motionOverride: "to show it" },
      ),
    ).value,
  }),
);
