/** The two calls that the tests make of a package that ships no types. */
declare module "opentype.js" {
  interface Font {
    readonly unitsPerEm: number;
    charToGlyph(character: string): { readonly advanceWidth?: number };
  }
  const opentype: { parse(bytes: ArrayBuffer): Font };
  export default opentype;
}
