import type { AuditBlock } from "@livermark/analysis";
import { Parser } from "htmlparser2";

/** Names of the elements that matter, so that one walk serves HTML and Word. */
interface Dialect {
  readonly xml: boolean;
  readonly paragraphs: ReadonlySet<string>;
  readonly row: string;
  readonly cells: ReadonlySet<string>;
  readonly table: string;
  readonly skipped: ReadonlySet<string>;
  readonly breaks: ReadonlySet<string>;
  /** Elements whose text counts; null for all. */
  readonly texts: ReadonlySet<string> | null;
}

const HTML: Dialect = {
  xml: false,
  paragraphs: new Set(
    "p h1 h2 h3 h4 h5 h6 li div section article caption figcaption dt dd pre blockquote main header footer nav details summary button label option".split(
      " ",
    ),
  ),
  row: "tr",
  cells: new Set(["td", "th"]),
  table: "table",
  skipped: new Set(["script", "style", "svg", "template", "head", "noscript"]),
  breaks: new Set(["br"]),
  texts: null,
};

const WORD: Dialect = {
  xml: true,
  paragraphs: new Set(["w:p"]),
  row: "w:tr",
  cells: new Set(["w:tc"]),
  table: "w:tbl",
  skipped: new Set(["w:instrText", "w:del"]),
  breaks: new Set(["w:tab", "w:br"]),
  texts: new Set(["w:t"]),
};

/** Paragraphs and table rows in document order; `line` counts them from 1. */
function walk(source: string, dialect: Dialect): readonly AuditBlock[] {
  const blocks: AuditBlock[] = [];
  let text = "";
  let cells: string[] | null = null;
  let skip = 0;
  let collecting = 0;
  let table = 0;
  let depth = 0;
  const flush = (): void => {
    const plain = text.replaceAll(/\s+/g, " ").trim();
    if (plain !== "") blocks.push({ kind: "text", line: blocks.length + 1, text: plain });
    text = "";
  };
  const parser = new Parser(
    {
      onopentag(name) {
        if (dialect.skipped.has(name)) skip++;
        if (skip > 0) return;
        if (dialect.texts?.has(name)) collecting++;
        if (dialect.breaks.has(name)) text += " ";
        if (name === dialect.table) {
          if (depth++ === 0) table++;
          if (cells === null) flush();
        } else if (name === dialect.row && depth === 1) {
          cells = [];
          text = "";
        } else if (dialect.cells.has(name) && depth === 1) text = "";
        else if (dialect.paragraphs.has(name)) {
          if (cells === null) flush();
          else text += " ";
        }
      },
      ontext(data) {
        if (skip === 0 && (dialect.texts === null || collecting > 0)) text += data;
      },
      onclosetag(name) {
        if (dialect.skipped.has(name)) skip = Math.max(0, skip - 1);
        if (skip > 0) return;
        if (dialect.texts?.has(name)) collecting--;
        if (dialect.cells.has(name) && depth === 1 && cells !== null) {
          cells.push(text.replaceAll(/\s+/g, " ").trim());
          text = "";
        } else if (name === dialect.row && depth === 1 && cells !== null) {
          if (cells.some((cell) => cell !== ""))
            blocks.push({ kind: "row", table, line: blocks.length + 1, text: cells.join(" | "), cells });
          cells = null;
          text = "";
        } else if (name === dialect.table) depth--;
        else if (dialect.paragraphs.has(name) && cells === null) flush();
      },
    },
    { xmlMode: dialect.xml, decodeEntities: true },
  );
  parser.write(source);
  parser.end();
  flush();
  return blocks;
}

/** The blocks of a web page; scripts, styles and drawings are left out. */
export const htmlBlocks = (source: string): readonly AuditBlock[] => walk(source, HTML);

/** The blocks of `word/document.xml`; deleted text is left out, inserted text is kept. */
export const wordBlocks = (source: string): readonly AuditBlock[] => walk(source, WORD);
