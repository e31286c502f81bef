import { inflateSync } from "node:zlib";
import { ok, type Result } from "@livermark/core";
import type { Grid, Vec3, VoxelArray } from "@livermark/imaging";
import { LIMITS } from "../parse/limits.js";
import { joinBytes } from "../write/elements.js";
import {
  checkedSize,
  damagedFile,
  ELEMENT_BYTES,
  type ElementType,
  elementType,
  gridFromAffine,
  type ImageFile,
  littleEndianBytes,
  toVoxels,
} from "./image-file.js";

/** MetaImage element types. */
const TYPES: readonly (readonly [name: string, type: ElementType])[] = [
  ["MET_UCHAR", "uint8"],
  ["MET_CHAR", "int8"],
  ["MET_SHORT", "int16"],
  ["MET_USHORT", "uint16"],
  ["MET_INT", "int32"],
  ["MET_UINT", "uint32"],
  ["MET_LONG", "int32"],
  ["MET_ULONG", "uint32"],
  ["MET_FLOAT", "float32"],
  ["MET_DOUBLE", "float64"],
];

/** Whether bytes begin like MetaImage. */
export const looksLikeMha = (bytes: Uint8Array): boolean =>
  /^\s*(ObjectType\s*=\s*Image|NDims\s*=)/.test(String.fromCharCode(...bytes.subarray(0, 64)));

function readFields(bytes: Uint8Array): { fields: ReadonlyMap<string, string>; dataAt: number } | null {
  const fields = new Map<string, string>();
  let at = 0;
  while (at < Math.min(bytes.length, 1 << 18)) {
    const end = bytes.indexOf(0x0a, at);
    if (end < 0) return null;
    const line = new TextDecoder().decode(bytes.subarray(at, end));
    const equals = line.indexOf("=");
    if (equals < 0) return null;
    const name = line.slice(0, equals).trim();
    fields.set(name, line.slice(equals + 1).trim());
    at = end + 1;
    if (name === "ElementDataFile") return { fields, dataAt: at };
  }
  return null;
}

const numbersOf = (text: string | undefined): readonly number[] =>
  text === undefined || text === "" ? [] : text.split(/\s+/).map(Number);

/**
 * Reads MetaImage with local data (`.mha`), raw or zlib-compressed, 3-D, one channel. Its space is LPS, as ITK writes
 * it. Refuses detached data, several channels, other dimensions, and short files.
 */
export function readMha(bytes: Uint8Array): Result<ImageFile> {
  const head = readFields(bytes);
  if (head === null) return damagedFile("MetaImage", "its header is damaged");
  const { fields, dataAt } = head;
  const typeName = fields.get("ElementType");
  const type = TYPES.find(([name]) => name === typeName)?.[1];
  if (type === undefined) return damagedFile("MetaImage", `its element type is "${typeName ?? ""}"`);
  if (fields.get("ElementDataFile") !== "LOCAL") return damagedFile("MetaImage", "its data lie in another file");
  if (Number(fields.get("ElementNumberOfChannels") ?? 1) !== 1)
    return damagedFile("MetaImage", "it has several channels");
  const dims = numbersOf(fields.get("DimSize"));
  if (dims.length !== 3) return damagedFile("MetaImage", `it has ${dims.length} dimensions`);
  const size = checkedSize("MetaImage", dims, LIMITS.pixels);
  if (!size.ok) return size;
  const spacing = numbersOf(fields.get("ElementSpacing"));
  const origin = numbersOf(fields.get("Offset") ?? fields.get("Position") ?? fields.get("Origin"));
  const matrix = numbersOf(
    fields.get("TransformMatrix") ?? fields.get("Rotation") ?? fields.get("Orientation") ?? "1 0 0 0 1 0 0 0 1",
  );
  const values = [...spacing, ...origin, ...matrix];
  if (spacing.length !== 3 || origin.length !== 3 || matrix.length !== 9 || !values.every(Number.isFinite)) {
    return damagedFile("MetaImage", "its spacing, offset or matrix is damaged");
  }
  const column = (n: number): Vec3 => [
    matrix[3 * n]! * spacing[n]!,
    matrix[3 * n + 1]! * spacing[n]!,
    matrix[3 * n + 2]! * spacing[n]!,
  ];
  const grid = gridFromAffine(
    { columns: [column(0), column(1), column(2)], origin: [origin[0]!, origin[1]!, origin[2]!] },
    size.value,
  );
  if (!grid.ok) return grid;
  const count = size.value[0] * size.value[1] * size.value[2];
  const needed = count * ELEMENT_BYTES[type];
  let data: Uint8Array = bytes.subarray(dataAt);
  if ((fields.get("CompressedData") ?? "False").toLowerCase() === "true") {
    try {
      data = inflateSync(data, { maxOutputLength: needed + 64 });
    } catch {
      return damagedFile("MetaImage", "its compressed data are damaged");
    }
  }
  if (data.length < needed) return damagedFile("MetaImage", "it ends before its last voxel");
  const msb =
    (fields.get("BinaryDataByteOrderMSB") ?? fields.get("ElementByteOrderMSB") ?? "False").toLowerCase() === "true";
  return ok({
    grid: grid.value,
    volumes: [toVoxels(data, type, count, !msb)],
    labels: new Map(),
    description: "",
    issues: [],
  });
}

/** Writes a volume or mask as MetaImage (`.mha`, raw, little endian). Reading it back gives the same voxels and grid. */
export function writeMha(image: { readonly grid: Grid; readonly data: VoxelArray }): Uint8Array {
  const { grid, data } = image;
  const type = elementType(data);
  const header = [
    "ObjectType = Image",
    "NDims = 3",
    "BinaryData = True",
    "BinaryDataByteOrderMSB = False",
    "CompressedData = False",
    `TransformMatrix = ${grid.axes.flat().join(" ")}`,
    `Offset = ${grid.originMm.join(" ")}`,
    "CenterOfRotation = 0 0 0",
    "AnatomicalOrientation = RAI",
    `ElementSpacing = ${grid.spacingMm.join(" ")}`,
    `DimSize = ${grid.size.join(" ")}`,
    `ElementType = ${TYPES.find(([, name]) => name === type)![0]}`,
    "ElementDataFile = LOCAL",
    "",
  ].join("\n");
  const head = new TextEncoder().encode(header);
  return joinBytes([head, littleEndianBytes(data)]);
}
