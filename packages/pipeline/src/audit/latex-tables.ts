import { siNumber } from "./latex-quantities.js";
import { RULES } from "./latex-symbols.js";
import { type LatexToken, type TokenReader, tokenReader, tokensText } from "./latex-tokens.js";

/** Environments that are tables, with the arguments before their column specification. */
const TABLES: ReadonlyMap<string, string> = new Map([
  ["tabular", "o"],
  ["tabular*", "mo"],
  ["tabularx", "mo"],
  ["tabulary", "mo"],
  ["xltabular", "om"],
  ["longtable", "o"],
  ["longtable*", "o"],
  ["supertabular", "o"],
  ["xtabular", "o"],
  ["array", "o"],
  ["NiceTabular", "o"],
  ["tblr", "o"],
  ["longtblr", "o"],
  ["talltblr", "o"],
]);

/** True for the name of an environment that holds rows and cells. */
export const isTable = (environment: string): boolean => TABLES.has(environment);

type Plain = (tokens: readonly LatexToken[]) => string;

/** A column as it is declared: `glue` stands between it and the one before, which it continues where `joins`. */
interface Column {
  readonly align: string;
  readonly joins: boolean;
  readonly glue: string;
  /** What the declaration prints before and behind the column's own text. */
  readonly prefix: string;
  readonly suffix: string;
}

const SPACING = new Set(["hspace", "hskip", "quad", "qquad", "extracolsep", "enspace", "hfill", "tabcolsep"]);

/** Columns by their letters; `r@{}l` and the like are one number that two columns align at its point. */
function columnsOf(specification: readonly LatexToken[], plain: Plain): readonly Column[] {
  const columns: Column[] = [];
  const reader = tokenReader(specification);
  let glue: readonly LatexToken[] | null = null;
  let prefix = "";
  const addSuffix = (text: string): void => {
    const last = columns[columns.length - 1];
    if (last !== undefined) columns[columns.length - 1] = { ...last, suffix: `${last.suffix}${text.trimEnd()}` };
  };
  const addColumn = (align: string): void => {
    const before = columns[columns.length - 1];
    const text = glue === null ? "" : plain(glue).replaceAll(/\s+/g, " ");
    const spacing = glue?.some(({ kind, text: name }) => kind === "command" && SPACING.has(name)) ?? true;
    const closes = /^\s?[)\]%]+\s?$/.test(text);
    const aligned = (before?.align === "r" || before?.align === "S") && align === "l";
    const joins = before !== undefined && !spacing && !closes && (aligned || text.trim() !== "");
    if (closes) addSuffix(text);
    columns.push({ align, joins, glue: joins ? text : "", prefix, suffix: "" });
    glue = null;
    prefix = "";
  };
  for (let token = reader.next(); token !== undefined && columns.length < 200; token = reader.next()) {
    if (token.text === "*" && token.kind === "text") {
      const times = Math.min(100, Number(tokensText(reader.argument())) || 0);
      const repeated = columnsOf(reader.argument(), plain);
      for (let i = 0; i < times; i++) columns.push(...repeated);
    } else if (token.kind === "text") {
      for (const [i, char] of [...token.text].entries()) {
        const last = i === token.text.length - 1;
        if (char === "@" || char === "!") glue = last ? reader.argument() : [];
        else if (char === ">") prefix = last ? plain(reader.argument()) : "";
        else if (char === "<") addSuffix(last ? plain(reader.argument()) : "");
        else if (/[A-Za-z]/.test(char)) {
          if (last && char === "D") reader.skip("mmm");
          else if (last && char === "w") reader.skip("mm");
          else if (last) {
            reader.option();
            if (reader.peek()?.kind === "{") reader.skip("m");
          }
          addColumn(char);
        }
      }
    }
  }
  const end = glue === null ? "" : plain(glue);
  if (/^\s?[)\]%]+$/.test(end)) addSuffix(end);
  return columns;
}

interface Cell {
  readonly tokens: LatexToken[];
  span: number;
  merged: boolean;
}

export type LatexTableItem =
  | { readonly kind: "row"; readonly line: number; readonly cells: readonly string[] }
  | { readonly kind: "caption"; readonly line: number; readonly tokens: readonly LatexToken[] };

const trimmed = (text: string): string => text.replaceAll(/^[ \n\t]+|[ \n\t]+$/g, "");

