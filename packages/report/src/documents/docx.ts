import type { Results } from "@livermark/analysis";
import { describeIssue, type Issue, ok, type Result } from "@livermark/core";
import { figureScene, naturalWidth } from "../figures/draw.js";
import { flowScene } from "../figures/flow.js";
import { sceneSvg } from "../figures/scene.js";
import { type Block, type Docx, face, wordTable } from "../tables/word-table.js";
import { figurePng } from "./raster.js";
import { resultSentences, sentence } from "./sentences.js";
import { conventionText } from "./study-facts.js";
import { stableOffice } from "./zip.js";

interface Picture {
  readonly svg: string;
  readonly widthPt: number;
  readonly heightPt: number;
  readonly title: string;
  readonly description: string;
}

function pictures(results: Results): readonly Picture[] {
  const flow =
    results.flow.length === 0
      ? []
      : [
          flowScene(
            { id: "flow-chart", kind: "flow", title: "Flow of patients and treatments", steps: results.flow, arms: [] },
            {},
          ),
        ];
  const scenes = [...flow, ...results.figures.map((figure) => figureScene(figure, { width: naturalWidth(figure) }))];
  return scenes.map((scene) => ({
    svg: sceneSvg(scene),
    widthPt: scene.width,
    heightPt: scene.height,
    title: scene.title,
    description: scene.description,
  }));
}

/** The figure as SVG with a PNG for readers that draw none; 96 pixels to the inch as Word counts. */
async function wordPicture(
  d: Docx,
  picture: Picture,
  caption: string,
): Promise<{ readonly blocks: Block[]; readonly issues: readonly Issue[] }> {
  const png = await figurePng(picture.svg, 200);
  if (!png.ok) return { blocks: [], issues: png.issues };
  const width = Math.min(picture.widthPt, 480);
  const height = (picture.heightPt * width) / picture.widthPt;
  const blocks = [
    new d.Paragraph({
      keepNext: true,
      children: [
        new d.ImageRun({
          type: "svg",
          data: Buffer.from(picture.svg),
          fallback: { type: "png", data: Buffer.from(png.value) },
          transformation: { width: Math.round((width * 96) / 72), height: Math.round((height * 96) / 72) },
          altText: { name: caption, title: picture.title, description: picture.description },
        }),
      ],
    }),
    new d.Paragraph({
      style: "Caption",
      children: [new d.TextRun({ text: `${caption}. `, bold: true }), new d.TextRun(sentence(picture.title))],
    }),
  ];
  return { blocks, issues: png.issues };
}

/** The flow chart comes first and has no number, as in the HTML. */
function captionOf(results: Results, index: number): string {
  const first = results.flow.length === 0 ? 0 : 1;
  return index < first ? "Flow chart" : `Figure ${index - first + 1}`;
}

function styles(d: Docx) {
  const paragraph = (id: string, size: number, after: number, color = "000000") => ({
    id,
    name: id === "TableText" ? "Table Text" : id === "TableNote" ? "Table Note" : id,
    basedOn: "Normal",
    run: { size, color },
    paragraph: { spacing: { after } },
  });
  return {
    default: {
      document: {
        run: { font: face, size: 22 },
        paragraph: { spacing: { after: 120, line: 276, lineRule: d.LineRuleType.AUTO } },
      },
      title: { run: { font: face, size: 36, bold: true, color: "000000" }, paragraph: { spacing: { after: 120 } } },
      heading1: {
        run: { font: face, size: 28, bold: true, color: "000000" },
        paragraph: { spacing: { before: 320, after: 120 }, keepNext: true },
      },
    },
    paragraphStyles: [
      paragraph("TableText", 18, 0),
      paragraph("TableNote", 16, 0, "444444"),
      paragraph("Caption", 20, 80),
    ],
  };
}

/**
 * Skeleton of a manuscript: methods and results sentences from facts, real Word tables with styles, figures as vectors,
 * the notes on the design, and what was left out. The same results give the same bytes.
 */
export async function reportDocx(results: Results): Promise<Result<Uint8Array>> {
  const d = await import("docx");
  const issues: Issue[] = [];
  const text = (words: string, style?: string) =>
    new d.Paragraph({ ...(style === undefined ? {} : { style }), children: [new d.TextRun(words)] });
  const heading = (words: string) =>
    new d.Paragraph({ heading: d.HeadingLevel.HEADING_1, children: [new d.TextRun(words)] });
  const drawn = pictures(results);
  const figureBlocks: Block[] = [];
  for (const [i, picture] of drawn.entries()) {
    const made = await wordPicture(d, picture, captionOf(results, i));
    figureBlocks.push(...made.blocks);
    issues.push(...made.issues);
  }
  const { study } = results;
  const children: Block[] = [
    new d.Paragraph({ heading: d.HeadingLevel.TITLE, children: [new d.TextRun(study.title)] }),
    text(
      `Protocol ${study.protocol.id} ${study.protocol.version}. Data lock: ${study.lock ?? "none given"}. Data SHA-256 ${study.inputsSha256}. ${study.software.name} ${study.software.version}. ${conventionText(study)}.`,
      "TableNote",
    ),
    text("For research use. Not a medical device; not for decisions about a patient.", "TableNote"),
    heading("Methods"),
    text(results.methods.join(" ")),
    heading("Results"),
    text(resultSentences(results).join(" ")),
    ...results.tables.flatMap((table, i) => wordTable(d, table, i + 1)),
    ...figureBlocks,
    heading("Notes on the design"),
    ...results.notes.map((note) =>
      text(
        `${sentence(note.why)} ${sentence(note.remedy)} (${[note.where, note.reference].filter((part) => part !== "").join("; ")})`,
      ),
    ),
    heading("What was left out, and why"),
    ...(results.issues.length === 0
      ? [text("Nothing was left out.")]
      : results.issues.map((issue) => text(describeIssue(issue)))),
  ];
  const document = new d.Document({
    title: study.title,
    creator: `${study.software.name} ${study.software.version}`,
    styles: styles(d),
    sections: [
      {
        properties: {
          page: { size: { width: 11906, height: 16838 }, margin: { top: 1134, bottom: 1134, left: 1134, right: 1134 } },
        },
        children,
      },
    ],
  });
  return ok(stableOffice(new Uint8Array(await d.Packer.toBuffer(document))), issues);
}
