import type { AuditBlock } from "@livermark/analysis";
import { andThen, type Issue, ok, type Result, refuse, warningIssue } from "@livermark/core";
import { expandMacros } from "./latex-macros.js";
import { isTable, tableItems } from "./latex-tables.js";
import { type LatexToken, latexTokens, tokenReader, tokensText } from "./latex-tokens.js";
import { type LatexSink, plainLatex, walkLatex } from "./latex-walk.js";

const INCLUDES = new Set([
  "input",
  "include",
  "subfile",
  "import",
  "csvautotabular",
  "csvreader",
  "pgfplotstabletypeset",
]);

/** Blocks of a walked document. Numbers of tables and figures are counted as LaTeX counts them. */
function documentBlocks(tokens: readonly LatexToken[]): readonly AuditBlock[] {
  const blocks: AuditBlock[] = [];
  const floats: string[] = [];
  const counts = new Map<string, number>();
  let tables = 0;
  let open: { readonly line: number; at: number; text: string } | null = null;
  let notes: (readonly LatexToken[])[] = [];
  const close = (): void => {
    if (open !== null && open.text.trim() !== "") blocks.push({ kind: "text", line: open.line, text: open.text });
    open = null;
  };
  const paragraph = (): void => {
    close();
    const waiting = notes;
    notes = [];
    for (const note of waiting) {
      walkLatex(note, sink);
      close();
    }
  };
  const caption = (inner: readonly LatexToken[], line: number, float: string | null): void => {
    paragraph();
    const kind = float ?? floats.findLast((name) => /table|figure/.test(name)) ?? "";
    const word = /table/.test(kind) ? "Table" : /figure/.test(kind) ? "Figure" : null;
    if (word !== null) {
      counts.set(word, (counts.get(word) ?? 0) + 1);
      sink.text(`${word} ${counts.get(word)}. `, line);
    }
    walkLatex(inner, sink);
    paragraph();
  };
  const sink: LatexSink = {
    text: (text, line) => {
      if (open === null) {
        if (text.trim() === "") return;
        open = { line, at: line, text: "" };
      }
      if (line > open.at) {
        open.text += "\n".repeat(line - open.at);
        open.at = line;
      }
      open.text += text;
    },
    paragraph,
    begin: (environment) => {
      if (/^(?:math|displaymath|equation|align|gather|center|flushleft|flushright)?$/.test(environment)) return;
      paragraph();
      floats.push(environment);
    },
    end: (environment) => {
      if (!floats.includes(environment)) return;
      paragraph();
      while (floats.pop() !== environment);
    },
    caption,
    footnote: (inner) => {
      notes.push(inner);
    },
    table: (environment, content) => {
      paragraph();
      tables++;
      const table = tables;
      for (const item of tableItems(environment, content, plainLatex)) {
        if (item.kind === "caption") caption(item.tokens, item.line, "table");
        else blocks.push({ kind: "row", table, line: item.line, text: item.cells.join(" | "), cells: item.cells });
      }
      for (const note of notes.splice(0)) {
        walkLatex(note, sink);
        close();
      }
    },
  };
  walkLatex(tokens, sink);
  paragraph();
  return blocks;
}

/** What prints: the title and all behind `\begin{document}`, up to its end; without one, everything. */
function printing(tokens: readonly LatexToken[]): readonly LatexToken[] {
  const named = (word: string) => (token: LatexToken, i: number) =>
    token.kind === "command" && token.text === word && tokensText(tokens.slice(i + 2, i + 3)) === "document";
  const begin = tokens.findIndex(named("begin"));
  const end = tokens.findIndex(named("end"));
  if (begin < 0) return tokens;
  const title = tokens.findIndex(({ kind, text }, i) => kind === "command" && text === "title" && i < begin);
  const naming = tokenReader(title < 0 ? [] : tokens.slice(title + 1, begin));
  naming.skip("so");
  const head = naming.argument();
  const body = tokens.slice(begin + 4, end < 0 ? undefined : end);
  const gap: LatexToken = { kind: "paragraph", text: "", line: tokens[begin]?.line ?? 1 };
  return [...head, gap, ...body];
}

