import type { DesignNote, Provenance, Results } from "@livermark/analysis";
import { ok, type Result, refuse } from "@livermark/core";
import { figureSheets, figureSvg } from "../figures/draw.js";
import { flowSvg } from "../figures/flow.js";
import { caption, itemName, itemTitle, type OutlineItem, type OutlineSection, outline } from "../outline.js";
import { fitColumns } from "../tables/column-widths.js";
import { columnHeading, decimalPadding, isWordColumn, type PrintedTable, printTable } from "../tables/table-model.js";
import { fontFiles, ownFont } from "./fonts.js";
import { issueEntries } from "./issue-list.js";
import { missingGlyphIssues, svgText } from "./raster.js";
import { paragraphs, sentence } from "./sentences.js";
import { conventionText } from "./study-facts.js";

/** Text as a Typst string literal; inserted with `#`, it is never read as markup. */
const literal = (text: string): string =>
  `"${text
    .replace(/\\/g, "\\\\")
    .replace(/"/g, '\\"')
    .replace(/[\r\n]+/g, " ")}"`;
/** A unit that would break after its stroke: `mm²/s`, with its power of ten. */
const UNIT = /(?:×?10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+\s?)?(?:mm²|[munp]?g|U|mmol|µmol)?\/(?:s|d?[lL]|m[lL])(?![\p{L}\d])/gu;
/** Text as Typst source whose units stay whole. */
function words(text: string): string {
  const pieces = text.split(UNIT);
  const units = text.match(UNIT) ?? [];
  return pieces
    .flatMap((piece, i) => [
      ...(piece === "" && pieces.length > 1 ? [] : [`#${literal(piece)}`]),
      ...(units[i] === undefined ? [] : [`#box(${literal(units[i])})`]),
    ])
    .join("");
}

/** A4 less its margins. */
const PAGE_PT = 504;
const GUTTER_PT = 12;
/** Two of this width stand side by side. */
const HALF_PT = (PAGE_PT - GUTTER_PT) / 2;

/** One thing that stands in the text: Typst source and the width it takes. */
interface Piece {
  readonly source: string;
  readonly widthPt: number;
  readonly heightPt: number;
}

/** Rows of a table that fit a page with its title and notes; a longer one is divided. A supplement fills its pages. */
const PAGE_ROWS = 54;
const SUPPLEMENT_ROWS = 30;
/** A divided table begins with at least so many points of it at the foot of a page. */
const LEAST_START_PT = 140;
const TABLE_SPACE_PT = 11;

/** The last rows of a divided table, which stand above its notes. */
const LAST_ROWS = 3;

/** The most members of a group that stay with its name; of a larger one the first alone does. */
const GROUP_ROWS = 6;

/**
 * Rows that begin a run which one page holds, with its length: a group's name and its members, or the first of many; the last
 * rows, whose run is one longer for the notes under them.
 */
function keptTogether(rows: PrintedTable["rows"]): ReadonlyMap<number, number> {
  const runs = new Map<number, number>();
  for (let r = 0; r < rows.length; ) {
    let members = 0;
    while (rows[r]!.indent === 0 && rows[r + members + 1]?.indent === 1) members++;
    const run = 1 + (members > GROUP_ROWS ? 1 : members);
    const length = r + run > rows.length - LAST_ROWS ? rows.length - r + 1 : run;
    runs.set(r, length);
    r += length;
  }
  return runs;
}

