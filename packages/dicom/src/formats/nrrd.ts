import { gunzipSync } from "node:zlib";
import { ok, type Result } from "@livermark/core";
import type { Vec3 } from "@livermark/imaging";
import { LIMITS } from "../parse/limits.js";
import { joinBytes } from "../write/elements.js";
import {
  checkedSize,
  damagedFile,
  ELEMENT_BYTES,
  type ElementType,
  elementType,
  flipXY,
  gridFromAffine,
  type ImageFile,
  littleEndianBytes,
  outlineLine,
  toVoxels,
  type WritableImage,
} from "./image-file.js";

/** Spellings of element types in the NRRD definition. */
const TYPES: { readonly [name: string]: ElementType } = {
  "signed char": "int8",
  int8: "int8",
  int8_t: "int8",
  uchar: "uint8",
  "unsigned char": "uint8",
  uint8: "uint8",
  uint8_t: "uint8",
  short: "int16",
  "short int": "int16",
  "signed short": "int16",
  int16: "int16",
  int16_t: "int16",
  ushort: "uint16",
  "unsigned short": "uint16",
  uint16: "uint16",
  uint16_t: "uint16",
  int: "int32",
  "signed int": "int32",
  int32: "int32",
  int32_t: "int32",
  uint: "uint32",
  "unsigned int": "uint32",
  uint32: "uint32",
  uint32_t: "uint32",
  float: "float32",
  double: "float64",
};

const vector = (word: string): Vec3 | null => {
  const parts = word.replace(/[()]/g, "").split(",").map(Number);
  return parts.length === 3 && parts.every(Number.isFinite) ? [parts[0]!, parts[1]!, parts[2]!] : null;
};

/** Signs that bring a named space to left-posterior-superior; null for a space that is not the patient's. */
function spaceFlip(name: string): ((v: Vec3) => Vec3) | null {
  const word = name.toLowerCase();
  if (word === "left-posterior-superior" || word === "lps") return (v) => v;
  if (word === "right-anterior-superior" || word === "ras") return flipXY;
  if (word === "left-anterior-superior" || word === "las") return (v) => [v[0], v[1] === 0 ? 0 : -v[1], v[2]];
  return null;
}

interface Fields {
  readonly fields: ReadonlyMap<string, string>;
  readonly keys: ReadonlyMap<string, string>;
  readonly dataAt: number;
}

function readFields(bytes: Uint8Array): Fields | null {
  const limit = Math.min(bytes.length, 1 << 20);
  let end = -1;
  for (let at = 0; at + 1 < limit; at++) {
    if (bytes[at] !== 0x0a) continue;
    if (bytes[at + 1] === 0x0a) end = at + 2;
    else if (bytes[at + 1] === 0x0d && bytes[at + 2] === 0x0a) end = at + 3;
    if (end > 0) break;
  }
  if (end < 0) return null;
  const fields = new Map<string, string>();
  const keys = new Map<string, string>();
  for (const line of new TextDecoder().decode(bytes.subarray(0, end)).split(/\r?\n/)) {
    if (line.startsWith("#")) continue;
    const key = line.indexOf(":=");
    const field = line.indexOf(": ");
    if (key > 0 && (field < 0 || key < field)) keys.set(line.slice(0, key), line.slice(key + 2));
    else if (field > 0) fields.set(line.slice(0, field).trim().toLowerCase(), line.slice(field + 2).trim());
  }
  return { fields, keys, dataAt: end };
}

/** Names of 3D Slicer's segments by label value. */
function segmentNames(keys: ReadonlyMap<string, string>): ReadonlyMap<number, string> {
  const labels = new Map<number, string>();
  for (const [key, value] of keys) {
    const match = /^Segment(\d+)_LabelValue$/.exec(key);
    const name = match === null ? undefined : keys.get(`Segment${match[1]}_Name`);
    if (name !== undefined) labels.set(Number(value), name);
  }
  return labels;
}

/** Whether bytes begin like NRRD. */
export const looksLikeNrrd = (bytes: Uint8Array): boolean => String.fromCharCode(...bytes.subarray(0, 7)) === "NRRD000";

/**
 * Reads a NRRD file with attached data (raw or gzip), three-dimensional, or four-dimensional with a list axis first
 * (overlapping segments). Spaces LPS, RAS and LAS. Refuses detached data, other encodings, spaces and short files.
 * Format: teem.sourceforge.net/nrrd/format.html.
 */
