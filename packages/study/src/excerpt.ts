import type { Issue } from "@livermark/core";
import { detectDelimiter } from "./tables/csv.js";

/** Part of a line that an Issue is about: first character and length. */
interface Span {
  readonly at: number;
  readonly length: number;
}

const wordAt = (line: string, word: string, from = 0): Span | null => {
  const at = word === "" ? -1 : line.indexOf(word, from);
  return at < 0 ? null : { at, length: word.length };
};

const indent = (line: string): number => line.length - line.trimStart().length;

/** Where a YAML line is wrong: the unknown key, the wrong value after its key, or the first word. */
function yamlSpan(line: string, issue: Issue): Span {
  const column = Number(issue.where.column);
  if (Number.isInteger(column) && column > 0) {
    const here = wordAt(line, issue.got, column - 1);
    return here?.at === column - 1 ? here : { at: Math.min(column - 1, line.length), length: 1 };
  }
  const key = /([^.[\]]+)(?:\[\d+\])*$/.exec(issue.path)?.[1] ?? "";
  const named = wordAt(line, `${key}:`);
  if (issue.code === "unknown-key") return wordAt(line, issue.got) ?? { at: indent(line), length: 1 };
  const value = wordAt(line, issue.got, named === null ? 0 : named.at + named.length);
  if (value !== null) return value;
  if (named !== null && issue.code !== "missing-field") return { at: named.at, length: named.length - 1 };
  const start = indent(line);
  return { at: start, length: Math.max(1, line.trim().length) };
}

/** Cells of a line with their places; a quoted cell is one. */
function cellSpans(line: string, delimiter: string): readonly Span[] {
  const spans: Span[] = [];
  let at = 0;
  let quoted = false;
  for (let i = 0; i <= line.length; i++) {
    if (line[i] === '"') quoted = !quoted;
    else if (i === line.length || (!quoted && line[i] === delimiter)) {
      spans.push({ at, length: i - at });
      at = i + 1;
    }
  }
  return spans;
}

function tableSpan(lines: readonly string[], line: string, issue: Issue): Span {
  const delimiter = detectDelimiter(lines[0] ?? "");
  const header = (lines[0] ?? "")
    .replace(/^\uFEFF/, "")
    .split(delimiter)
    .map((name) => name.trim().replace(/^"|"$/g, ""));
  const span = cellSpans(line, delimiter)[header.indexOf(issue.where.column ?? "")];
  return span === undefined
    ? { at: 0, length: Math.max(1, line.length) }
    : { ...span, length: Math.max(1, span.length) };
}

/** Columns that a character takes on a terminal: East Asian wide characters take two. */
const width = (text: string): number =>
  [...text].reduce(
    (sum, character) =>
      sum +
      (/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60]/.test(character) ? 2 : 1),
    0,
  );

const MAX_WIDTH = 110;

/** The line with its place marked; a long line is cut around the mark. */
function marked(number: number, line: string, span: Span): readonly string[] {
  const from = span.at + span.length > MAX_WIDTH ? Math.max(0, span.at - 40) : 0;
  const shown = line.slice(from, from + MAX_WIDTH).replaceAll("\t", " ");
  const head = from > 0 ? "…" : "";
  const tail = line.length > from + MAX_WIDTH ? "…" : "";
  const gutter = String(number);
  const blank = " ".repeat(gutter.length);
  const before = width(`${head}${shown.slice(0, span.at - from)}`);
  const under = Math.max(1, width(shown.slice(span.at - from, span.at - from + span.length)));
  return [
    ` ${blank} |`,
    ` ${gutter} | ${head}${shown}${tail}`,
    ` ${blank} | ${" ".repeat(before)}${"^".repeat(under)}`,
  ];
}

const MAX_WORDS = 12;

/** A long list of known words is cut: the nearest one stands under `mend`. */
function wanted(text: string): string {
  const separator = text.includes(" | ") ? " | " : ", ";
  const words = text.split(separator);
  if (words.length <= MAX_WORDS) return text;
  return `${words.slice(0, MAX_WORDS).join(separator)}${separator}… (${words.length - MAX_WORDS} more)`;
}

/**
 * An Issue as a compiler would print it: what is wrong, the place, the source line with the place marked, what was
 * found and wanted, and how to mend it. `source` is the text of the file that the Issue names; null leaves the line out.
 * Example: `issueExcerpt(issue, "treatments:\n  within_month: 6\n")` underlines `within_month`.
 */
export function issueExcerpt(issue: Issue, source: string | null): string {
  const { file, line, column, patient, series } = issue.where;
  const lines = source === null ? [] : source.split(/\r\n|\n|\r/);
  const text = line === undefined ? undefined : lines[line - 1];
  const isYaml = /\.ya?ml$/i.test(file ?? "");
  const place = [
    file === undefined ? "" : line === undefined ? file : `${file}:${line}`,
    column === undefined || isYaml ? "" : `column ${column}`,
    issue.path,
    patient === undefined ? "" : `patient ${patient}`,
    series === undefined ? "" : `series ${series}`,
  ].filter((part) => part !== "");
  const span = text === undefined ? null : isYaml ? yamlSpan(text, issue) : tableSpan(lines, text, issue);
  const underlined = span === null ? "" : (text ?? "").slice(span.at, span.at + span.length);
  return [
    `${issue.severity}[${issue.code}]: ${issue.message}`,
    ...(place.length === 0 ? [] : [` --> ${place.join(", ")}`]),
    ...(span === null || text === undefined || line === undefined ? [] : marked(line, text, span)),
    ...(issue.got === "" || underlined.includes(issue.got) ? [] : [`  found:  ${issue.got}`]),
    ...(issue.wanted === "" ? [] : [`  wanted: ${wanted(issue.wanted)}`]),
    ...(issue.mend === "" ? [] : [`  mend:   ${issue.mend}`]),
    "",
  ].join("\n");
}
