import type { Provenance, Results } from "@livermark/analysis";
import { describeIssue, ok, type Result, refuse } from "@livermark/core";
import { figureSvg, naturalWidth } from "../figures/draw.js";
import { flowSvg } from "../figures/flow.js";
import { columnHeading, decimalPadding, type PrintedTable, printTable } from "../tables/table-model.js";
import { typeset } from "../typeset.js";
import { fontFiles } from "./fonts.js";
import { missingGlyphIssues, svgText } from "./raster.js";
import { sentence } from "./sentences.js";
import { conventionText } from "./study-facts.js";

/** Text as a Typst string literal; inserted with `#`, it is never read as markup. */
const literal = (text: string): string =>
  `"${text
    .replace(/\\/g, "\\\\")
    .replace(/"/g, '\\"')
    .replace(/[\r\n]+/g, " ")}"`;
const words = (text: string): string => `#${literal(text)}`;

function tableSource(table: PrintedTable, number: number): string {
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
  const rows = table.rows.map((row, r) => {
    const label = row.indent === 1 ? `[#h(1em)${words(row.label)}]` : `[${words(row.label)}]`;
    return `${label}, ${row.cells.map((one, c) => cell(one.text, paddings[c]![r]!)).join(", ")},`;
  });
  return `#block(breakable: ${table.rows.length > 30})[
#block(sticky: true)[#strong[Table ${number}.] ${words(table.title)}]
#text(size: 8pt)[#table(columns: (auto,) + (1fr,) * ${table.columns.length}, align: (x, y) => if x == 0 { left } else { center }, stroke: none, inset: (x: 3pt, y: 3pt),
table.hline(stroke: 0.9pt),
table.header(${spans} [], ${heads}, table.hline(stroke: 0.5pt)),
${rows.join("\n")}
table.hline(stroke: 0.9pt),
)]
#text(size: 7pt, fill: luma(80))[${table.footnotes.map(words).join(" \\\n")}]
]
#v(8pt)
`;
}

const heading = (title: string): string => `#heading(level: 2)[${words(title)}]\n`;

interface Drawing {
  readonly path: string;
  readonly svg: string;
  readonly widthPt: number;
}

const svgWidth = (svg: string): number => Number(/<svg[^>]* width="([\d.]+)pt"/.exec(svg)?.[1] ?? 252);

function drawings(results: Results): readonly Drawing[] {
  const flow =
    results.flow.length === 0
      ? []
      : [
          flowSvg({
            id: "flow-chart",
            kind: "flow",
            title: "Flow of patients and treatments",
            steps: results.flow,
            arms: [],
          }),
        ];
  const figures = results.figures.map((figure) => figureSvg(figure, { width: naturalWidth(figure) }));
  return [...flow, ...figures].map((svg, i) => ({ path: `figure-${i}.svg`, svg, widthPt: svgWidth(svg) }));
}

const picture = ({ path, widthPt }: Drawing, alt: string): string =>
  `#image("${path}", width: calc.min(${widthPt}pt, 178mm), alt: ${literal(alt)})\n`;

