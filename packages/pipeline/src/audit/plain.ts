import type { AuditBlock } from "@livermark/analysis";

const isRow = (line: string): boolean => /^\s*\|.*\|\s*$/.test(line);
const isRule = (line: string): boolean => /^[\s|:-]+$/.test(line);

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", nbsp: " " };

/** Markdown as it is read: `\|` is a stroke, `&lt;` is <. */
const unescaped = (text: string): string =>
  text
    .replace(/\\([!-/:-@[-`{-~])/g, "$1")
    .replace(/&(lt|gt|amp|nbsp);/g, (entity, name: string) => ENTITIES[name] ?? entity);

/** The cells of a Markdown table row. Example: `| a | 3 |` gives a and 3. */
export const pipeCells = (line: string): readonly string[] =>
  line
    .trim()
    .replace(/^\|/, "")
    .replace(/(?<!\\)\|$/, "")
    .split(/(?<!\\)\|/)
    .map(unescaped);

/** Text and Markdown: lines as they are, pipe tables as rows. */
export function plainBlocks(content: string): readonly AuditBlock[] {
  const lines = content.replaceAll(/\r\n?/g, "\n").replaceAll("\f", " ").split("\n");
  const blocks: AuditBlock[] = [];
  let text: string[] = [];
  let table = 0;
  let inTable = false;
  const flush = (upTo: number): void => {
    if (text.some((line) => line.trim() !== ""))
      blocks.push({ kind: "text", line: upTo - text.length + 1, text: text.join("\n") });
    text = [];
  };
  lines.forEach((line, i) => {
    if (!isRow(line)) {
      inTable = false;
      text.push(line);
      return;
    }
    flush(i);
    // A rule below the first row heads a table; tables may follow each other without an empty line.
    if (!inTable || isRule(lines[i + 1] ?? "")) table++;
    inTable = true;
    if (isRule(line)) return;
    const cells = pipeCells(line);
    // A finding quotes the line as it stands, unless it stands there in signs of Markdown.
    const shown = /\\|&\w+;/.test(line) ? `|${cells.join("|")}|` : line;
    blocks.push({ kind: "row", table, line: i + 1, text: shown, cells });
  });
  flush(lines.length);
  return blocks;
}
