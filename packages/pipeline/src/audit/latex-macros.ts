import { ok, type Result, refuse } from "@livermark/core";
import { type LatexToken, tokenReader } from "./latex-tokens.js";

interface Macro {
  readonly parameters: number;
  /** What the first parameter is where it is left out; null where it must be given. */
  readonly preset: readonly LatexToken[] | null;
  readonly body: readonly LatexToken[];
}

const DEFINES = new Set([
  "newcommand",
  "renewcommand",
  "providecommand",
  "DeclareRobustCommand",
  "DeclareMathOperator",
]);
/** More than any paper defines or uses; a macro that calls itself ends here. */
const MOST_EXPANSIONS = 100_000;
const MOST_TOKENS = 8_000_000;

const filled = (body: readonly LatexToken[], values: readonly (readonly LatexToken[])[], line: number) =>
  body.flatMap((token) => (token.kind === "parameter" ? (values[Number(token.text) - 1] ?? []) : [{ ...token, line }]));

/**
 * The author's own commands (`\newcommand`, `\def`) replaced by what they stand for, so that `\hr{0.56}` is read as it
 * prints. A piece keeps the line of the call. Refuses a command that never comes to an end.
 */
export function expandMacros(tokens: readonly LatexToken[]): Result<readonly LatexToken[]> {
  const macros = new Map<string, Macro>();
  const out: LatexToken[] = [];
  let expansions = 0;
  let steps = 0;
  const open = [tokenReader(tokens)];
  while (open.length > 0) {
    const reader = open[open.length - 1];
    const token = reader?.next();
    if (reader === undefined || token === undefined) {
      open.pop();
      continue;
    }
    if (++steps > MOST_TOKENS || expansions > MOST_EXPANSIONS || open.length > 500)
      return refuse({
        code: "unreadable-document",
        message: "A command that the LaTeX file defines does not come to an end.",
        where: { line: token.line },
      });
    if (token.kind !== "command") {
      out.push(token);
      continue;
    }
    if (DEFINES.has(token.text)) {
      reader.star();
      const name = reader.argument().find(({ kind }) => kind === "command");
      const count = token.text === "DeclareMathOperator" ? null : reader.option();
      const preset = count === null ? null : reader.option();
      const body = reader.argument();
      if (name !== undefined)
        macros.set(name.text, { parameters: Number((count ?? [])[0]?.text ?? 0) || 0, preset, body });
      continue;
    }
    if (token.text === "def" || token.text === "gdef") {
      const name = reader.next();
      let parameters = 0;
      for (let part = reader.peek(); part !== undefined && part.kind !== "{"; part = reader.peek()) {
        if (part.kind === "parameter") parameters++;
        reader.next();
      }
      const body = reader.argument();
      if (name?.kind === "command") macros.set(name.text, { parameters, preset: null, body });
      continue;
    }
    const macro = macros.get(token.text);
    if (macro === undefined) {
      out.push(token);
      continue;
    }
    expansions++;
    const values: (readonly LatexToken[])[] = [];
    if (macro.preset !== null) values.push(reader.option() ?? macro.preset);
    while (values.length < macro.parameters) values.push(reader.argument());
    open.push(tokenReader(filled(macro.body, values, token.line)));
  }
  return ok(out);
}
