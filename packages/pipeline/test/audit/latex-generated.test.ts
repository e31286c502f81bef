import { auditDocuments } from "@livermark/analysis";
import { unwrap } from "@livermark/core";
import { strToU8 } from "fflate";
import { sized } from "testkit";
import { expect, it } from "vitest";
import { ERRORS, makeText, STYLES } from "../../../analysis/test/audit/generator.js";
import { pipeCells } from "../../src/audit/plain.js";
import { readAuditDocument } from "../../src/audit/read.js";

const SIGNS: Readonly<Record<string, string>> = {
  "%": "\\%",
  "&": "\\&",
  "±": "$\\pm$",
  "×": "$\\times$",
  "≥": "$\\geq$",
  "≤": "$\\le$",
  "<": "\\textless{}",
  ">": "$>$",
  "–": "--",
  "−": "$-$",
  "^": "\\textasciicircum{}",
  "\u2009": "\\,",
  "\u00a0": "~",
};
const inLatex = (text: string): string => [...text].map((char) => SIGNS[char] ?? char).join("");

/** The same lines as LaTeX source: pipe tables as booktabs tables, which take two lines more. */
function latexOf(markdown: string): string {
  const lines = markdown.split("\n");
  return lines
    .map((line, i) => {
      if (!line.startsWith("|")) return inLatex(line);
      const cells = pipeCells(line).map((cell) => inLatex(cell.trim()));
      const row = line.startsWith("|--") ? "\\midrule" : `${cells.join(" & ")} \\\\`;
      const first = lines[i - 1]?.startsWith("|") !== true;
      const last = lines[i + 1]?.startsWith("|") !== true;
      return `${first ? `\\begin{tabular}{l*{${cells.length - 1}}{c}} \\toprule ` : ""}${row}${last ? " \\bottomrule \\end{tabular}" : ""}`;
    })
    .join("\n");
}

const found = async (file: string, text: string): Promise<readonly string[]> =>
  auditDocuments([unwrap(await readAuditDocument(file, strToU8(text)))]).map(
    ({ certainty, code, quotes }) => `${quotes[0]?.line} ${certainty} ${code}`,
  );

it("a results section in LaTeX has the findings of the same section in Markdown, on the same lines", async () => {
  let findings = 0;
  for (const error of [null, ...ERRORS]) {
    for (const style of STYLES) {
      for (let seed = 2001; seed <= 2000 + sized(1, 12); seed++) {
        const { text } = makeText(seed, style, error);
        const wanted = await found("made.md", text);
        expect(await found("made.tex", latexOf(text)), `${error} ${style} ${seed}`).toEqual(wanted);
        if (error === null) expect(wanted).toEqual([]);
        findings += wanted.length;
      }
    }
  }
  expect(findings).toBeGreaterThan(ERRORS.length * STYLES.length);
}, 300_000);
