import { isQuantity, quantityText } from "./latex-quantities.js";
import { ACCENTS, LEFT_OUT, lowered, RULES, raised, SYMBOLS } from "./latex-symbols.js";
import { isTable, skipLength, tableItems } from "./latex-tables.js";
import { type LatexToken, type TokenReader, tokenReader, tokensText } from "./latex-tokens.js";

/** What the walk over the source meets, in reading order. */
export interface LatexSink {
  readonly text: (text: string, line: number) => void;
  readonly paragraph: () => void;
  readonly begin: (environment: string, line: number) => void;
  readonly end: (environment: string) => void;
  readonly caption: (tokens: readonly LatexToken[], line: number, float: string | null) => void;
  readonly footnote: (tokens: readonly LatexToken[]) => void;
  readonly table: (environment: string, content: readonly LatexToken[]) => void;
}

const SECTIONS = new Set("part chapter section subsection subsubsection paragraph subparagraph title".split(" "));
const NOT_READ = new Set(["thebibliography", "tikzpicture", "axis", "picture", "pspicture", "filecontents", "forest"]);
const BEGIN_ARGUMENTS: ReadonlyMap<string, string> = new Map([
  ["minipage", "ooom"],
  ["adjustbox", "m"],
  ["wraptable", "omom"],
  ["wrapfigure", "omom"],
  ["subtable", "om"],
  ["subfigure", "om"],
  ["multicols", "m"],
  ["spacing", "m"],
]);

const joined = (text: string): string =>
  text.replaceAll("---", "—").replaceAll("--", "–").replaceAll("``", "“").replaceAll("''", "”");

/** Goes over the tokens in reading order and tells the sink what prints. */
export function walkLatex(tokens: readonly LatexToken[], sink: LatexSink): void {
  const reader = tokenReader(tokens);
  for (let token = reader.next(); token !== undefined; token = reader.next()) {
    const { kind, text, line } = token;
    if (kind === "text" || kind === "[" || kind === "]") sink.text(joined(text), line);
    else if (kind === "space" || kind === "&") sink.text(" ", line);
    else if (kind === "~") sink.text("\u00a0", line);
    else if (kind === "paragraph") sink.paragraph();
    else if (kind === "^") sink.text(raised(plainLatex(reader.argument())), line);
    else if (kind === "_") sink.text(lowered(plainLatex(reader.argument())), line);
    else if (kind === "command") walkCommand(text, line, reader, sink);
  }
}

function walkCommand(name: string, line: number, reader: TokenReader, sink: LatexSink): void {
  const symbol = SYMBOLS.get(name);
  if (symbol !== undefined) sink.text(symbol, line);
  else if (name === "\\" || name === "tabularnewline") {
    reader.star();
    skipLength(reader);
    sink.text(" ", line);
  } else if (name === "hspace") {
    reader.skip("sm");
    sink.text(" ", line);
  } else if (name === "begin") {
    const environment = tokensText(reader.argument());
    if (NOT_READ.has(environment)) reader.environment(environment);
    else if (isTable(environment)) sink.table(environment, reader.environment(environment));
    else {
      reader.skip(BEGIN_ARGUMENTS.get(environment) ?? "o");
      sink.begin(environment, line);
    }
  } else if (name === "end") sink.end(tokensText(reader.argument()));
  else if (SECTIONS.has(name)) {
    reader.skip("so");
    sink.paragraph();
    walkLatex(reader.argument(), sink);
    sink.paragraph();
  } else if (name === "caption" || name === "captionof" || name === "subcaption") {
    const float = name === "captionof" ? tokensText(reader.argument()) : null;
    const numbered = !reader.star() && name !== "subcaption";
    reader.option();
    sink.caption(reader.argument(), line, numbered ? float : "");
  } else if (name === "footnote" || name === "footnotetext" || name === "tablefootnote") {
    reader.option();
    sink.footnote(reader.argument());
  } else if (name === "par" || name === "item") {
    sink.paragraph();
    const label = name === "item" ? reader.option() : null;
    if (label !== null) {
      walkLatex(label, sink);
      sink.text(" ", line);
    }
  } else if (isQuantity(name)) sink.text(quantityText(name, reader, plainLatex), line);
  else if (name === "frac" || name === "tfrac" || name === "dfrac" || name === "nicefrac" || name === "sfrac")
    sink.text(`${plainLatex(reader.argument())}/${plainLatex(reader.argument())}`, line);
  else if (name === "textsuperscript" || name === "tnote") sink.text(raised(plainLatex(reader.argument())), line);
  else if (name === "textsubscript") sink.text(lowered(plainLatex(reader.argument())), line);
  else if (/^(?:[Cc]ite|[a-z]*cite[a-z]*$|supercite|fullcite)/.test(name)) {
    reader.skip("soom");
    sink.text("[ref]", line);
  } else if (/^(?:[a-zA-Z]*ref|[Cc]refrange)$/.test(name) && name !== "href" && name !== "hyperref") {
    reader.skip("sm");
    sink.text("??", line);
  } else if (ACCENTS.has(name)) {
    // An unbraced letter comes with the rest of its word.
    const [letter = "", ...rest] = plainLatex(reader.argument());
    sink.text(`${letter}${ACCENTS.get(name)}${rest.join("")}`.normalize("NFC"), line);
  } else if (LEFT_OUT.has(name)) reader.skip(LEFT_OUT.get(name) ?? "");
  else if (RULES.has(name)) reader.skip(RULES.get(name) ?? "");
  // Of any other command the arguments are printed.
}

/** LaTeX within a line or cell as plain text: tables and breaks inside it are spaces. */
export function plainLatex(tokens: readonly LatexToken[]): string {
  let out = "";
  const sink: LatexSink = {
    text: (text) => {
      out += text;
    },
    paragraph: () => {
      out += " ";
    },
    begin: () => {},
    end: () => {},
    caption: (inner) => walkLatex(inner, sink),
    footnote: () => {},
    table: (environment, content) => {
      const rows = tableItems(environment, content, plainLatex);
      out += rows.map((item) => (item.kind === "row" ? item.cells.filter(Boolean).join(" ") : "")).join(" ");
    },
  };
  walkLatex(tokens, sink);
  return out;
}
