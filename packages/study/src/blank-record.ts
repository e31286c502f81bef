/**
 * A record with all `names` set to `value`, to be copied with `{ ...record }`. It is made by parsing, because copies of
 * a parsed object share one layout in memory, while an object that is filled name by name keeps a table of its own.
 */
export function blankRecord<T>(names: readonly string[], value: T): { readonly [name: string]: T } {
  const text = `{${names.map((name) => `${JSON.stringify(name)}:0`).join(",")}}`;
  return JSON.parse(text, (key, parsed: unknown) => (key === "" ? parsed : value)) as { readonly [name: string]: T };
}