function documentSource(results: Results, provenance: Provenance, pictures: readonly Drawing[]): string {
  const { study } = results;
  const conventions = conventionText(study);
  const facts: readonly (readonly [string, string])[] = [
    ["Protocol", `${study.protocol.id} ${study.protocol.version}`],
    ["Data lock", study.lock ?? "none given"],
    ["Data, SHA-256", study.inputsSha256],
    ["Software", `${study.software.name} ${study.software.version}`],
    ["Conventions", conventions],
    ["Input files", String(provenance.files.length)],
  ];
  const flowCount = results.flow.length === 0 ? 0 : 1;
  const notes = results.notes.map(
    (note) =>
      `- #strong(${literal(sentence(note.why))}) ${words(sentence(note.remedy))} #text(fill: luma(90))[${words(`${note.where}, ${note.reference}`)}]`,
  );
  const issues = results.issues.map((issue) => `- ${words(describeIssue(issue))}`);
  const figures = results.figures.map(
    (figure, i) => `#block(breakable: false)[
${picture(pictures[i + flowCount]!, figure.title)}
#strong[Figure ${i + 1}.] ${words(sentence(typeset(figure.title)))}
]
#v(8pt)`,
  );
  return `#set document(title: ${literal(study.title)}, date: none)
#set page(paper: "a4", margin: (x: 16mm, top: 18mm, bottom: 20mm), footer: context [#text(size: 7pt, fill: luma(90))[${words(`${study.software.name} ${study.software.version}. For research use; not a medical device.`)} #h(1fr) #counter(page).display("1 / 1", both: true)]])
#set text(font: ("Source Sans 3", "DejaVu Sans"), size: 9.5pt, lang: "en", fallback: false)
#set par(leading: 0.6em)
#show strong: set text(weight: 600)
#show heading.where(level: 2): it => block(above: 16pt, below: 8pt, sticky: true)[#text(size: 12.5pt, weight: 600)[#it.body]]
#text(size: 18pt, weight: 600)[${words(study.title)}]

#grid(columns: (auto, 1fr), column-gutter: 12pt, row-gutter: 5pt, ${facts.map(([name, value]) => `text(fill: luma(90))[${words(name)}], [${words(value)}]`).join(", ")})

#strong[For research use. Not a medical device]${words("; not for decisions about a patient.")}
${flowCount === 1 ? heading("Flow") + picture(pictures[0]!, "Flow of patients and treatments") : ""}
${results.tables.length > 0 ? heading("Tables") : ""}${results.tables.map((table, i) => tableSource(printTable(table), i + 1)).join("\n")}
${figures.length > 0 ? heading("Figures") : ""}${figures.join("\n")}
${results.methods.length > 0 ? heading("Methods") + words(results.methods.join(" ")) : ""}
${notes.length > 0 ? heading("Notes on the design") + notes.join("\n") : ""}
${heading("What was left out, and why")}${issues.length > 0 ? issues.join("\n") : "Nothing was left out."}
`;
}

async function compile(source: string, pictures: readonly Drawing[]): Promise<Result<Uint8Array>> {
  const { NodeCompiler } = await import("@myriaddreamin/typst-ts-node-compiler");
  const { readFileSync } = await import("node:fs");
  const compiler = NodeCompiler.create({
    workspace: "/",
    fontArgs: [{ fontBlobs: (await fontFiles()).map((path) => readFileSync(path)) }],
  });
  const folder = "/livermark-report";
  for (const { path, svg } of pictures) compiler.mapShadow(`${folder}/${path}`, Buffer.from(svg));
  compiler.addSource(`${folder}/main.typ`, source);
  const compiled = compiler.compile({ mainFilePath: `${folder}/main.typ` });
  const document = compiled.result;
  if (document === null) {
    const diagnostics = JSON.stringify(compiled.takeDiagnostics()?.shortDiagnostics ?? []);
    return refuse({ code: "pdf-failed", message: "Typst could not set the document.", got: diagnostics });
  }
  const words = source + pictures.map(({ svg }) => svgText(svg)).join("");
  return ok(new Uint8Array(compiler.pdf(document)), missingGlyphIssues(words));
}

/** One figure as PDF at final size, fonts embedded; the same figure gives the same bytes. */
export function figurePdf(svg: string): Promise<Result<Uint8Array>> {
  const size = /<svg[^>]* width="([\d.]+)pt" height="([\d.]+)pt"/.exec(svg);
  const width = size?.[1] ?? "252";
  const height = size?.[2] ?? "200";
  const source = `#set document(date: none)\n#set page(width: ${width}pt, height: ${height}pt, margin: 0pt)\n#set text(font: ("Source Sans 3", "DejaVu Sans"), fallback: false)\n#image("figure-0.svg", width: 100%)\n`;
  return compile(source, [{ path: "figure-0.svg", svg, widthPt: Number(width) }]);
}

/** The whole report as an A4 PDF with embedded fonts; the same results give the same bytes. */
export function reportPdf(results: Results, provenance: Provenance): Promise<Result<Uint8Array>> {
  const pictures = drawings(results);
  return compile(documentSource(results, provenance, pictures), pictures);
}
