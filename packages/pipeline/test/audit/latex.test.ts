import { auditDocuments, type ResultTable } from "@livermark/analysis";
import { random, unwrap } from "@livermark/core";
import { tableCsv, tableLatex, tableMarkdown } from "@livermark/report";
import { strToU8 } from "fflate";
import { sized } from "testkit";
import { describe, expect, it } from "vitest";
import { readAuditDocument } from "../../src/audit/read.js";

const read = async (source: string, file = "a.tex") => readAuditDocument(file, strToU8(source));
const blocks = async (source: string) => unwrap(await read(source)).blocks;
const rows = async (source: string) =>
  (await blocks(source)).flatMap((block) => (block.kind === "row" ? [`${block.line}: ${block.text.trim()}`] : []));
const texts = async (source: string) =>
  (await blocks(source)).flatMap((block) => (block.kind === "text" ? [`${block.line}: ${block.text.trim()}`] : []));
const found = async (source: string, file = "a.tex") =>
  auditDocuments([unwrap(await read(source, file))]).map(
    ({ certainty, code, quotes }) => `${certainty} ${code} ${quotes[0]?.line}: ${quotes[0]?.text}`,
  );

/** A table body in its environment, the body beginning on line 2. */
const table = (columns: string, body: string): string => `\\begin{tabular}{${columns}}\n${body}\n\\end{tabular}`;

describe("tables as authors write them", () => {
  it("booktabs, merged cells, levels, comments and signs", async () => {
    expect(
      await rows(
        table(
          "@{}l *{2}{c} >{\\bfseries}p{2cm}@{}",
          [
            "\\toprule",
            "& \\multicolumn{2}{c}{\\textbf{Group, $n$ (\\%)}} & $P$ \\\\ % heading",
            "\\cmidrule(lr){2-3} \\cmidrule[.5pt](l{1em}r){4-4}",
            "Sex & A ($n=40$) & B & value\\textsuperscript{a} \\\\[2pt]",
            "\\hspace{7pt}Male & 22\\hskip.1cm(55.0\\%) & $18\\,(45.0)$ & $<0.001$ \\\\*",
            "\\rowcolor{gray!10} Age, mean $\\pm$ SD & $60.1 \\pm 9.3$",
            "  & 58.2$\\pm$8 & \\textless.05\\tnote{*} \\tabularnewline",
            "\\multirow{2}{*}{\\makecell[l]{Size\\\\(cm)}} & $\\geq$5 & $\\leq 5$ & {--} \\\\",
            "& 1{,}234 & $1.03\\times10^{-3}$\\,mm$^2$/s & \\\\\\bottomrule",
          ].join("\n"),
        ),
      ),
    ).toEqual([
      "3: | Group, n (%) |  | P",
      "5: Sex | A (n=40) | B | valueᵃ",
      "6: Male | 22 (55.0%) | 18 (45.0) | <0.001",
      "7: Age, mean ± SD | 60.1 ± 9.3 | 58.2 ± 8 | <.05*",
      "9: Size (cm) | ≥5 | ≤5 | –",
      "10: | 1,234 | 1.03×10⁻³ mm²/s |",
    ]);
  });

  it("numbers that a pair of columns aligns are one number", async () => {
    expect(
      await rows(
        table(
          "l r@{}l r@{ (}r@{)} r@{\\quad}l",
          "HR & 0&.56 (0.33--0.95) & 22 & 55.0 & 3 & a \\\\\nOR & \\multicolumn{2}{c}{reference} & & & 4 & b \\\\",
        ),
      ),
    ).toEqual(["2: HR | 0.56 (0.33–0.95) | 22 (55.0) | 3 | a", "3: OR | reference |  | 4 | b"]);
  });

  it("what the declaration of a column prints is printed", async () => {
    expect(
      await rows(
        table("l >{(}r<{\\,\\%)} c@{\\%} S@{ }l", "a & 22 & 5 & 12 & (30.0) \\\\ \\multicolumn{2}{l}{b} & & & \\\\"),
      ),
    ).toEqual(["2: a | (22 %) | 5% | 12 (30.0)", "2: b |  |  |"]);
  });

  it("columns and quantities of siunitx", async () => {
    expect(
      await rows(
        table(
          "l S[table-format=1.2e-1] S",
          "ADC & {Mean} & 1.05e-3 \\\\ \\SI{1.2e-3}{\\milli\\metre\\squared\\per\\second} & \\num{12 \\pm 3} & \\SIrange{2}{5}{\\cm} \\\\ \\qty{65.9}{\\percent} &&",
        ),
      ),
    ).toEqual(["2: ADC | Mean | 1.05 × 10⁻³", "2: 1.2 × 10⁻³ mm²/s | 12 ± 3 | 2 to 5 cm", "2: 65.9 % |  |"]);
  });

  it("a longtable's heading comes once, its foot last, tables in cells are one cell", async () => {
    const source = [
      "\\begin{longtable}{ll}",
      "\\caption{Events \\label{t}}\\\\",
      "Event & \\begin{tabular}[c]{@{}c@{}}n\\\\(\\%)\\end{tabular} \\\\ \\endfirsthead",
      "\\caption[]{(continued)}\\\\ Event & n (\\%) \\\\ \\endhead",
      "\\multicolumn{2}{r}{Continued on the next page} \\\\ \\endfoot",
      "\\multicolumn{2}{l}{Grades by CTCAE 5} \\endlastfoot",
      "Fever & 12 (30\\%) \\\\",
      "\\end{longtable}",
    ].join("\n");
    expect(await rows(source)).toEqual(["3: Event | n (%)", "7: Fever | 12 (30%)", "6: Grades by CTCAE 5 |"]);
    expect(await texts(source)).toEqual(["2: Table 1. Events"]);
  });

  it("tabularx, tabularray and tables within boxes", async () => {
    expect(
      await rows(
        [
          "\\resizebox{\\textwidth}{!}{%",
          "\\begin{tabularx}{\\textwidth}{lX} a & 1 \\\\ \\end{tabularx}}",
          "\\begin{tblr}{colspec={lc}, hlines} \\SetCell[c=2]{c} b & \\\\ c & 2 \\end{tblr}",
        ].join("\n"),
      ),
    ).toEqual(["2: a | 1", "3: b |", "3: c | 2"]);
  });
});

