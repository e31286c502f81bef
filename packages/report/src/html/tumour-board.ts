import type { Cell, ImagePanelFigure, TimeLineFigure } from "@livermark/analysis";
import { sentence } from "../documents/sentences.js";
import { figureSvg } from "../figures/draw.js";
import { formatCell } from "../format.js";
import { escapeXml } from "../markup.js";
import { capital, typeset } from "../typeset.js";
import { pageStyle } from "./html-style.js";

/** What a tumour board sees of one patient on one page. It states and never recommends. */
export interface TumourBoardSheet {
  /** Pseudonym only. */
  readonly patient: string;
  readonly study: string;
  readonly protocol: string;
  readonly software: string;
  readonly lock: string | null;
  readonly timeLine: TimeLineFigure | null;
  readonly images: ImagePanelFigure | null;
  readonly timePoints: readonly string[];
  /** e.g. longest diameter, viable diameter, LETB, ADC: one cell for each time point, null where not measured. */
  readonly measures: readonly { readonly label: string; readonly cells: readonly (Cell | null)[] }[];
  readonly verdicts: readonly { readonly criterion: string; readonly verdict: string; readonly why: string }[];
  readonly liver: readonly { readonly label: string; readonly cells: readonly (Cell | null)[] }[];
  /** What boards were asked and decided before, by day. */
  readonly decisions: readonly BoardDecision[];
  readonly conventions: string;
}

/** One decision of a tumour board, in the words of its record. */
export interface BoardDecision {
  /** When, e.g. "month 4.2". */
  readonly when: string;
  readonly question: string | null;
  /** The images that were shown. */
  readonly images: string | null;
  readonly decision: string;
  readonly cause: string | null;
}

function decisionsTable(decisions: readonly BoardDecision[]): string {
  if (decisions.length === 0) return "";
  const words = (text: string | null): string => (text === null ? "—" : escapeXml(typeset(text)));
  const columns = (
    [
      ["Question", "question"],
      ["Images shown", "images"],
      ["Decision", "decision"],
      ["Cause", "cause"],
    ] as const
  ).filter(([, key]) => decisions.some((one) => one[key] !== null));
  const head = columns.map(([title]) => `<th scope="col">${title}</th>`).join("");
  const body = decisions
    .map(
      (one) =>
        `<tr><th scope="row">${escapeXml(capital(one.when))}</th>${columns.map(([, key]) => `<td>${words(one[key])}</td>`).join("")}</tr>`,
    )
    .join("");
  return `<section><h2>Decisions of the board</h2><table class="verdicts decisions"><thead><tr><td></td>${head}</tr></thead><tbody>${body}</tbody></table></section>`;
}

function grid(title: string, sheet: TumourBoardSheet, rows: TumourBoardSheet["measures"]): string {
  if (rows.length === 0) return `<section><h2>${title}</h2><p>None recorded.</p></section>`;
  const heads = sheet.timePoints.map((point) => `<th scope="col">${escapeXml(capital(point))}</th>`).join("");
  const body = rows
    .map(
      (row) =>
        `<tr><th scope="row">${escapeXml(typeset(row.label))}</th>${row.cells.map((cell) => `<td>${cell === null ? "—" : escapeXml(formatCell(cell))}</td>`).join("")}</tr>`,
    )
    .join("\n");
  return `<section><h2>${title}</h2><table><thead><tr><td></td>${heads}</tr></thead><tbody>${body}</tbody></table></section>`;
}

/** On which side a verdict stands: response or none; what is neither stands for itself. */
const sideOf = (verdict: string): string =>
  /^(?:CR|PR|responder)$/i.test(verdict) ? "response" : /^(?:SD|PD|non-?responder)$/i.test(verdict) ? "none" : verdict;

/** Whether the criteria agree, and if not, who says what. A responder agrees with CR and PR, a non-responder with SD and PD. */
export function disagreement(verdicts: TumourBoardSheet["verdicts"]): string {
  const by = new Map<string, string[]>();
  for (const { criterion, verdict } of verdicts) by.set(verdict, [...(by.get(verdict) ?? []), criterion]);
  if (verdicts.length < 2) return "";
  if (by.size === 1) return `All criteria agree: ${verdicts[0]!.verdict}.`;
  const said = [...by].map(([verdict, criteria]) => `${verdict} by ${criteria.join(" and ")}`).join("; ");
  const classes = new Set(verdicts.map(({ verdict }) => verdict).filter((verdict) => !/respon/i.test(verdict)));
  const sides = new Set(verdicts.map(({ verdict }) => sideOf(verdict)));
  return `${classes.size < 2 && sides.size === 1 ? "All criteria agree" : "The criteria disagree"}: ${said}.`;
}

