import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ResultTable } from "@livermark/analysis";
import { sha256Hex, unwrap } from "@livermark/core";
import ExcelJS from "exceljs";
import { strFromU8, unzipSync } from "fflate";
import { chromium } from "playwright-core";
import sharp from "sharp";
import { describeWithTools, findTool, runTool, sized, temporaryFolder } from "testkit";
import { describe, expect, it } from "vitest";
import { checklist } from "../src/documents/checklists.js";
import { reportDocx } from "../src/documents/docx.js";
import { figurePng, figureTiff } from "../src/documents/raster.js";
import { reportFiles, reportFormats } from "../src/documents/report-files.js";
import { resultSentences } from "../src/documents/sentences.js";
import { figurePdf, reportPdf } from "../src/documents/typst.js";
import { figureSvg } from "../src/figures/draw.js";
import { encodePng } from "../src/figures/png.js";
import { htmlReport } from "../src/html/html-report.js";
import { disagreement } from "../src/html/tumour-board.js";
import { itemName, itemNames, outline } from "../src/outline.js";
import { figureCsv, tableCsv } from "../src/tables/csv.js";
import { printTable } from "../src/tables/table-model.js";
import { latexText, tableLatex, tableMarkdown } from "../src/tables/text-tables.js";
import { resultsXlsx } from "../src/tables/xlsx.js";
import { textWidth, wrapText } from "../src/text.js";
import { figureFixtures } from "./fixtures/figures.js";
import { fixtureProvenance, fixtureResults } from "./fixtures/results.js";
import { survivalFigure } from "./fixtures/survival.js";

const results = { ...fixtureResults, figures: figureFixtures.slice(0, sized(2, figureFixtures.length)) };
const hash = (bytes: Uint8Array): string => sha256Hex(Buffer.from(bytes).toString("base64"));
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2100));