describe("prose as authors write it", () => {
  it("keeps lines, counts captions and leaves out what does not print as text", async () => {
    expect(
      await texts(
        [
          "\\documentclass{article} % 57 (65.9\\%)",
          "\\newcommand{\\hr}[2][HR]{#1 #2}",
          "\\def\\pval#1{$P = #1$}",
          "\\title{Response in 88 patients}",
          "\\author{5 (9\\%)}",
          "\\begin{document}",
          "\\section*{Results}\\label{sec:1}",
          "The \\emph{median} OS~\\cite{a,b} was",
          "14.2 months % 57 (65.9\\%)",
          '(\\hr[aHR]{0.56}, \\pval{0.03}; Fig.~\\ref{f})\\footnote{Of 3 na\\"ive.}.',
          "",
          "\\begin{comment}",
          "57 (65.9\\%)",
          "\\end{comment}",
          "\\begin{figure}[t]\\includegraphics[width=5cm]{a}\\caption[short]{OS at 12~months.}\\end{figure}",
          "\\begin{itemize}\\item[1.] $\\frac{12}{40}$ responded\\item 3\\end{itemize}",
          "\\begin{thebibliography}{9}\\bibitem{a} 2019;30:788--795.\\end{thebibliography}",
          "\\end{document}",
          "57 (65.9\\%)",
        ].join("\n"),
      ),
    ).toEqual([
      "4: Response in 88 patients",
      "7: Results",
      "8: The median OS\u00a0[ref] was \n14.2 months \n(aHR 0.56, P = 0.03; Fig.\u00a0??).",
      "10: Of 3 naïve.",
      "15: Figure 1. OS at 12\u00a0months.",
      "16: 1.  12/40 responded",
      "16: 3",
    ]);
  });

  it("warns of files that are taken in from elsewhere", async () => {
    const result = await read("\\section{A} 5\n\\input{tables/one}");
    expect(result.ok).toBe(true);
    expect(result.issues).toEqual([
      expect.objectContaining({
        code: "included-file-not-read",
        severity: "warning",
        where: { file: "a.tex", line: 2 },
      }),
    ]);
  });
});

