/** VR of every public attribute by tag; repeating groups (50xx, 60xx) under their first group. */
export type Dictionary = ReadonlyMap<number, string>;

let loaded: Promise<Dictionary> | null = null;

/** VRs that depend on other attributes, as dcmjs names them, and what they can be for our purposes. */
const AMBIGUOUS: { readonly [name: string]: string } = { ox: "OW", xs: "US", lt: "OW", up: "UL", na: "" };

/** The dictionary of PS3.6 that dcmjs carries, loaded on first use. */
export function loadDictionary(): Promise<Dictionary> {
  loaded ??= import("dcmjs").then(({ default: dcmjs }) => {
    const entries = Object.values(dcmjs.data.DicomMetaDictionary.nameMap).flatMap(({ tag, vr }): [number, string][] => {
      const hex = tag.replace(/[(),]/g, "").replace(/^(50|60)xx/i, "$100");
      return /^[0-9a-f]{8}$/i.test(hex) ? [[Number.parseInt(hex, 16), AMBIGUOUS[vr] ?? vr]] : [];
    });
    return new Map(entries);
  });
  return loaded;
}

/** VR of a public tag, or undefined where the dictionary does not know it. */
export function publicVr(dictionary: Dictionary, tag: number): string | undefined {
  const group = tag >>> 16;
  const repeating = (group >= 0x5000 && group <= 0x501e) || (group >= 0x6000 && group <= 0x601e);
  return dictionary.get(repeating ? (group & 0xff00) * 65536 + (tag & 0xffff) : tag);
}