describe("reportFiles", () => {
  it("gives the same bytes in every format two seconds later", async () => {
    const once = unwrap(await reportFiles(results, fixtureProvenance, reportFormats));
    await pause();
    const again = unwrap(await reportFiles(results, fixtureProvenance, reportFormats));
    expect(again.map((file) => [file.path, hash(file.bytes)])).toEqual(
      once.map((file) => [file.path, hash(file.bytes)]),
    );
    const extensions = new Set(once.map((file) => file.path.slice(file.path.lastIndexOf(".") + 1)));
    for (const extension of ["html", "pdf", "docx", "xlsx", "csv", "svg", "png", "tif", "tex", "md", "zip"])
      expect(extensions).toContain(extension);
    expect(new Set(once.map((file) => file.path)).size).toBe(once.length);
  });

  it("packs a crate whose metadata name every file by its hash", async () => {
    const [file] = unwrap(await reportFiles(results, fixtureProvenance, ["crate"]));
    const files = unzipSync(file!.bytes);
    const metadata = JSON.parse(strFromU8(files["ro-crate-metadata.json"]!)) as {
      readonly "@graph": readonly { readonly "@id": string; readonly "@type": string }[];
    };
    const ids = new Set(metadata["@graph"].map((entity) => entity["@id"]));
    expect(Object.keys(files)[0]).toBe("ro-crate-metadata.json");
    for (const path of Object.keys(files)) expect(ids).toContain(path);
    const of = (type: string) => metadata["@graph"].filter((entity) => entity["@type"] === type);
    const [action] = of("CreateAction");
    expect(action).toMatchObject({ instrument: { "@id": "#livermark" } });
    // Process Run Crate 0.5: an agent is a person or an organization.
    expect(action).not.toHaveProperty("agent");
  });

  it("packs a crate in which files are parts, and every reference leads to an entity", async () => {
    const [file] = unwrap(await reportFiles(results, fixtureProvenance, ["crate"]));
    const text = strFromU8(unzipSync(file!.bytes)["ro-crate-metadata.json"]!);
    const { "@graph": graph } = JSON.parse(text) as { readonly "@graph": readonly CrateEntity[] };
    const root = graph.find((entity) => entity["@id"] === "./")!;
    const parts = root.hasPart!.map((part) => part["@id"]);
    expect(graph.filter((entity) => entity["@type"] === "File").map((entity) => entity["@id"])).toEqual(parts);
    const ids = new Set(graph.map((entity) => entity["@id"]));
    expect(ids.size).toBe(graph.length);
    const [, ...others] = graph;
    for (const [, id] of JSON.stringify(others).matchAll(/\{"@id":"([^"]+)"\}/g)) expect(ids).toContain(id);
    for (const name of ["name", "description", "license", "conformsTo", "mentions"]) expect(root).toHaveProperty(name);
  });

  it("warns when a crate has no date", async () => {
    const made = await reportFiles(results, fixtureProvenance, ["crate"]);
    expect(made.issues.map((issue) => issue.code)).toEqual(["crate-without-date"]);
  });
});

interface CrateEntity {
  readonly "@id": string;
  readonly "@type": string;
  readonly hasPart?: readonly { readonly "@id": string }[];
}

describe("tables", () => {
  const [baseline, response, survival, cox, acquisition] = fixtureResults.tables.map(printTable);

  it("moves a unit shared by a column into its heading, and only then", () => {
    expect(acquisition!.columns.map((column) => column.unit)).toEqual(["", "mm", "HU", ""]);
    expect(survival!.columns.map((column) => column.unit)).toEqual(["", "", "months", ""]);
    expect(response!.columns.map((column) => column.unit)).toEqual(["", "", ""]);
  });

  it("explains each abbreviation its cells use", () => {
    expect(survival!.footnotes).toContain("NR, not reached.");
    expect(baseline!.footnotes).not.toContain("NR, not reached.");
    expect(acquisition!.footnotes).toContain("—, not available.");
    expect(cox!.spans).toEqual([
      { label: "Univariable", columns: 2 },
      { label: "Multivariable", columns: 2 },
    ]);
  });

  it("disarms formulas in CSV and keeps negative numbers", () => {
    const evil = {
      id: "t",
      title: "t",
      columns: [{ key: "a", label: "=1+1" }],
      rows: [{ label: "@x", cells: { a: { id: null, kind: "text" as const, text: "-5" } } }],
      footnotes: [],
    };
    expect(tableCsv(evil)).toBe(",'=1+1\n'@x,-5\n");
  });

  it("writes a figure's data with all numbers", () => {
    const text = figureCsv(survivalFigure);
    for (const value of survivalFigure.groups[0]!.survival) expect(text).toContain(String(value));
  });

  it("escapes Markdown and LaTeX", () => {
    expect(latexText("50 % of a_b ×10⁻³ mm² < 5 & {x}")).toBe(
      "50 \\% of a\\_b \\ensuremath{\\times}10\\ensuremath{^{-3}} mm\\ensuremath{^2} \\ensuremath{<} 5 \\& \\{x\\}",
    );
    for (const table of fixtureResults.tables) {
      expect(tableMarkdown(table, "1")).toContain(table.title);
      const latex = tableLatex(table);
      expect(latex.match(/\\begin\{/g)).toHaveLength(latex.match(/\\end\{/g)!.length);
    }
  });

  it("keeps in the workbook the numbers of the results, as numbers", async () => {
    const book = new ExcelJS.Workbook();
    const bytes = await resultsXlsx(fixtureResults);
    await book.xlsx.load(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer);
    const byId = new Map<string, readonly unknown[]>();
    book.getWorksheet("Numbers")!.eachRow((row) => byId.set(String(row.getCell(4).value), row.values as unknown[]));
    let compared = 0;
    for (const table of fixtureResults.tables) {
      for (const row of table.rows) {
        for (const cell of Object.values(row.cells)) {
          if (cell.id === null) continue;
          const values = byId.get(cell.id)!;
          if (cell.kind === "estimate")
            expect([values[7], values[8] ?? null, values[9] ?? null]).toEqual([cell.value, cell.low, cell.high]);
          if (cell.kind === "p" || cell.kind === "number") expect(values[7]).toBe(cell.value);
          if (cell.kind === "share") expect([values[11], values[12]]).toEqual([cell.n, cell.total]);
          if (cell.kind === "mean-sd") expect([values[7], values[10]]).toEqual([cell.mean, cell.sd]);
          compared++;
        }
      }
    }
    expect(compared).toBeGreaterThan(80);
    const names = itemNames(fixtureResults);
    expect(book.getWorksheet(names.get("acquisition"))!.getCell("C3").value).toBe(1.25);
  });

  it("has a sheet for each table under its number, laid out for a page", async () => {
    const bytes = await resultsXlsx(fixtureResults);
    const book = new ExcelJS.Workbook();
    await book.xlsx.load(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer);
    const tables = new Map([...itemNames(fixtureResults)].filter(([, name]) => name.startsWith("Table")));
    expect(book.worksheets.map(({ name }) => name)).toEqual(["About", ...tables.values(), "Numbers"]);
    const about = book
      .getWorksheet("About")!
      .getColumn(1)
      .values.map((cell) => JSON.stringify(cell));
    for (const [id, name] of tables) {
      const sheet = book.getWorksheet(name)!;
      expect(
        about.some((cell) => cell?.includes(`#'${name}'!A1`)),
        name,
      ).toBe(true);
      expect(sheet.getCell("A1").text).toMatch(new RegExp(`^${name}\\. `));
      expect(sheet.pageSetup).toMatchObject({ fitToPage: true, fitToWidth: 1, fitToHeight: 0, printTitlesRow: "1:2" });
      expect(sheet.views[0]).toMatchObject({ state: "frozen", xSplit: 1, ySplit: 2 });
      const printed = printTable(fixtureResults.tables.find((table) => table.id === id)!);
      // Nothing is cut off: words wrap or the column holds them, at 5.25 pt to the unit of width.
      sheet.eachRow((row, r) =>
        row.eachCell((cell) => {
          expect(cell.font?.name, `${name} ${cell.address}`).toBe("Arial");
          expect(cell.alignment?.wrapText, `${name} ${cell.address}`).toBe(true);
          const lines = wrapText(cell.text, 5.25 * sheet.getColumn(cell.col).width!, cell.font?.size ?? 10).length;
          if (!cell.isMerged) expect(row.height, `${name} ${cell.address}`).toBeGreaterThan(12 * lines);
          if (r < 3 || cell.isMerged) return;
          const longest = Math.max(...cell.text.split(/[ /–-]/).map((word) => textWidth(word, 10)));
          expect(5.25 * sheet.getColumn(cell.col).width!, `${name} ${cell.address} ${cell.text}`).toBeGreaterThan(
            longest,
          );
        }),
      );
      for (const note of printed.footnotes) {
        const row = sheet.getColumn(1).values.indexOf(note);
        expect(row, note).toBeGreaterThan(2);
        expect(sheet.getRow(row).height).toBeGreaterThan(12);
      }
    }
  });
});

/** Value of a short tag in the first directory of a little-endian TIFF; 259 is the compression, 5 means LZW. */
function tiffTag(bytes: Uint8Array, tag: number): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const directory = view.getUint32(4, true);
  const entries = Array.from({ length: view.getUint16(directory, true) }, (_, i) => directory + 2 + 12 * i);
  const entry = entries.find((at) => view.getUint16(at, true) === tag);
  return entry === undefined ? undefined : view.getUint16(entry + 8, true);
}

describe("pictures", () => {
  const svg = figureSvg(survivalFigure);

  it("are 600 dpi at final size", async () => {
    const png = await sharp(unwrap(await figurePng(svg))).metadata();
    expect([png.width, png.density]).toEqual([2100, 600]);
    const bytes = unwrap(await figureTiff(svg));
    const tiff = await sharp(bytes).metadata();
    expect([tiff.width, Math.round(tiff.density!), tiff.channels]).toEqual([2100, 600, 3]);
    expect(tiffTag(bytes, 259)).toBe(5);
  });

  it("name a glyph that no font has", async () => {
    const made = await figurePng(figureSvg({ ...survivalFigure, timeLabel: "Monate 肝" }), 72);
    expect(made.issues.map((issue) => issue.code)).toEqual(["glyph-missing"]);
  });

  it("encodes PNG as a reader decodes it", async () => {
    const pixels = Uint8Array.from({ length: 6 }, (_, i) => 40 * i);
    const { data, info } = await sharp(encodePng(3, 2, pixels))
      .toColourspace("b-w")
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([3, 2]);
    expect([...data].filter((_, i) => i % info.channels === 0)).toEqual([...pixels]);
    expect(() => encodePng(3, 3, pixels)).toThrow();
  });
});

describeWithTools("PDF", ["pdffonts"], () => {
  const folder = temporaryFolder("pdf");

  it.each(["report", "figure"])("embeds every font (%s)", async (what) => {
    const bytes = unwrap(
      what === "report" ? await reportPdf(results, fixtureProvenance) : await figurePdf(figureSvg(survivalFigure)),
    );
    writeFileSync(join(folder, `${what}.pdf`), bytes);
    const lines = runTool("pdffonts", [join(folder, `${what}.pdf`)])
      .trim()
      .split("\n")
      .slice(2);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      expect(line).toMatch(/SourceSans3|DejaVuSans/);
      expect(line).toMatch(/ yes yes yes /);
    }
  });
});

describeWithTools("PDF contents", ["pdftotext"], () => {
  const folder = temporaryFolder("pdf-contents");

  it("name every table and figure, those of the supplement where it begins", async () => {
    const whole = { ...fixtureResults, figures: figureFixtures };
    writeFileSync(join(folder, "report.pdf"), unwrap(await reportPdf(whole, fixtureProvenance)));
    const text = runTool("pdftotext", ["-layout", join(folder, "report.pdf"), "-"]);
    const [before = "", behind = ""] = text.split(/^\f? *Supplement$/m);
    const { sections } = outline(whole);
    expect(new Set(sections.map(({ supplement }) => supplement)).size).toBe(2);
    for (const { supplement, items } of sections)
      for (const item of items) {
        const entry = `${itemName(item)}. `;
        const part = supplement ? behind : before;
        // Once in the contents, once above the table or under the figure.
        expect(part.split(entry).length, entry).toBe(3);
      }
  });
});

describeWithTools("a table longer than a page", ["pdftotext", "chromium"], () => {
  const folder = temporaryFolder("long-table");

  /** Groups of three rows, and a few rows before them that move where the pages end. */
  const longTable = (before: number): ResultTable => {
    const row = (label: string, indent: 0 | 1, n: number | null): ResultTable["rows"][number] => ({
      label,
      indent,
      cells: n === null ? {} : { n: { id: null, kind: "count", n } },
    });
    return {
      id: "baseline",
      title: "Many rows",
      columns: [{ key: "n", label: "Patients" }],
      rows: [
        ...Array.from({ length: before }, (_, i) => row(`Alone ${i}`, 0, i)),
        ...Array.from({ length: 40 }, (_, i) => [
          row(`Group ${i}`, 0, null),
          ...["first", "second", "third"].map((member) => row(`${member} of ${i}`, 1, i)),
        ]).flat(),
      ],
      footnotes: ["First note.", "Second note.", "Third note.", "Fourth note.", "Fifth note."],
    };
  };

  /** Where pages end wrongly: on the name of a group, or with notes that have left their table. */
  function faults(pdf: string): readonly string[] {
    const pages = runTool("pdftotext", ["-layout", pdf, "-"]).split("\f");
    expect(pages.filter((page) => page.includes("second of")).length).toBeGreaterThan(2);
    return pages.flatMap((page, i) => {
      const lines = page
        .split("\n")
        .flatMap((line) => /^ *((?:Group|first|second|third|Fifth|First)\b.*?)(?: {2}.*)?$/.exec(line)?.[1] ?? []);
      const last = lines.at(-1) ?? "";
      const members = lines.filter((line) => / of \d+$/.test(line)).length;
      return [
        ...(/^Group/.test(last) ? [`page ${i + 1} ends on ${last}`] : []),
        ...(lines.includes("Fifth note.") && (members < 3 || !lines.includes("First note."))
          ? [`the notes stand alone on page ${i + 1}`]
          : []),
      ];
    });
  }

  it.each([0, 1, 2, 3, 4].map((before) => [before] as const))("PDF, moved by %i rows", async (before) => {
    const path = join(folder, `typst-${before}.pdf`);
    const only = { ...fixtureResults, figures: [], tables: [longTable(before)] };
    writeFileSync(path, unwrap(await reportPdf(only, fixtureProvenance)));
    expect(faults(path)).toEqual([]);
  });

  it("HTML, printed", async () => {
    const browser = await chromium.launch({ executablePath: findTool("chromium")!, args: ["--no-sandbox"] });
    const page = await browser.newPage();
    const found: string[] = [];
    for (const before of [0, 1, 2, 3, 4]) {
      const path = join(folder, `html-${before}.pdf`);
      const only = { ...fixtureResults, figures: [], tables: [longTable(before)] };
      await page.setContent(htmlReport(only, fixtureProvenance));
      writeFileSync(path, await page.pdf({ preferCSSPageSize: true }));
      found.push(...faults(path));
    }
    await browser.close();
    expect(found).toEqual([]);
  });
});

describeWithTools("DOCX", ["soffice"], () => {
  const folder = temporaryFolder("docx");

  it("opens in LibreOffice with its tables and figures", async () => {
    writeFileSync(join(folder, "report.docx"), unwrap(await reportDocx(results)));
    runTool("soffice", [
      `-env:UserInstallation=file://${folder}/profile`,
      "--headless",
      "--convert-to",
      "txt:Text",
      "--outdir",
      folder,
      join(folder, "report.docx"),
    ]);
    expect(readdirSync(folder)).toContain("report.txt");
    expect(existsSync(join(folder, "report.txt"))).toBe(true);
    const files = unzipSync(unwrap(await reportDocx(results)));
    const document = strFromU8(files["word/document.xml"]!);
    expect(document.match(/<w:tbl>/g)).toHaveLength(results.tables.length);
    expect(document.match(/<wp:docPr /g)).toHaveLength(results.figures.length + 1);
  });
});

describe("words", () => {
  it("state numbers and conclude nothing", () => {
    expect(resultSentences(fixtureResults)).toEqual([
      "Of 203 patients screened, 119 were analysed (left out: 41 no arterial-phase CT within 3 months before treatment; 19 treated elsewhere at follow-up; 8 other primary liver tumour; 11 subtraction refused: liver moved by more than 10 mm; 5 no non-tumoral parenchyma for the reference region).",
      "Median overall survival was 34.8 (26.2–NR) months (responder) and 13.2 (8.3–18.2) months (non-responder), p < .001 (Table 4).",
      "Median time to untreatable progression was not reached (24.1–NR) (responder) and 22.7 (15.9–31.4) months (non-responder), p = .022 (Table 4).",
      "Median whole-body PFS was 14.6 (10.8–18.9) months (responder) and 9.1 (6.4–12.0) months (non-responder), p = .04997 (Table 4).",
    ]);
  });

  it("name tables by what made them, runs of numbers as ranges", () => {
    const [table] = fixtureResults.tables;
    const ids = ["survival.OS", "survival.PFS", "follow-up", "model.os", "model.os.performance", "model.pfs", "roc"];
    const tables = ids.map((id) => ({ ...table!, id, title: `Overall survival ${id}` }));
    const answers = checklist({ ...fixtureResults, tables, figures: [] }, "REMARK").map(({ answer }) => answer);
    expect(answers).toContain("Tables 1–3");
    expect(answers).toContain("Tables 4, 5");
    expect(answers.filter((answer) => answer?.startsWith("Flow chart"))[0]).toBe(
      "Flow chart: screened 203; eligible 135; analysed 119",
    );
  });

  it("fill a checklist from the run and leave open what it cannot know", () => {
    const lines = checklist(fixtureResults, "REMARK");
    expect(lines).toHaveLength(20);
    expect(lines.find((line) => line.number === "12")!.answer).toContain("screened 203");
    expect(lines.find((line) => line.number === "9")!.answer).toBeNull();
    const told = {
      ...fixtureResults,
      checklist: [{ guideline: "REMARK" as const, item: "9", answer: "Planned for 68 events." }],
    };
    expect(checklist(told, "REMARK")[8]!.answer).toBe("Planned for 68 events.");
  });

  it("say whether criteria disagree", () => {
    const verdict = (criterion: string, word: string) => ({ criterion, verdict: word, why: "" });
    expect(disagreement([verdict("RECIST 1.1", "SD"), verdict("mRECIST", "PR"), verdict("LETB", "PR")])).toBe(
      "The criteria disagree: SD by RECIST 1.1; PR by mRECIST and LETB.",
    );
    expect(disagreement([verdict("RECIST 1.1", "SD"), verdict("mRECIST", "SD")])).toBe("All criteria agree: SD.");
    expect(disagreement([verdict("RECIST 1.1", "SD")])).toBe("");
    expect(disagreement([verdict("mRECIST", "PR"), verdict("LETB change", "responder")])).toBe(
      "All criteria agree: PR by mRECIST; responder by LETB change.",
    );
    expect(disagreement([verdict("mRECIST", "SD"), verdict("LETB change", "responder")])).toBe(
      "The criteria disagree: SD by mRECIST; responder by LETB change.",
    );
    expect(disagreement([])).toBe("");
  });
});