function tablePiece(table: PrintedTable, item: OutlineItem): Piece {
  const paddings = table.columns.map((_, c) => decimalPadding(table.rows.map((row) => row.cells[c]!)));
  const cell = (text: string, pad: { readonly before: number; readonly after: number } | null): string =>
    pad === null ? `[${words(text)}]` : `[#h(${pad.before.toFixed(3)}em)${words(text)}#h(${pad.after.toFixed(3)}em)]`;
  const spans =
    table.spans.length === 0
      ? ""
      : `[], ${table.spans
          .map(({ label, columns }) => `table.cell(colspan: ${columns})[#strong(${literal(label)})]`)
          .join(", ")},`;
  const heads = table.columns.map((column) => `[#strong(${literal(columnHeading(column))})]`).join(", ");
  const { sizePt, widthsPt } = fitColumns(table, PAGE_PT, [8, 7.5, 7, 6.5]);
  const widthPt = Math.max(
    widthsPt.reduce((sum, width) => sum + width, 0),
    200,
  );
  const divided = table.rows.length > (item.number.startsWith("S") ? SUPPLEMENT_ROWS : PAGE_ROWS);
  const notes = `#text(size: 7pt, fill: luma(80))[${table.footnotes.map(words).join(" \\\n")}]`;
  // Rows that stay on one page share a cell without width that may not be divided; the notes stay with the last of them.
  const together = divided ? keptTogether(table.rows) : new Map<number, number>();
  const keep = (r: number): string => {
    const span = together.get(r);
    return span === undefined ? "" : ` table.cell(rowspan: ${span}, breakable: false, inset: 0pt)[],`;
  };
  const more = divided ? ", []" : "";
  const rows = table.rows.map((row, r) => {
    const label = row.indent === 1 ? `[#h(1em)${words(row.label)}]` : `[${words(row.label)}]`;
    return `${label}, ${row.cells.map((one, c) => cell(one.text, paddings[c]![r]!)).join(", ")},${keep(r)}`;
  });
  // An empty block that must stay whole, and the way back: what follows starts where there is room for it.
  const room = divided
    ? `#block(breakable: false, height: ${LEAST_START_PT}pt, above: 0pt, below: 0pt)[]\n#v(${TABLE_SPACE_PT - LEAST_START_PT}pt)\n`
    : "";
  const inTable = divided
    ? `table.cell(colspan: ${widthsPt.length}, align: left, inset: (x: 0pt, top: 6pt))[#block(width: ${PAGE_PT}pt)[${notes}]],\n`
    : "";
  const source = `${room}#block(breakable: ${divided}, width: 100%)[
#block(sticky: true)[${anchor(item)}#strong(${literal(`${itemName(item)}.`)}) ${words(table.title)}]
#text(size: ${sizePt}pt)[#table(columns: (${widthsPt.map((width) => `${width.toFixed(2)}pt`).join(", ")},${divided ? " 0pt" : ""}), align: (x, y) => if x in (0, ${table.columns.map((_, c) => (isWordColumn(table, c) ? `${c + 1},` : "")).join(" ")}) { left } else { center }, stroke: none, inset: (x: 3pt, y: 2.6pt),
table.hline(stroke: 0.9pt),
table.header(${spans === "" ? "" : `${spans.replace(/,$/, "")}${more},`} [], ${heads}${more}, table.hline(stroke: 0.5pt)),
${rows.join("\n")}
table.hline(stroke: 0.9pt),
${inTable})]
${divided ? "" : notes}
]`;
  return { source, widthPt, heightPt: (table.rows.length + 5) * 1.4 * sizePt };
}

/** A place that the contents lead to. */
const anchor = (item: OutlineItem): string => `#metadata(none) <${label(item)}>`;
const label = (item: OutlineItem): string => `${item.kind}-${item.number}`;

/** Beside a neighbour much higher than itself a piece would leave the page empty under it. */
const alike = (one: Piece, other: Piece): boolean =>
  Math.max(one.heightPt, other.heightPt) < 1.8 * Math.min(one.heightPt, other.heightPt) + 60;

/** Pieces one under the other; two neighbours that are narrow enough, and of like height, side by side. */
function stacked(pieces: readonly Piece[]): string {
  const lines: string[] = [];
  for (let i = 0; i < pieces.length; i++) {
    const [one, next] = [pieces[i]!, pieces[i + 1]];
    if (next !== undefined && one.widthPt <= HALF_PT && next.widthPt <= HALF_PT && alike(one, next)) {
      lines.push(
        `#grid(columns: (1fr, 1fr), column-gutter: ${GUTTER_PT}pt, align: top, [${one.source}], [${next.source}])`,
      );
      i++;
    } else lines.push(one.source);
  }
  return lines.join("\n#v(10pt)\n");
}

const heading = (title: string): string => `#heading(level: 2)[${words(title)}]\n`;

interface Drawing {
  readonly path: string;
  readonly svg: string;
  readonly widthPt: number;
  readonly heightPt: number;
}

/** A figure's size at print, which its first tag states. */
function drawing(svg: string, path: string): Drawing {
  const size = /<svg[^>]* width="([\d.]+)pt" height="([\d.]+)pt"/.exec(svg);
  return { path, svg, widthPt: Number(size?.[1] ?? 252), heightPt: Number(size?.[2] ?? 200) };
}

const FLOW = "Flow of patients and treatments";

/** The flow chart, then the figures in the order of the report. */
function drawings(results: Results, sections: readonly OutlineSection[]): readonly Drawing[] {
  const flow =
    results.flow.length === 0
      ? []
      : [flowSvg({ id: "flow-chart", kind: "flow", title: FLOW, steps: results.flow, arms: [] })];
  const figures = sections.flatMap(({ items }) =>
    items.flatMap((item) =>
      item.kind === "figure" ? figureSheets(item.figure).map((options) => figureSvg(item.figure, options)) : [],
    ),
  );
  return [...flow, ...figures].map((svg, i) => drawing(svg, `figure-${i}.svg`));
}

/** What a page holds above a caption of two lines. */
const MOST_HEIGHT_PT = 680;

const picture = ({ path, widthPt, heightPt }: Drawing, alt: string, mostPt = PAGE_PT): string =>
  `#image("${path}", width: ${Math.min(widthPt, mostPt, (MOST_HEIGHT_PT * widthPt) / heightPt)}pt, alt: ${literal(alt)})\n`;

/** One sheet of a figure; of several, each says which it is. */
function figurePiece(
  drawn: Drawing,
  item: Extract<OutlineItem, { kind: "figure" }>,
  sheet: number,
  sheets: number,
): Piece {
  const title = `${itemTitle(item)}${sheets === 1 ? "" : ` (${sheet} of ${sheets})`}`;
  // A column of 3.5 in gives way by a few points so that two stand in a line.
  const widthPt = drawn.widthPt <= 252 ? Math.min(HALF_PT, drawn.widthPt) : drawn.widthPt;
  return {
    widthPt,
    heightPt: drawn.heightPt,
    source: `#block(breakable: false, width: 100%)[
${sheet === 1 ? anchor(item) : ""}${picture(drawn, title, widthPt)}
#strong(${literal(`${itemName(item)}.`)}) ${words(sentence(caption(item, title)))}
]`,
  };
}

const noteSource = (note: DesignNote): string =>
  `- #strong(${literal(sentence(note.why))}) ${words(sentence(note.remedy))} #text(fill: luma(90))[${words([note.severity, note.where, note.reference].filter((part) => part !== "").join("; "))}]`;

const notesSource = (notes: readonly DesignNote[]): string =>
  notes.length === 0
    ? ""
    : `\n#v(6pt)\n#block(sticky: true)[#strong("Notes on the design")]\n#text(size: 8.5pt)[\n${notes.map(noteSource).join("\n")}\n]\n`;

/** A part of the document: its heading, what its contents list, and its source. */
interface Part {
  readonly id: string;
  readonly title: string;
  readonly items: readonly OutlineItem[];
  readonly body: string;
}

/** Parts with their pages, and under each its tables and figures; the number stands at the foot of a title of two lines. */
function contentsSource(parts: readonly Omit<Part, "body">[]): string {
  const line = (to: string, text: string): string =>
    `#link(<${to}>)[#grid(columns: (1fr, 14pt), [#set par(leading: 0.45em, hanging-indent: 10pt)\n${text} #box(width: 1fr, repeat(gap: 2pt)[#text(fill: luma(160))[.]])], align(right + bottom)[#context counter(page).at(<${to}>).first()])]`;
  const entries = parts.map(
    ({ id, title, items }) => `#block(below: 4pt, above: 7pt, breakable: true)[
#block(below: 3pt, sticky: true)[${line(`part-${id}`, `#strong(${literal(title)})`)}]
${items.map((item) => `#block(below: 2.8pt, above: 0pt, inset: (left: 8pt))[${line(label(item), words(`${itemName(item)}. ${itemTitle(item)}`))}]`).join("\n")}
]`,
  );
  return `#text(size: 7.5pt)[#columns(2, gutter: ${2 * GUTTER_PT}pt)[\n${entries.join("\n")}\n]]\n`;
}

const partSource = ({ id, title, body }: Part): string => `${heading(title)}#metadata(none) <part-${id}>\n${body}`;

/** The supplement begins on a page of its own with its own contents. */
const supplementSource = (parts: readonly Part[]): string =>
  parts.length === 0
    ? ""
    : `#pagebreak()\n#block(below: 12pt)[#text(size: 18pt, weight: 600)[Supplement]#metadata(none) <part-supplement>]\n${contentsSource(parts)}${parts.map(partSource).join("\n")}`;

function documentSource(results: Results, provenance: Provenance, pictures: readonly Drawing[]): string {
  const { study } = results;
  const { sections, flowNotes, generalNotes } = outline(results);
  const facts: readonly (readonly [string, string])[] = [
    ["Protocol", `${study.protocol.id} ${study.protocol.version}`],
    ["Data lock", study.lock ?? "none given"],
    ["Data, SHA-256", study.inputsSha256],
    ["Software", `${study.software.name} ${study.software.version}`],
    ["Conventions", conventionText(study)],
    ["Input files", String(provenance.files.length)],
  ];
  const waiting = [...pictures];
  const flow = results.flow.length === 0 ? null : waiting.shift()!;
  const piecesOf = (item: OutlineItem): readonly Piece[] => {
    if (item.kind === "table") return [tablePiece(printTable(item.table), item)];
    const sheets = figureSheets(item.figure);
    return sheets.map((_, i) => figurePiece(waiting.shift()!, item, i + 1, sheets.length));
  };
  const issues = issueEntries(results.issues).map(
    ({ text, place }) => `- ${words(text)} #text(fill: luma(90))[${words(place)}]`,
  );
  const partOf = ({ id, title, items, notes }: OutlineSection): Part => ({
    id,
    title,
    items,
    body: stacked(items.flatMap(piecesOf)) + notesSource(notes),
  });
  const [first, last] = [false, true].map((supplement) =>
    sections.filter((section) => section.supplement === supplement).map(partOf),
  ) as [Part[], Part[]];
  const parts: readonly Part[] = [
    ...(flow === null
      ? []
      : [{ id: "flow", title: "Flow", items: [], body: picture(flow, FLOW) + notesSource(flowNotes) }]),
    ...first,
    ...(results.methods.length === 0
      ? []
      : [{ id: "methods", title: "Methods", items: [], body: paragraphs(results.methods).map(words).join("\n\n") }]),
    ...(generalNotes.length === 0
      ? []
      : [
          {
            id: "design",
            title: "Notes on the study as a whole",
            items: [],
            body: generalNotes.map(noteSource).join("\n"),
          },
        ]),
    {
      id: "left-out",
      title: "What was left out, and why",
      items: [],
      body: issues.length > 0 ? issues.join("\n") : "Nothing was left out.",
    },
  ];
  const listed = last.length === 0 ? parts : [...parts, { id: "supplement", title: "Supplement", items: [] }];
  const contents =
    sections.length === 0
      ? ""
      : `#heading(level: 2, outlined: false)[Contents]\n${contentsSource(listed)}#pagebreak()\n`;
  return `#set document(title: ${literal(study.title)}, date: none)
#set page(paper: "a4", margin: (x: 16mm, top: 18mm, bottom: 20mm), footer: context [#text(size: 7pt, fill: luma(90))[${words(`${study.software.name} ${study.software.version}. For research use; not a medical device.`)} #h(1fr) #counter(page).display("1 / 1", both: true)]])
#set text(font: FONTS, size: 9.5pt, lang: "en", fallback: false)
#set par(leading: 0.6em)
#show strong: set text(weight: 600)
#show heading.where(level: 2): it => block(above: 16pt, below: 8pt, sticky: true)[#text(size: 12.5pt, weight: 600)[#it.body]]
#text(size: 18pt, weight: 600)[${words(study.title)}]

#grid(columns: (auto, 1fr), column-gutter: 12pt, row-gutter: 5pt, ${facts.map(([name, value]) => `text(fill: luma(90))[${words(name)}], [${words(value)}]`).join(", ")})

#strong[For research use. Not a medical device]${words("; not for decisions about a patient.")}
${contents}${parts.map(partSource).join("\n")}
${supplementSource(last)}
`;
}

async function compile(source: string, pictures: readonly Drawing[]): Promise<Result<Uint8Array>> {
  const { NodeCompiler } = await import("@myriaddreamin/typst-ts-node-compiler");
  const { readFileSync } = await import("node:fs");
  const fonts = await fontFiles();
  if (!fonts.ok) return fonts;
  const compiler = NodeCompiler.create({
    workspace: "/",
    fontArgs: [{ fontBlobs: fonts.value.map((path) => readFileSync(path)) }],
  });
  const folder = "/livermark-report";
  for (const { path, svg } of pictures) compiler.mapShadow(`${folder}/${path}`, Buffer.from(svg));
  const own = await ownFont();
  const families = ["Source Sans 3", "DejaVu Sans", ...(own.ok ? (own.value?.families ?? []) : [])];
  compiler.addSource(`${folder}/main.typ`, `#let FONTS = (${families.map(literal).join(", ")})\n${source}`);
  const compiled = compiler.compile({ mainFilePath: `${folder}/main.typ` });
  const document = compiled.result;
  if (document === null) {
    const diagnostics = JSON.stringify(compiled.takeDiagnostics()?.shortDiagnostics ?? []);
    return refuse({ code: "pdf-failed", message: "Typst could not set the document.", got: diagnostics });
  }
  const words = source + pictures.map(({ svg }) => svgText(svg)).join("");
  return ok(new Uint8Array(compiler.pdf(document)), await missingGlyphIssues(words));
}

/** One figure as PDF at final size, fonts embedded; the same figure gives the same bytes. */
export function figurePdf(svg: string): Promise<Result<Uint8Array>> {
  const one = drawing(svg, "figure-0.svg");
  const source = `#set document(date: none)\n#set page(width: ${one.widthPt}pt, height: ${one.heightPt}pt, margin: 0pt)\n#set text(font: FONTS, fallback: false)\n#image("figure-0.svg", width: 100%)\n`;
  return compile(source, [one]);
}

/** The whole report as an A4 PDF with embedded fonts; the same results give the same bytes. */
export function reportPdf(results: Results, provenance: Provenance): Promise<Result<Uint8Array>> {
  const pictures = drawings(results, outline(results).sections);
  return compile(documentSource(results, provenance, pictures), pictures);
}
