import type { Vec3 } from "@livermark/imaging";
import { type Dataset, item, number, numbers, privateTag, text } from "../parse/dataset.js";
import { TAG } from "../parse/tags.js";
import type { DiffusionFacts } from "./header.js";

/** Vendors' own b-value elements, resolved by private creator. */
const VENDOR_B = [
  { from: "siemens", group: 0x0019, creator: "SIEMENS MR HEADER", element: 0x0c, vr: "IS" },
  { from: "ge", group: 0x0043, creator: "GEMS_PARM_01", element: 0x39, vr: "IS" },
  { from: "philips", group: 0x2001, creator: "Philips Imaging DD 001", element: 0x03, vr: "FL" },
  { from: "united-imaging", group: 0x0065, creator: "Image Private Header", element: 0x09, vr: "FD" },
] as const;

/** GE adds 10⁹ to the b-value of some releases to mark how it was made; no scanner reaches such a value. */
const withoutGeOffset = (b: number): number => (b >= 1e9 ? b - 1e9 : b);

const vector = (values: readonly number[] | undefined): Vec3 | null =>
  values === undefined || values.length < 3 || values.every((v) => v === 0)
    ? null
    : [values[0]!, values[1]!, values[2]!];

/**
 * b-value (s/mm²), direction and trace of one frame. Looks at the standard's MR Diffusion Sequence and (0018,9087)
 * first, then at the vendors' private elements (Siemens (0019,xx0C), GE (0043,xx39) without its 10⁹ offset, Philips
 * (2001,xx03)), and last at a Siemens sequence name such as `*ep_b500t`. `groups` are the functional groups of the
 * frame, from the most to the least specific, with the file's data set at the end. Null where nothing tells a b-value.
 */
export function diffusionOf(groups: readonly Dataset[], imageType: readonly string[]): DiffusionFacts | null {
  const trace = imageType.some((word) => /^(TRACEW?|ISO(TROPIC)?|DWI_TRACE)$/i.test(word));
  for (const group of groups) {
    const within = item(group, TAG.MRDiffusionSequence) ?? group;
    const b = number(within, TAG.DiffusionBValue, "FD");
    if (b === undefined) continue;
    const directional = item(within, TAG.DiffusionGradientDirectionSequence) ?? within;
    const isotropic = text(within, TAG.DiffusionDirectionality) === "ISOTROPIC";
    const standard = vector(numbers(directional, TAG.DiffusionGradientOrientation, "FD"));
    const direction = isotropic || b === 0 ? null : (standard ?? anyVendorDirection(groups, trace, b));
    return { bValue: b, direction, trace: trace || isotropic, from: "standard" };
  }
  for (const group of groups) {
    for (const vendor of VENDOR_B) {
      const tag = privateTag(group, vendor.group, vendor.creator, vendor.element);
      const raw = tag === undefined ? undefined : firstNumber(group, tag, vendor.vr);
      if (raw === undefined) continue;
      const bValue = vendor.from === "ge" ? withoutGeOffset(raw) : raw;
      return { bValue, direction: vendorDirection(group, vendor.from, trace, bValue), trace, from: vendor.from };
    }
  }
  const named = groups.map((group) => text(group, TAG.SequenceName)).find((name) => name !== undefined);
  const match = named === undefined ? null : /_b(\d+)(t?)/.exec(named);
  return match === null
    ? null
    : { bValue: Number(match[1]), direction: null, trace: trace || match[2] === "t", from: "sequence-name" };
}

/** GE and some Siemens releases write the b-value publicly and the direction privately. */
function anyVendorDirection(groups: readonly Dataset[], trace: boolean, b: number): Vec3 | null {
  for (const group of groups) {
    for (const { from } of VENDOR_B) {
      const direction = vendorDirection(group, from, trace, b);
      if (direction !== null) return direction;
    }
  }
  return null;
}

/** GE writes four numbers of which only the first is the b-value; the others need not be numbers. */
function firstNumber(group: Dataset, tag: number, vr: string): number | undefined {
  const known = number(group, tag, vr);
  if (known !== undefined) return known >= 0 ? known : undefined;
  const value = Number(text(group, tag)?.split("\\")[0] ?? Number.NaN);
  return Number.isFinite(value) && value >= 0 ? value : undefined;
}

function vendorDirection(group: Dataset, from: DiffusionFacts["from"], trace: boolean, b: number): Vec3 | null {
  if (trace || b === 0) return null;
  if (from === "siemens") {
    const tag = privateTag(group, 0x0019, "SIEMENS MR HEADER", 0x0e);
    return tag === undefined ? null : vector(numbers(group, tag, "FD"));
  }
  if (from === "philips") {
    const parts = [0xb0, 0xb1, 0xb2].map((element) => {
      const tag = privateTag(group, 0x2005, "Philips MR Imaging DD 001", element);
      return tag === undefined ? undefined : number(group, tag, "FL");
    });
    return vector(parts.filter((part) => part !== undefined));
  }
  if (from === "ge") {
    const parts = [0xbb, 0xbc, 0xbd].map((element) => {
      const tag = privateTag(group, 0x0019, "GEMS_ACQU_01", element);
      return tag === undefined ? undefined : number(group, tag, "DS");
    });
    return vector(parts.filter((part) => part !== undefined));
  }
  return null;
}
