const xmlEntities: { readonly [character: string]: string } = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text made safe for XML and HTML, in elements and in quoted attributes; control characters are dropped. */
export const escapeXml = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 has no place for them.
  text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "").replace(/[&<>"']/g, (c) => xmlEntities[c]!);

/** JSON that may stand inside a script element. */
export const scriptJson = (canonical: string): string =>
  canonical.replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** A coordinate with at most two decimals: a hundredth of a point is finer than any printer. */
export function rounded(value: number): string {
  if (!Number.isFinite(value)) throw new Error(`cannot draw at ${value}`);
  const text = (Math.round(value * 100) / 100).toString();
  return text === "-0" ? "0" : text;
}
