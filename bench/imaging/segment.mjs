// Processor time of the classical liver draft on 512×512×120 voxels of a digital phantom, step by step:
//   node bench/imaging/segment.mjs [--out FOLDER] [--picture FILE.png]
// Goal: 20 s on one core. `--picture` draws draft (red) and truth (green, yellow where both) of the same phantom. Needs `npm run build`.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { crc32, deflateSync } from "node:zlib";
import { random } from "../../packages/core/dist/index.js";
import { dice, liverDraftSteps } from "../../packages/imaging/dist/index.js";
import { letbCtPhantom } from "../../packages/phantom/dist/index.js";

const { values } = parseArgs({ options: { out: { type: "string" }, picture: { type: "string" } } });

const phantom = letbCtPhantom({
  seed: 5,
  patient: "P1",
  body: { kind: "abdomen", size: [128, 128, 60], spacingMm: [2.8, 2.4, 3.2] },
  lesions: 5,
  timePoints: [{ name: "baseline", date: "2024-01-10", enhancingFraction: 0.05, tumourFraction: 0.1 }],
  noise: { sd: 0 },
  phases: ["portal-venous"],
});
if (!phantom.ok) throw new Error(phantom.issues[0].message);
const visit = phantom.value.visits[0];
const coarse = visit.volumes[0].volume;

// Every voxel becomes 4 × 4 × 2, each with noise of its own.
const size = [512, 512, 120];
const spacingMm = [0.7, 0.6, 1.6];
const data = new Int16Array(size[0] * size[1] * size[2]);
const truth = new Uint8Array(data.length);
const stream = random(3);
const noise = Float32Array.from({ length: 65536 }, () => 15 * stream.normal());
let v = 0;
for (let k = 0; k < size[2]; k++)
  for (let j = 0; j < size[1]; j++)
    for (let i = 0; i < size[0]; i++, v++) {
      const from = ((k >> 1) * 128 + (j >> 2)) * 128 + (i >> 2);
      data[v] = coarse.data[from] + noise[(Math.imul(v, 2654435761) >>> 13) & 65535];
      truth[v] = visit.liver.data[from];
    }
const grid = { ...coarse.grid, size, spacingMm };
const volume = { ...coarse, grid, data };

const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const steps = [];
const run = liverDraftSteps(volume);
const start = cpu();
let before = start;
let name = "checks";
let now = run.next();
for (; !now.done; now = run.next()) {
  steps.push({ step: name, seconds: cpu() - before });
  name = now.value.step;
  before = cpu();
}
steps.push({ step: name, seconds: cpu() - before });
const total = cpu() - start;
if (!now.value.ok) throw new Error(now.value.issues[0].message);
const { mask, estimatedDice, signs } = now.value.value;
const result = { size, cpuSeconds: total, goal: 20, dice: dice(mask.data, truth), estimatedDice, signs, steps };
process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
if (values.out) {
  mkdirSync(values.out, { recursive: true });
  writeFileSync(join(values.out, "segment.json"), `${JSON.stringify(result, null, 2)}\n`);
}

if (values.picture) {
  const slices = [30, 45, 55, 65, 75, 85, 92, 100];
  const side = 256;
  const [width, height] = [4 * side, 2 * side];
  const pixels = new Uint8Array(height * (1 + 3 * width));
  const edge = (m, at) =>
    m[at] === 1 && (m[at - 2] !== 1 || m[at + 2] !== 1 || m[at - 1024] !== 1 || m[at + 1024] !== 1);
  for (const [n, k] of slices.entries())
    for (let j = 0; j < side; j++)
      for (let i = 0; i < side; i++) {
        const at = (k * 512 + 2 * j) * 512 + 2 * i;
        const grey = Math.max(0, Math.min(255, ((data[at] + 60) / 280) * 255));
        const [drafted, known] = [edge(mask.data, at), edge(truth, at)];
        const colour =
          drafted && known ? [255, 230, 0] : drafted ? [255, 60, 60] : known ? [0, 220, 90] : [grey, grey, grey];
        const row = Math.floor(n / 4) * side + j;
        pixels.set(colour, row * (1 + 3 * width) + 1 + 3 * ((n % 4) * side + i));
      }
  const chunk = (kind, body) => {
    const bytes = Buffer.alloc(12 + body.length);
    bytes.writeUInt32BE(body.length, 0);
    bytes.write(kind, 4, "latin1");
    Buffer.from(body).copy(bytes, 8);
    bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + body.length)), 8 + body.length);
    return bytes;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  writeFileSync(
    values.picture,
    Buffer.concat([
      signature,
      chunk("IHDR", header),
      chunk("IDAT", deflateSync(pixels)),
      chunk("IEND", Buffer.alloc(0)),
    ]),
  );
}
