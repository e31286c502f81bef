// Peak memory and time of `livermark register` on a pair of 512 × 512 × 300 DICOM images (157 MB each).
// node bench/imaging/registration-memory.mjs [--slices 300] [--steps rigid|b-spline]
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { random } from "@livermark/core";
import { uidFromSeed, writeNifti, writeSeries } from "@livermark/dicom";

const { values } = parseArgs({
  options: { slices: { type: "string", default: "300" }, steps: { type: "string", default: "rigid" } },
});
const slices = Number(values.slices);
const size = [512, 512, slices];
const spacingMm = [0.75, 0.75, 0.8];
const grid = {
  size,
  spacingMm,
  originMm: size.map((n, axis) => (-(n - 1) * spacingMm[axis]) / 2),
  axes: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
};
const inside = (x, y, z, [cx, cy, cz], [rx, ry, rz]) =>
  ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 + ((z - cz) / rz) ** 2 < 1;
const LIVER = [
  [-60, -10, 0],
  [85, 70, 90],
];

/** A body with liver, spleen, spine and lung; the moving one lies 2, −3 and 9 mm away. */
function render(shift, arterial, mask, stream) {
  const data = new Int16Array(512 * 512 * slices);
  const noise = Float32Array.from({ length: 65536 }, () => 10 * stream.normal());
  let v = 0;
  for (let k = 0; k < slices; k++)
    for (let j = 0; j < 512; j++)
      for (let i = 0; i < 512; i++, v++) {
        const x = grid.originMm[0] + i * spacingMm[0] - shift[0];
        const y = grid.originMm[1] + j * spacingMm[1] - shift[1];
        const z = grid.originMm[2] + k * spacingMm[2] - shift[2];
        let hu = -1000;
        if (inside(x, y, 0, [0, 0, 0], [165, 120, 1])) {
          hu = inside(x, y, 0, [0, 0, 0], [150, 105, 1]) ? 40 : -100;
          if (inside(x, y, z, [0, 0, 130], [150, 105, 70])) hu = -850;
          if (inside(x, y, z, [95, 20, 10], [35, 40, 50])) hu = arterial ? 130 : 45;
          if (inside(x, y, 0, [0, 75, 0], [24, 22, 1])) hu = 300 + 80 * Math.sin(z / 5);
          if (inside(x, y, z, ...LIVER)) {
            hu = arterial ? 67 : 55;
            const t = Math.sin(x / 14) + Math.sin(y / 13 + z / 20) + Math.cos(z / 15 + x / 30);
            if (Math.abs(t) < 0.06) hu = arterial ? 120 : 40;
            if (mask !== null) mask[v] = 1;
          }
        }
        data[v] = Math.round(hu + noise[(v * 7919 + (v >> 11)) & 65535]);
      }
  return data;
}

const folder = mkdtempSync(join(tmpdir(), "livermark-registration-"));
try {
  const mask = new Uint8Array(512 * 512 * slices);
  for (const [name, shift, arterial] of [
    ["fixed", [0, 0, 0], true],
    ["moving", [2, -3, 9], false],
  ]) {
    const data = render(shift, arterial, arterial ? mask : null, random(7).fork(name));
    const volume = {
      grid,
      data,
      unit: "HU",
      modality: "CT",
      scale: { id: "HU", proven: true, reason: "", filters: [] },
      source: { seriesUid: "", frameOfReferenceUid: null, description: name, files: slices, sha256: "" },
    };
    mkdirSync(join(folder, name));
    for (const file of writeSeries(volume, {
      patientId: "P01",
      studyUid: uidFromSeed("study"),
      seriesUid: uidFromSeed(name),
      modality: "CT",
      description: name,
      seriesNumber: 1,
      studyDate: "20240110",
      acquisitionTime: "100000",
      identityRemoved: true,
    }))
      writeFileSync(join(folder, name, file.name), file.bytes);
  }
  writeFileSync(join(folder, "liver.nii"), writeNifti({ grid, data: mask }));
  const main = new URL("../../apps/cli/dist/main.js", import.meta.url).pathname;
  const started = performance.now();
  const child = spawn(
    process.execPath,
    [
      main,
      "register",
      join(folder, "fixed"),
      join(folder, "moving"),
      "--liver",
      join(folder, "liver.nii"),
      "--steps",
      values.steps,
      "--out",
      join(folder, "moved"),
      "--json",
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let out = "";
  child.stdout.on("data", (text) => {
    out += text;
  });
  let peakKb = 0;
  let cpuTicks = 0;
  const watch = setInterval(() => {
    try {
      peakKb = Math.max(
        peakKb,
        Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1] ?? 0),
      );
      const stat = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1].split(" ");
      cpuTicks = Number(stat[11]) + Number(stat[12]);
    } catch {
      // The process has ended.
    }
  }, 100);
  await new Promise((resolve) => child.on("close", resolve));
  clearInterval(watch);
  const { verdict, used, deformation, displacementSeenMm } = JSON.parse(out);
  console.log(
    JSON.stringify({
      voxels: size.join("×"),
      steps: values.steps,
      verdict,
      used,
      movedMm: deformation?.meanMm,
      truthMm: Math.hypot(2, 3, 9),
      displacementSeenMm,
      peakMb: Math.round(peakKb / 1024),
      seconds: Number(((performance.now() - started) / 1000).toFixed(1)),
      cpuSeconds: cpuTicks / 100,
    }),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
