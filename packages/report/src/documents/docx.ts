import type { DesignNote, Results } from "@livermark/analysis";
import { type Issue, ok, type Result } from "@livermark/core";
import { figureScene, figureSheets } from "../figures/draw.js";
import { type Scene, sceneSvg } from "../figures/scene.js";
import { caption, itemName, type OutlineSection, outline } from "../outline.js";
import { type Block, type Docx, face, wordTable } from "../tables/word-table.js";
import { flowChart } from "./document-scenes.js";
import { issueEntries } from "./issue-list.js";
import { documentPngs, type PngMaker } from "./raster.js";
import { paragraphs, resultSentences, sentence } from "./sentences.js";
import { conventionText } from "./study-facts.js";
import { stableOffice } from "./zip.js";

interface Picture {
  readonly svg: string;
  readonly widthPt: number;
  readonly heightPt: number;
  readonly title: string;
  readonly description: string;
}

const pictureOf = (scene: Scene): Picture => ({
  svg: sceneSvg(scene),
  widthPt: scene.width,
  heightPt: scene.height,
  title: scene.title,
  description: scene.description,
});

/** The figure as SVG with a PNG for readers that draw none; 96 pixels to the inch as Word counts. */
async function wordPicture(
  d: Docx,
  picture: Picture,
  name: string,
  words: string,
  pngOf: PngMaker,
): Promise<{ readonly blocks: Block[]; readonly issues: readonly Issue[] }> {
  const png = await pngOf(picture.svg);
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
          altText: { name, title: picture.title, description: picture.description },
        }),
      ],
    }),
    new d.Paragraph({
      style: "Caption",
      children: [new d.TextRun({ text: `${name}. `, bold: true }), new d.TextRun(sentence(words))],
    }),
  ];
  return { blocks, issues: png.issues };
}

function styles(d: Docx) {
  const paragraph = (id: string, size: number, after: number, color = "000000") => ({
    id,
    name: id.replace(/([a-z])([A-Z])/, "$1 $2"),
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
      paragraph("DesignNote", 18, 80, "444444"),
    ],
  };
}

/**
 * Skeleton of a manuscript: methods and results sentences from facts, real Word tables with styles, figures as vectors,
 * the notes on the design, and what was left out. The same results give the same bytes.
 */
export async function reportDocx(results: Results, pngOf = documentPngs()): Promise<Result<Uint8Array>> {
  const d = await import("docx");
  const issues: Issue[] = [];
  const text = (words: string, style?: string) =>
    new d.Paragraph({ ...(style === undefined ? {} : { style }), children: [new d.TextRun(words)] });
  const heading = (words: string) =>
    new d.Paragraph({ heading: d.HeadingLevel.HEADING_1, children: [new d.TextRun(words)] });
  const draw = async (scene: Scene, name: string, words = scene.title): Promise<readonly Block[]> => {
    const made = await wordPicture(d, pictureOf(scene), name, words, pngOf);
    issues.push(...made.issues);
    return made.blocks;
  };
  const { sections, flowNotes, generalNotes } = outline(results);
  const note = ({ why, remedy, where, reference }: DesignNote) =>
    text(
      `${sentence(why)} ${sentence(remedy)} (${[where, reference].filter((part) => part !== "").join("; ")})`,
      "DesignNote",
    );
  const blocks: Block[] = [];
  const chart = flowChart(results);
  if (chart !== null) {
    blocks.push(heading("Flow"), ...(await draw(chart, "Flow chart")), ...flowNotes.map(note));
  }
  const sectionBlocks = async ({ title, items, notes }: OutlineSection): Promise<readonly Block[]> => {
    const made: Block[] = [heading(title)];
    for (const item of items) {
      if (item.kind === "table") made.push(...wordTable(d, item.table, item.number));
      else
        for (const options of figureSheets(item.figure))
          made.push(...(await draw(figureScene(item.figure, options), itemName(item), caption(item))));
    }
    return [...made, ...notes.map(note)];
  };
  const supplement: Block[] = [];
  for (const section of sections) (section.supplement ? supplement : blocks).push(...(await sectionBlocks(section)));
  const { study } = results;
  const children: Block[] = [
    new d.Paragraph({ heading: d.HeadingLevel.TITLE, children: [new d.TextRun(study.title)] }),
    text(
      `Protocol ${study.protocol.id} ${study.protocol.version}. Data lock: ${study.lock ?? "none given"}. Data SHA-256 ${study.inputsSha256}. ${study.software.name} ${study.software.version}. ${conventionText(study)}.`,
      "TableNote",
    ),
    text("For research use. Not a medical device; not for decisions about a patient.", "TableNote"),
    heading("Methods"),
    ...paragraphs(results.methods).map((one) => text(one)),
    heading("Results"),
    ...paragraphs(resultSentences(results)).map((one) => text(one)),
    ...blocks,
    ...(generalNotes.length === 0 ? [] : [heading("Notes on the study as a whole"), ...generalNotes.map(note)]),
    heading("What was left out, and why"),
    ...(results.issues.length === 0
      ? [text("Nothing was left out.")]
      : issueEntries(results.issues).map((entry) => text(`${entry.text} (${entry.place})`))),
    ...(supplement.length === 0
      ? []
      : [
          new d.Paragraph({
            heading: d.HeadingLevel.TITLE,
            pageBreakBefore: true,
            children: [new d.TextRun("Supplement")],
          }),
          ...supplement,
        ]),
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
