// The picture of docs/letb-walkthrough.md: arterial phase, and the subtraction without and with registration, one slice each.
// node bench/imaging/registration-picture.mjs [--out docs/registration.png]
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { crc32, deflateSync } from "node:zlib";
import { unwrap } from "@livermark/core";
import { guidedResample, registerPair } from "@livermark/imaging";
import { wasmElastix } from "@livermark/imaging/elastix";
import { letbCtPhantom } from "@livermark/phantom";

const { values } = parseArgs({ options: { out: { type: "string", default: "docs/registration.png" } } });

const SCALE = 2;
const { volumes, liver } = unwrap(
  letbCtPhantom({
    seed: 3,
    patient: "P01",
    body: { kind: "abdomen", size: [160, 128, 70], spacingMm: [2.1, 2.1, 3] },
    lesions: 6,
    timePoints: [{ name: "baseline", date: "2024-01-10", enhancingFraction: 0.3, tumourFraction: 0.34 }],
    noise: { sd: 10 },
    textureHu: 2,
    motion: { shiftMm: [2, -3, 9], bendMm: 0 },
  }),
).visits[0];
const [pre, arterial] = volumes.map(({ volume }) => volume);
const { map } = unwrap(await registerPair({ fixed: arterial, moving: pre, liver }, wasmElastix));
const moved = guidedResample(pre, arterial.grid, map, { liver }).volume;

const [nx, ny, nz] = arterial.grid.size;
const area = nx * ny;
const covered = Array.from({ length: nz }, (_, k) =>
  liver.data.subarray(k * area, (k + 1) * area).reduce((n, x) => n + x, 0),
);
const slice = covered.indexOf(Math.max(...covered)) + 8;
const grey = (low, high) => (value) => Math.max(0, Math.min(255, Math.round((255 * (value - low)) / (high - low))));
const soft = grey(-110, 190);
const difference = grey(-60, 120);
const panels = [
  (v) => soft(arterial.data[v]),
  (v) => difference(arterial.data[v] - pre.data[v]),
  (v) => difference(arterial.data[v] - moved.data[v]),
];
const gap = 6;
const width = panels.length * nx * SCALE + (panels.length - 1) * gap;
const height = ny * SCALE;
const rows = Buffer.alloc(height * (width + 1), 255);
for (let y = 0; y < height; y++) {
  rows[y * (width + 1)] = 0;
  panels.forEach((panel, n) => {
    for (let x = 0; x < nx * SCALE; x++) {
      const v = slice * area + Math.floor(y / SCALE) * nx + Math.floor(x / SCALE);
      rows[y * (width + 1) + 1 + n * (nx * SCALE + gap) + x] = panel(v);
    }
  });
}
const chunk = (name, data) => {
  const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
  const out = Buffer.alloc(8 + body.length);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), 4 + body.length);
  return out;
};
const header = Buffer.alloc(13);
header.writeUInt32BE(width, 0);
header.writeUInt32BE(height, 4);
header.set([8, 0, 0, 0, 0], 8);
writeFileSync(
  values.out,
  Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]),
);