/** Deeper than any paper nests its braces or tables. */
const DEEPEST = 200;

interface Fault {
  readonly what: string;
  readonly line: number;
}

/** The first brace that has no partner, or that stands too deep; null where all are in order. */
function braceFault(tokens: readonly LatexToken[]): Fault | null {
  const open: Fault[] = [];
  for (const { kind, line } of tokens) {
    if (kind === "{") open.push({ what: "{", line });
    else if (kind === "}" && open.pop() === undefined) return { what: "}", line };
    if (open.length > DEEPEST) return { what: `${DEEPEST} braces in each other`, line };
  }
  return open[0] ?? null;
}

/** The first table that never ends or was never begun, or that stands too deep; null where all are in order. */
function tableFault(tokens: readonly LatexToken[]): Fault | null {
  const reader = tokenReader(tokens);
  const open: Fault[] = [];
  for (let token = reader.next(); token !== undefined; token = reader.next()) {
    if (token.kind !== "command" || (token.text !== "begin" && token.text !== "end")) continue;
    const { text, line } = token;
    const name = tokensText(reader.argument());
    if (!isTable(name)) continue;
    const what = `\\${text}{${name}}`;
    if (text === "begin") open.push({ what, line });
    else if (open.pop()?.what !== `\\begin{${name}}`) return { what, line };
    if (open.length > DEEPEST / 10) return { what: `${open.length} tables in each other`, line };
  }
  return open[0] ?? null;
}

/**
 * A LaTeX file as the auditor sees it: paragraphs, captions, footnotes, and the rows of its tables with their source
 * lines. The author's own commands are expanded; of unknown ones the arguments are read. Comments, preamble, authors,
 * references, drawings and code are left out; citations read `[ref]`, cross-references `??`. Files that it includes
 * are not read, which is a warning. Refuses what is no LaTeX, and braces and tables that do not end.
 */
export function latexBlocks(file: string, source: string): Result<readonly AuditBlock[]> {
  const raw = latexTokens(source.replaceAll(/\r\n?/g, "\n"));
  const commands = raw.filter(({ kind }) => kind === "command");
  if (
    !commands.some(({ text }) => /^[A-Za-z]{2}/.test(text)) ||
    commands[0]?.text === "bye" ||
    /^\s*\\input texinfo/.test(source)
  )
    return refuse({
      code: "not-latex",
      message: "The file has the ending of LaTeX and no LaTeX in it.",
      wanted: "LaTeX source, with commands such as \\begin{tabular}",
      mend: "Save it as txt, or under the ending of what it is.",
      where: { file },
    });
  const expanded = expandMacros(raw);
  if (!expanded.ok)
    return { ok: false, issues: expanded.issues.map((issue) => ({ ...issue, where: { file, ...issue.where } })) };
  return andThen(expanded, (all) => {
    const tokens = printing(all);
    const fault = braceFault(tokens) ?? tableFault(tokens);
    if (fault !== null)
      return refuse({
        code: "unreadable-document",
        message: "The LaTeX file has a beginning without its end.",
        got: fault.what,
        wanted: "every brace and table closed, as LaTeX wants it",
        mend: "Mend it until LaTeX sets it without an error.",
        where: { file, line: fault.line },
      });
    const missing: readonly Issue[] = tokens.flatMap(({ kind, text, line }) =>
      kind === "command" && INCLUDES.has(text)
        ? [
            warningIssue({
              code: "included-file-not-read",
              message: "The LaTeX file takes in another file, which was not read.",
              got: `\\${text}`,
              mend: "Give that file to the audit too.",
              where: { file, line },
            }),
          ]
        : [],
    );
    return ok(documentBlocks(tokens), missing);
  });
}
