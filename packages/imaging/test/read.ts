import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { unwrap } from "@livermark/core";
import { indexFolder, readVolume } from "@livermark/dicom";
import type { Mask, Vec3, Volume } from "@livermark/imaging";
import { sharedPath } from "testkit";
import { grid, volume } from "./make.js";

/** The only series of a folder or archive of the shared data. */
export async function readSeries(...parts: string[]): Promise<Volume> {
  const index = unwrap(indexFolder(sharedPath(...parts)));
  return unwrap(await readVolume(index.series[0]!));
}

/** The voxels of a volume that hold `label`, or anything above zero. */
export function labelled(v: Volume, name: string, label?: number): Mask {
  // Typed arrays map with a callback a hundred times more slowly than they are filled.
  const data = new Uint8Array(v.data.length);
  for (let n = 0; n < data.length; n++) {
    const x = v.data[n]!;
    if (label === undefined ? x > 0 : x === label) data[n] = 1;
  }
  return { name, grid: v.grid, data };
}

/** A NIfTI-1 volume in its own index order; only spacing is read, so positions are not those of the patient. */
export function readNiftiByIndex(...parts: string[]): Volume {
  const bytes = gunzipSync(readFileSync(sharedPath(...parts)));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size: Vec3 = [view.getInt16(42, true), view.getInt16(44, true), view.getInt16(46, true)];
  const spacing: Vec3 = [view.getFloat32(80, true), view.getFloat32(84, true), view.getFloat32(88, true)];
  const from = view.getFloat32(108, true);
  const read: { readonly [type: number]: (at: number) => number } = {
    2: (n) => view.getUint8(from + n),
    4: (n) => view.getInt16(from + 2 * n, true),
    8: (n) => view.getInt32(from + 4 * n, true),
    16: (n) => view.getFloat32(from + 4 * n, true),
    64: (n) => view.getFloat64(from + 8 * n, true),
  };
  const at = read[view.getInt16(70, true)]!;
  const data = new Float64Array(size[0] * size[1] * size[2]);
  for (let n = 0; n < data.length; n++) data[n] = at(n);
  return volume(grid(size, spacing), data, { unit: "a.u.", modality: "OT" });
}

/** A gzip NRRD volume of short or int with spacing from its space directions, in its own index order. */
export function readNrrdByIndex(...parts: string[]): Volume {
  const bytes = readFileSync(sharedPath(...parts));
  const end = bytes.indexOf("\n\n");
  const header = bytes.toString("latin1", 0, end);
  const field = (name: string): string => new RegExp(`^${name}: (.*)$`, "m").exec(header)![1]!;
  const raw = gunzipSync(bytes.subarray(end + 2));
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const [x, y, z] = field("sizes").split(" ").map(Number);
  const spacing = [...field("space directions").matchAll(/\(([^)]*)\)/g)].map((m) =>
    Math.hypot(...m[1]!.split(",").map(Number)),
  );
  const wide = field("type") === "int";
  const data = new Float64Array(x! * y! * z!);
  for (let n = 0; n < data.length; n++) data[n] = wide ? view.getInt32(4 * n, true) : view.getInt16(2 * n, true);
  return volume(grid([x!, y!, z!], [spacing[0]!, spacing[1]!, spacing[2]!]), data, { unit: "a.u.", modality: "MR" });
}
