import type { Results } from "@livermark/analysis";
import { type Block, type Docx, face } from "../tables/word-table.js";
import { guidelines } from "./checklist-items.js";
import { type ChecklistLine, checklist } from "./checklists.js";
import { softwareText } from "./study-facts.js";
import { stableOffice } from "./zip.js";

/** Widths of item, label and answer, in twentieths of a point. */
const columns = [1000, 4300, 4338] as const;

function checklistTable(d: Docx, lines: readonly ChecklistLine[]): Block {
  const cell = (text: string, width: number, bold = false) =>
    new d.TableCell({
      width: { size: width, type: d.WidthType.DXA },
      margins: { top: 40, bottom: 40, left: 80, right: 80 },
      children: [new d.Paragraph({ spacing: { after: 0 }, children: [new d.TextRun({ text, bold, size: 18 })] })],
    });
  const row = (texts: readonly [string, string, string], head: boolean, open = false) =>
    new d.TableRow({
      tableHeader: head,
      cantSplit: true,
      children: texts.map((text, i) => cell(text, columns[i] ?? 0, head || (open && i === 2))),
    });
  return new d.Table({
    columnWidths: [...columns],
    layout: d.TableLayoutType.FIXED,
    rows: [
      row(["Item", "About", "Where in the report"], true),
      ...lines.map(({ number, label, answer }) =>
        row([number, label, answer ?? "open: for the authors"], false, answer === null),
      ),
    ],
  });
}

/**
 * The reporting guidelines as one Word document, a table each on its own page: what the run answers, and what stays open for
 * the authors. The same results give the same bytes.
 */
export async function checklistDocx(results: Results): Promise<Uint8Array> {
  const d = await import("docx");
  const children = guidelines.flatMap(({ name, cite }, i): Block[] => {
    const lines = checklist(results, name);
    const open = lines.filter(({ answer }) => answer === null).length;
    return [
      new d.Paragraph({
        heading: d.HeadingLevel.HEADING_1,
        pageBreakBefore: i > 0,
        children: [new d.TextRun(name)],
      }),
      new d.Paragraph({
        children: [
          new d.TextRun(
            `Items by number in our own short words (${cite}); ${lines.length - open} of ${lines.length} answered from the run, ${open} open.`,
          ),
        ],
      }),
      checklistTable(d, lines),
    ];
  });
  const document = new d.Document({
    title: `Checklists: ${results.study.title}`,
    creator: softwareText(results.study),
    styles: {
      default: {
        document: { run: { font: face, size: 20 }, paragraph: { spacing: { after: 120 } } },
        heading1: {
          run: { font: face, size: 28, bold: true, color: "000000" },
          paragraph: { spacing: { after: 120 } },
        },
      },
    },
    sections: [
      {
        properties: {
          page: { size: { width: 11906, height: 16838 }, margin: { top: 1134, bottom: 1134, left: 1134, right: 1134 } },
        },
        children,
      },
    ],
  });
  return stableOffice(new Uint8Array(await d.Packer.toBuffer(document)));
}