export function readNrrd(bytes: Uint8Array): Result<ImageFile> {
  const head = readFields(bytes);
  if (head === null) return damagedFile("NRRD", "its header has no end");
  const { fields, keys, dataAt } = head;
  const type = TYPES[(fields.get("type") ?? "").toLowerCase()];
  if (type === undefined) return damagedFile("NRRD", `its type is "${fields.get("type") ?? ""}"`);
  if (fields.has("data file") || fields.has("datafile")) return damagedFile("NRRD", "its data lie in another file");
  const sizes = (fields.get("sizes") ?? "").split(/\s+/).map(Number);
  const directions = (fields.get("space directions") ?? "").match(/none|\([^)]*\)/g) ?? [];
  const spatial = directions.flatMap((word, n) => (word === "none" ? [] : [n]));
  const space = fields.get("space");
  const flip = spaceFlip(space ?? "");
  if (flip === null) return damagedFile("NRRD", `its space is "${space ?? ""}", not the patient's`);
  const first = spatial[0] ?? 0;
  if (spatial.length !== 3 || sizes.length !== directions.length || first > 1 || spatial[2] !== first + 2) {
    return damagedFile("NRRD", "it does not have three spatial axes");
  }
  const size = checkedSize(
    "NRRD",
    spatial.map((n) => sizes[n] ?? 0),
    LIMITS.pixels,
  );
  if (!size.ok) return size;
  const channels = first === 1 ? (sizes[0] ?? 1) : 1;
  const columns = spatial.map((n) => vector(directions[n]!));
  const origin = vector(fields.get("space origin") ?? "");
  if (origin === null || columns.some((column) => column === null))
    return damagedFile("NRRD", "its axes or origin are damaged");
  const grid = gridFromAffine(
    { columns: [flip(columns[0]!), flip(columns[1]!), flip(columns[2]!)], origin: flip(origin) },
    size.value,
  );
  if (!grid.ok) return grid;
  const perVolume = size.value[0] * size.value[1] * size.value[2];
  const count = perVolume * channels;
  if (!(channels >= 1 && count <= LIMITS.pixels)) return damagedFile("NRRD", "it has too many voxels");
  const data = decoded(
    bytes.subarray(dataAt),
    (fields.get("encoding") ?? "raw").toLowerCase(),
    count * ELEMENT_BYTES[type],
  );
  if (data === null) return damagedFile("NRRD", "its data are incomplete or in an unknown encoding");
  const voxels = toVoxels(data, type, count, (fields.get("endian") ?? "little").toLowerCase() !== "big");
  const volumes =
    channels === 1
      ? [voxels]
      : Array.from({ length: channels }, (_, n) => voxels.filter((_v, at) => at % channels === n));
  return ok({
    grid: grid.value,
    volumes,
    labels: segmentNames(keys),
    description: keys.get("outline") ?? "",
    issues: [],
  });
}

function decoded(bytes: Uint8Array, encoding: string, needed: number): Uint8Array | null {
  if (encoding === "raw") return bytes.length < needed ? null : bytes;
  if (encoding !== "gzip" && encoding !== "gz") return null;
  try {
    const inflated = gunzipSync(bytes, { maxOutputLength: needed + 64 });
    return inflated.length < needed ? null : inflated;
  } catch {
    return null;
  }
}

const NRRD_NAMES: { readonly [type in ElementType]: string } = {
  uint8: "uint8",
  int8: "int8",
  int16: "int16",
  uint16: "uint16",
  int32: "int32",
  uint32: "uint32",
  float32: "float",
  float64: "double",
};

/**
 * Writes a volume or mask as NRRD (raw, little endian, LPS). Reading it back gives the same voxels and grid; a mask's outline
 * stands under the key `outline`.
 */
export function writeNrrd(image: WritableImage): Uint8Array {
  const { grid, data } = image;
  const directions = grid.axes.map((axis, n) => `(${axis.map((x) => x * grid.spacingMm[n]!).join(",")})`).join(" ");
  const header = [
    "NRRD0004",
    `type: ${NRRD_NAMES[elementType(data)]}`,
    "dimension: 3",
    "space: left-posterior-superior",
    `sizes: ${grid.size.join(" ")}`,
    `space directions: ${directions}`,
    "kinds: domain domain domain",
    "endian: little",
    "encoding: raw",
    `space origin: (${grid.originMm.join(",")})`,
    ...(image.outline === undefined ? [] : [`outline:=${outlineLine(image)}`]),
    "",
    "",
  ].join("\n");
  const head = new TextEncoder().encode(header);
  return joinBytes([head, littleEndianBytes(data)]);
}