describe("findings in LaTeX", () => {
  it("a planted contradiction is found in a table and in prose, with its line", async () => {
    const clean = table(
      "lcc",
      "Response & $n$ (\\%) & HR (95\\% CI) \\\\\nORR & 58 (65.9\\%) & 0.56 (0.33--0.95) \\\\",
    );
    expect(await found(clean)).toEqual([]);
    expect(await found(clean.replace("58 (", "57 ("))).toEqual(["contradiction percent-of-count 3: 57 (65.9%)"]);
    expect(await found(clean.replace("0.56", "0.98"))).toEqual([
      "contradiction estimate-outside-limits 3: 0.98 (0.33–0.95",
    ]);
    expect(
      await found("\\section{Results}\n\nA response was seen in\n$57$~(\\SI{65.9}{\\percent}) of patients."),
    ).toEqual(["contradiction percent-of-count 4: 57 (65.9 %)"]);
    expect(await found("\\emph{The} ADC was above $1.028 \\times 10^{3}$~mm$^2$/s.")).toEqual([
      expect.stringContaining("contradiction diffusion-unit 1"),
    ]);
  });

  it("rates that a citation gives to others stay theirs", async () => {
    expect(await found("\\section{A}\n\nThe ORR was 45.0\\%. The ORR was 31.2\\% \\cite{a}.")).toEqual([]);
    expect(await found("\\section{A}\n\nThe ORR was 45.0\\%. Overall, the ORR was 31.2\\%.")).toEqual([
      "check stated-twice 3: The ORR was 45.0%",
    ]);
  });

  const results: ResultTable = {
    id: "t",
    title: "Models & responses",
    columns: [
      { key: "n", label: "n (%)" },
      { key: "hr", label: "HR (95 % CI)", group: "Univariable" },
      { key: "p", label: "p", group: "Univariable" },
    ],
    rows: [
      ["Age_1", 20, 0.56, 0.02],
      ["ADC ≥1.05 ×10⁻³ mm²/s", 30, 2.31, 0.0004],
      ["Size", 9, 1.92, 0.7],
    ].map(([label, n, value, p]) => ({
      label: String(label),
      indent: 1,
      cells: {
        n: { id: null, kind: "share", n: Number(n), total: 40 },
        hr: {
          id: null,
          kind: "estimate",
          value: Number(value),
          low: 0.33,
          high: 0.95,
          level: 0.95,
          decimals: 2,
          unit: "1",
        },
        p: { id: null, kind: "p", value: Number(p) },
      },
    })),
    footnotes: ["Wald limits; 40 patients."],
  };

  it("of our own table are the same as in its CSV and Markdown", async () => {
    const noLine = (lines: readonly string[]) => lines.map((line) => line.replace(/ \d+:/, ""));
    const tex = noLine(await found(tableLatex(results)));
    expect(tex.length).toBeGreaterThan(1);
    expect(tex).toEqual(noLine(await found(tableCsv(results), "a.csv")));
    expect(tex).toEqual(noLine(await found(tableMarkdown(results, "1"), "a.md")));
  });
});

it("any sequence of its pieces is read or refused, with lines of the file", async () => {
  const pieces =
    String.raw`\begin{tabular}{lr@{}l} \begin{longtable}[c]{*{3}{S}} \begin{tabularx}{5cm}{lX|c} \multicolumn{2}{c} \multirow{2}*
    \\ \\ \\[2pt] & & {a} [ ] $ ^ _ ~ % \% 5 (9.1\%) \newcommand{\x}[1]{#1} \x \caption{A} \cite{b} \SI{5}{\mm} \frac 1
    \' e \item \endhead \endfoot \def\y#1{} \hskip 2pt \begin{itemize} \end{itemize} \footnote{6} \midrule \cmidrule(lr`.split(
      /\s+/,
    );
  const stream = random(7);
  const wanted = sized(400, 4000);
  let read = 0;
  for (let i = 0; i < wanted; i++) {
    const open: string[] = [];
    const drawn = Array.from({ length: 30 }, () => {
      const piece = stream.uniform() < 0.005 ? "{" : (pieces[Math.floor(stream.uniform() * pieces.length)] ?? "");
      const table = /^\\begin\{(.*(?:tabular|table).*?)\}/.exec(piece)?.[1];
      if (table !== undefined) open.push(table);
      return piece + (stream.uniform() < 0.3 ? "\n" : " ");
    });
    const source = `${drawn.join("")}\n${open
      .map((name) => `\\end{${name}}`)
      .reverse()
      .join("")}`;
    const result = await readAuditDocument("a.tex", strToU8(`\\section{A} 5 ${source}`));
    if (!result.ok) expect(result.issues[0]?.code).toBe("unreadable-document");
    else {
      read++;
      const lines = source.split("\n").length;
      for (const { line } of result.value.blocks) expect(line >= 1 && line <= lines, source).toBe(true);
      auditDocuments([result.value]);
    }
  }
  expect(read).toBeGreaterThan(wanted / 4);
});

describe("what is no LaTeX is refused", () => {
  it.each([
    ["not-latex", "ORR 57 (65.9%)"],
    ["not-latex", "\\input texinfo\n@settitle 5"],
    ["unreadable-document", "\\begin{tabular}{ll}\n5 & 6 \\\\"],
    ["unreadable-document", "5 \\end{tabular}"],
    ["unreadable-document", "\\textbf{5 (9\\%)"],
    ["unreadable-document", `\\section{A} ${"\\frac{".repeat(5000)}5${"}".repeat(5000)}`],
    ["unreadable-document", `${"\\begin{tabular}{l}".repeat(500)}5${"\\end{tabular}".repeat(500)}`],
    ["unreadable-document", "\\newcommand{\\loop}{5 \\loop\\loop}\\section{A}\\loop"],
    ["no-numbers", "\\section{Words}"],
    ["not-text", "\\section{A}\0 5"],
  ])("%s: %s", async (code, source) => {
    const result = await read(source);
    expect(result.ok).toBe(false);
    expect(result.issues[0]).toMatchObject({ code, where: { file: "a.tex" } });
  });
});
