import type { ResultTable } from "@livermark/analysis";
import { fitColumns } from "./column-widths.js";
import { columnHeading, isWordColumn, printTable } from "./table-model.js";

export type Docx = typeof import("docx");
export type Block = InstanceType<Docx["Paragraph"]> | InstanceType<Docx["Table"]>;

// A face that every reader has: Word embeds none of ours.
export const face = "Arial";
/** A4 less its margins. */
const PAGE_PT = 481.9;
/** Arial runs up to a fifth wider than the face that is measured, the widest of its substitutes two fifths. */
export const STRETCH = 1.38;
const SIZES_PT = [9, 8.5, 8, 7.5, 7];

/** A journal table: rules above, below the head and at the end; no vertical lines. */
export function wordTable(d: Docx, table: ResultTable, number: string): Block[] {
  const printed = printTable(table);
  const none = { style: d.BorderStyle.NONE, size: 0, color: "auto" } as const;
  const rule = (size: number) => ({ style: d.BorderStyle.SINGLE, size, color: "000000" }) as const;
  const { sizePt, widthsPt } = fitColumns(printed, PAGE_PT, SIZES_PT, STRETCH);
  const twips = widthsPt.map((width) => Math.floor(width * 20));
  const run = (text: string, bold = false) => new d.TextRun({ text, bold, size: 2 * sizePt });
  const cell = (
    text: string,
    options: {
      readonly bold?: boolean;
      readonly first?: boolean;
      readonly left?: boolean;
      readonly indent?: boolean;
      readonly span?: number;
      readonly keep?: boolean;
      readonly top?: number;
      readonly bottom?: number;
    },
  ) =>
    new d.TableCell({
      ...(options.span === undefined ? {} : { columnSpan: options.span }),
      verticalAlign: options.bold === true ? d.VerticalAlign.BOTTOM : d.VerticalAlign.TOP,
      margins: { top: 30, bottom: 30, left: options.first === true ? 0 : 60, right: 60 },
      borders: {
        left: none,
        right: none,
        top: options.top === undefined ? none : rule(options.top),
        bottom: options.bottom === undefined ? none : rule(options.bottom),
      },
      children: [
        new d.Paragraph({
          style: "TableText",
          keepNext: options.keep ?? true,
          alignment: options.first === true || options.left === true ? d.AlignmentType.LEFT : d.AlignmentType.CENTER,
          ...(options.indent === true ? { indent: { left: 200 } } : {}),
          children: [run(text, options.bold)],
        }),
      ],
    });
  const hasSpans = printed.spans.length > 0;
  const spanRow = hasSpans
    ? [
        new d.TableRow({
          tableHeader: true,
          cantSplit: true,
          children: [
            cell("", { first: true, top: 12 }),
            ...printed.spans.map(({ label, columns }) =>
              cell(label, { bold: true, span: columns, top: 12, ...(label === "" ? {} : { bottom: 4 }) }),
            ),
          ],
        }),
      ]
    : [];
  const headTop = hasSpans ? {} : { top: 12 };
  const last = printed.rows.length - 1;
  const together = printed.rows.length <= 30;
  // A heading never stands alone at the foot of a page.
  const keeps = (r: number): boolean =>
    (together && r !== last) || (printed.rows[r]!.indent === 0 && printed.rows[r + 1]?.indent === 1);
  const rows = [
    ...spanRow,
    new d.TableRow({
      tableHeader: true,
      cantSplit: true,
      children: [
        cell("", { first: true, bottom: 6, ...headTop }),
        ...printed.columns.map((column, c) =>
          cell(columnHeading(column), { bold: true, left: isWordColumn(printed, c), bottom: 6, ...headTop }),
        ),
      ],
    }),
    ...printed.rows.map(
      (row, r) =>
        new d.TableRow({
          cantSplit: true,
          children: [
            cell(row.label, {
              first: true,
              indent: row.indent === 1,
              keep: keeps(r),
              ...(r === last ? { bottom: 12 } : {}),
            }),
            ...row.cells.map((one, c) =>
              cell(one.text, {
                left: isWordColumn(printed, c),
                keep: keeps(r),
                ...(r === last ? { bottom: 12 } : {}),
              }),
            ),
          ],
        }),
    ),
  ];
  return [
    new d.Paragraph({
      style: "Caption",
      keepNext: true,
      children: [new d.TextRun({ text: `Table ${number}. `, bold: true }), new d.TextRun(printed.title)],
    }),
    new d.Table({
      width: { size: twips.reduce((sum, width) => sum + width, 0), type: d.WidthType.DXA },
      columnWidths: twips,
      layout: d.TableLayoutType.FIXED,
      rows,
    }),
    ...printed.footnotes.map((note) => new d.Paragraph({ style: "TableNote", children: [new d.TextRun(note)] })),
    new d.Paragraph({ children: [] }),
  ];
}