/** Cells in their columns: joined columns as one text, the columns that a merged cell also covers empty. */
function placed(cells: readonly Cell[], columns: readonly Column[], plain: Plain): readonly string[] {
  const texts: string[] = [];
  let column = 0;
  const logical = (at: number): number =>
    columns.slice(0, at + 1).filter(({ joins }) => !joins).length - 1 + Math.max(0, at + 1 - columns.length);
  for (const { tokens, span, merged } of cells) {
    const { joins = false, glue = "", align = "l" } = columns[column] ?? {};
    const raw = trimmed(plain(tokens));
    const text = align === "S" && /^[\d.,\s]+e[+-]?\d+$/i.test(raw) ? siNumber(raw) : raw;
    const at = Math.max(0, logical(column));
    const end = column + span - 1;
    const before = texts[at] ?? "";
    // A merged cell brings its own declaration.
    const own = text === "" || merged ? undefined : columns[end];
    while (texts.length < at) texts.push("");
    texts[at] = `${before}${joins && text !== "" ? glue : ""}${own?.prefix ?? ""}${text}${own?.suffix ?? ""}`;
    while (texts.length <= logical(end)) texts.push("");
    column = end + 1;
  }
  const width = columns.filter(({ joins }) => !joins).length;
  while (texts.length < width) texts.push("");
  return texts.map((text) => text.replaceAll(/\s+/g, " ").trim());
}

/**
 * The rows of a table environment, from the tokens behind its `\begin{name}`: cells parted by `&`, rows by `\\`, rules
 * and colours left out, `\multicolumn` with empty cells where it covers more columns, the repeated heading of a
 * longtable once, its foot last.
 */
export function tableItems(name: string, content: readonly LatexToken[], plain: Plain): readonly LatexTableItem[] {
  const reader = tokenReader(content);
  reader.skip(TABLES.get(name) ?? "");
  const argument = reader.argument();
  const named = name.endsWith("tblr") ? /colspec/.test(tokensText(argument)) : false;
  const inner = named ? tokenReader(argument) : null;
  while (inner !== null && inner.peek() !== undefined && !/colspec=?$/.test(inner.peek()?.text ?? "")) inner.next();
  inner?.next();
  const columns = columnsOf(inner === null ? argument : inner.argument(), plain);

  let items: LatexTableItem[] = [];
  let foot: readonly LatexTableItem[] = [];
  let mark = 0;
  let firstHead = false;
  let cells: Cell[] = [{ tokens: [], span: 1, merged: false }];
  let line = 0;
  const endRow = (): void => {
    const texts = placed(cells, columns, plain);
    if (texts.some((text) => text !== "")) items.push({ kind: "row", line, cells: texts });
    cells = [{ tokens: [], span: 1, merged: false }];
    line = 0;
  };
  const endHead = (kind: string): void => {
    endRow();
    const since = items.slice(mark);
    if (kind === "endhead" && firstHead) items = items.slice(0, mark);
    if (kind === "endfoot" || kind === "endlastfoot") {
      items = items.slice(0, mark);
      foot = since;
    }
    firstHead ||= kind === "endfirsthead";
    mark = items.length;
  };
  const keep = (token: LatexToken): void => {
    cells[cells.length - 1]?.tokens.push(token);
  };
  let depth = 0;
  for (let token = reader.next(); token !== undefined; token = reader.next()) {
    const { kind, text } = token;
    const command = kind === "command" ? text : "";
    const ends = command === "\\" || command === "tabularnewline" || command === "cr";
    if (kind === "{" || command === "begin") depth++;
    if (kind === "}" || command === "end") depth--;
    if (line === 0 && kind !== "space" && kind !== "paragraph" && !ends && !RULES.has(command)) line = token.line;
    if (depth > 0) keep(token);
    else if (ends) {
      endRow();
      reader.star();
      skipLength(reader);
    } else if (kind === "&") cells.push({ tokens: [], span: 1, merged: false });
    else if (/^end(?:first|last)?(?:head|foot)$/.test(command)) endHead(command);
    else if (command === "caption" || command === "bicaption") {
      const starred = reader.star();
      reader.option();
      const words = reader.argument();
      if (!starred || words.length > 0) items.push({ kind: "caption", line: token.line, tokens: words });
    } else if (RULES.has(command)) reader.skip(RULES.get(command) ?? "");
    else if (command === "multicolumn") {
      const span = Math.min(200, Number(tokensText(reader.argument())) || 1);
      reader.skip("m");
      const last = cells[cells.length - 1];
      if (last !== undefined) {
        last.span = Math.max(1, span);
        last.merged = true;
      }
      for (const one of reader.argument()) keep(one);
    } else keep(token);
  }
  endRow();
  return [...items, ...foot];
}

/** Leaves out the extra space of `\\\\[2pt]`; other square brackets are text. */
export function skipLength(reader: TokenReader): void {
  if (reader.peek()?.kind === "[" && /^-?[\d.]+(?:[a-z]{2})?$/.test(tokensText(reader.lookAhead(2)))) reader.option();
}