const verdictLine = ({ verdicts }: TumourBoardSheet): string => {
  const line = disagreement(verdicts);
  return line === "" ? "" : `<p>${escapeXml(typeset(line))}</p>`;
};

const style = (): string => `${pageStyle()}
body{font-size:14px;line-height:1.35}
.page{max-width:50rem;margin:0 auto;padding:1.5rem}
h1{font-size:1.5rem;margin:0}
h2{font-size:1rem;margin:1rem 0 .3rem}
.draw svg{width:100%;height:auto;display:block}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
thead *{border-top:1.2px solid var(--ink);border-bottom:.6px solid var(--ink)}
tbody tr:last-child>*{border-bottom:1.2px solid var(--ink)}
th,td{padding:.15rem .5rem;text-align:center}
th[scope=row]{text-align:left;font-weight:400;padding-left:0}
.two{display:grid;grid-template-columns:1fr 1fr;gap:0 2rem}
.verdicts th[scope=row]{white-space:nowrap}
.verdicts tr>:last-child,.decisions td,.decisions thead th{text-align:left}
.page p{max-width:none}
footer{margin-top:1rem;font-size:.8rem;color:var(--muted)}
@page{size:A4;margin:12mm}
@media print{body{font-size:8.5pt;line-height:1.3}th,td{padding-block:.04rem}.page{padding:0;max-width:none}h1{font-size:14pt}h2{font-size:10pt;margin:.5rem 0 .2rem}p{margin:0}.draw svg{width:auto;max-width:100%}.draw.images svg{max-height:60mm}section:not(:has(.verdicts)) th[scope=row]{white-space:nowrap}footer{margin-top:.5rem;font-size:7pt}section,figure{break-inside:avoid}}
`;

/** One A4 page as self-contained HTML: course, images, measures with intervals, verdicts and why they differ, liver function. */
export function tumourBoardHtml(sheet: TumourBoardSheet): string {
  const verdicts =
    sheet.verdicts.length === 0
      ? ""
      : `<section><h2>Response by each criterion</h2><table class="verdicts"><thead><tr><th scope="col">Criterion</th><th scope="col">Verdict</th><th scope="col">Because</th></tr></thead><tbody>${sheet.verdicts
          .map(
            (one) =>
              `<tr><th scope="row">${escapeXml(typeset(one.criterion))}</th><td><b>${escapeXml(one.verdict)}</b></td><td>${escapeXml(sentence(typeset(capital(one.why))).replace(/(?<=\d) (?=mm\b)/g, "\u00a0"))}</td></tr>`,
          )
          .join("")}</tbody></table>${verdictLine(sheet)}</section>`;
  // Two images side by side are drawn for a column, so that their words keep their size on paper.
  const draw = (figure: TimeLineFigure | ImagePanelFigure | null, title: string, kind = ""): string =>
    figure === null
      ? ""
      : `<section><h2>${title}</h2><div class="draw${kind}">${figureSvg(figure, { theme: "auto", width: "column", low: true })}</div></section>`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tumour board: ${escapeXml(sheet.patient)}</title>
<style>
${style()}</style>
</head>
<body>
<main class="page">
<h1>Patient ${escapeXml(sheet.patient)}</h1>
<p class="quiet">${escapeXml(sheet.study)}, protocol ${escapeXml(sheet.protocol)}</p>
${draw(sheet.timeLine, "Course")}
${draw(sheet.images, "Key images", " images")}
${grid("Measurements", sheet, sheet.measures)}
${verdicts}
${grid("Liver function", sheet, sheet.liver)}
${decisionsTable(sheet.decisions)}
<footer>${escapeXml(sheet.software)}. Data lock: ${escapeXml(sheet.lock ?? "none given")}. ${escapeXml(sentence(typeset(sheet.conventions)))} Intervals are those of the measurement. For research use; not a medical device; states findings and recommends nothing.</footer>
</main>
</body>
</html>
`;
}
