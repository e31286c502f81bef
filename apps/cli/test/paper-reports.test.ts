import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { auditDocuments, type Cell, type Provenance, type Results } from "@livermark/analysis";
import { sha256Hex, unwrap } from "@livermark/core";
import { PAPER_COHORTS, paperCohort } from "@livermark/phantom";
import { readAuditDocument, writeFolder } from "@livermark/pipeline";
import { reportFiles, reportFormats } from "@livermark/report";
import ExcelJS from "exceljs";
import { type Browser, chromium } from "playwright-core";
import { describeWithTools, findTool, runTool, sized, temporaryFolder } from "testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { command as predict } from "../src/commands/predict.js";
import { command as run } from "../src/commands/run.js";
import { json } from "./support.js";

/** Everything but the two raster formats, which are the SVG once more. */
const FORMATS = reportFormats.filter((format) => format !== "png" && format !== "tiff");
const AXE =
  "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then((r) => r.violations.map((v) => v.id + ': ' + v.nodes.slice(0, 3).map((n) => n.target).join(' | ')))";

type Files = ReadonlyMap<string, Uint8Array>;

const hashes = (files: Files): readonly string[] =>
  [...files].map(([path, bytes]) => `${path} ${sha256Hex(Buffer.from(bytes).toString("base64"))}`);

async function audited(path: string, bytes: Uint8Array): Promise<readonly string[]> {
  return auditDocuments([unwrap(await readAuditDocument(path, bytes))]).map(
    (one) => `${path}: ${one.certainty} ${one.code}: ${one.quotes.map(({ text }) => text).join(" / ")}`,
  );
}

describe.each(sized(["adc-early-progression"], PAPER_COHORTS).map((id) => [id] as const))(
  "the report of a cohort with the margins of %s",
  (id) => {
    const folder = temporaryFolder(`paper-${id}`);
    const bundle = join(folder, "study");
    let results: Results;
    let provenance: Provenance;
    let files: Files;

    const made = async (): Promise<Files> =>
      new Map(unwrap(await reportFiles(results, provenance, FORMATS)).map(({ path, bytes }) => [path, bytes]));
    const written = (path: string): string => join(folder, "out", path);

    beforeAll(async () => {
      writeFolder(bundle, unwrap(paperCohort(id, 1)).files);
      await json(run, bundle);
      const read = <T>(name: string): T => JSON.parse(readFileSync(join(bundle, "out", name), "utf8")) as T;
      results = read<Results>("results.json");
      provenance = read<Provenance>("provenance.json");
      files = await made();
      writeFolder(
        join(folder, "out"),
        [...files].map(([path, bytes]) => ({ path, bytes })),
      );
    }, 600_000);

    it("has every format, and the same bytes once more", async () => {
      expect(hashes(await made())).toEqual(hashes(files));
      expect(files.size).toBeGreaterThan(3 * results.tables.length + 3 * results.figures.length);
    }, 300_000);

    it("the workbook holds the numbers of results.json", async () => {
      const bytes = files.get("tables/tables.xlsx")!;
      const book = new ExcelJS.Workbook();
      await book.xlsx.load(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer);
      const byId = new Map<string, readonly unknown[]>();
      book.getWorksheet("Numbers")!.eachRow((row) => byId.set(String(row.getCell(4).value), row.values as unknown[]));
      let compared = 0;
      for (const { rows } of results.tables)
        for (const { cells } of rows)
          for (const cell of Object.values(cells)) {
            if (cell.id === null || !("value" in cell)) continue;
            expect(byId.get(cell.id)?.[7], cell.id).toBe(cell.value);
            compared++;
          }
      expect(compared).toBeGreaterThan(50);
    });

    it("the auditor finds nothing in any format that it reads", async () => {
      const read = new Map([...files].filter(([path]) => /^(report\.|checklists|tables\/)/.test(path)));
      read.delete("report.crate.zip");
      read.set("results.json", readFileSync(join(bundle, "out", "results.json")));
      const found: string[] = [];
      for (const [path, bytes] of read) found.push(...(await audited(path, bytes)));
      expect(found).toEqual([]);
      const kinds = new Set([...read.keys()].map((path) => path.split(".").at(-1)));
      expect([...kinds].sort()).toEqual(["csv", "docx", "html", "json", "md", "pdf", "tex", "xlsx"]);
    }, 600_000);

    it("and finds a wrong number in every one of them", async () => {
      let wrong = "";
      const damaged = (cell: Cell, heading: string): Cell => {
        if (wrong !== "" || cell.kind !== "estimate" || cell.high === null || !/\b(?:HR|OR)\b/.test(heading))
          return cell;
        const value = 2 * cell.high + 1;
        wrong = value.toFixed(cell.decimals);
        return { ...cell, value };
      };
      const tables = results.tables.map((table) => ({
        ...table,
        rows: table.rows.map((row) => ({
          ...row,
          cells: Object.fromEntries(
            Object.entries(row.cells).map(([key, cell]) => [
              key,
              damaged(cell, table.columns.find((column) => column.key === key)?.label ?? ""),
            ]),
          ),
        })),
      }));
      expect(wrong).not.toBe("");
      const formats = ["html", "pdf", "docx", "xlsx", "csv", "tex", "md"] as const;
      const made = unwrap(await reportFiles({ ...results, tables }, provenance, formats));
      const heard = new Set<string>();
      for (const { path, bytes } of [
        ...made.filter(({ path }) => /^(report\.|tables\/)/.test(path)),
        { path: "results.json", bytes: new TextEncoder().encode(JSON.stringify({ ...results, tables })) },
      ])
        for (const finding of await audited(path, bytes))
          if (finding.includes(wrong)) heard.add(path.split(".").at(-1) ?? "");
      expect([...heard].sort()).toEqual([...formats, "json"].sort());
    }, 600_000);

    describeWithTools("in R", ["Rscript"], () => {
      it("every number of recompute.R agrees", () => {
        const lines = runTool("Rscript", ["recompute.R"], join(folder, "out")).trim().split("\n");
        const [, agreed, all] = /^(\d+) of (\d+) numbers agree$/.exec(lines.at(-1) ?? "") ?? [];
        expect(Number(all)).toBeGreaterThan(150);
        expect(agreed).toBe(all);
      }, 300_000);
    });

    describeWithTools("in print", ["pdffonts"], () => {
      it("every font is embedded", () => {
        const fonts = runTool("pdffonts", [written("report.pdf")])
          .trim()
          .split("\n")
          .slice(2);
        expect(fonts.length).toBeGreaterThan(0);
        for (const line of fonts) expect(line).toMatch(/(?:SourceSans3|DejaVuSans).* yes yes yes /);
      });
    });

    describeWithTools("in a browser", ["chromium"], () => {
      let browser: Browser;
      beforeAll(async () => {
        browser = await chromium.launch({ executablePath: findTool("chromium")!, args: ["--no-sandbox"] });
      });
      afterAll(() => browser.close());

      it("axe finds no violation", async () => {
        const context = await browser.newContext({ bypassCSP: true });
        const page = await context.newPage();
        const asked: string[] = [];
        page.on("request", (request) => {
          if (!/^(?:file|data):/.test(request.url())) asked.push(request.url());
        });
        await page.goto(pathToFileURL(written("report.html")).href);
        await page.addScriptTag({
          content: readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"),
        });
        expect(await page.evaluate<string[]>(AXE)).toEqual([]);
        expect(asked).toEqual([]);
        await context.close();
      }, 300_000);

      it("calculators say what livermark predict says", async () => {
        const pages = [...files.keys()].filter((path) => path.startsWith("calculators/"));
        expect(pages.length).toBeGreaterThan(0);
        for (const path of pages) {
          const page = await browser.newPage();
          await page.goto(pathToFileURL(written(path)).href);
          const model = JSON.parse((await page.textContent("#model"))!) as CalculatorPageModel;
          const patient: { [key: string]: number | string } = {};
          for (const input of model.inputs) {
            if (input.kind === "category") {
              const level = input.levels.at(-1)!.label;
              await page
                .locator("#inputs select")
                .and(page.locator(`[name="${input.key}"]`))
                .selectOption(level);
              patient[input.key] = level;
            } else {
              const middle = Number((((input.low ?? 0) + (input.high ?? 1)) / 2).toPrecision(4));
              await page.locator(`[name="${input.key}"]`).fill(String(middle));
              patient[input.key] = middle * (input.toModelUnit ?? 1);
            }
          }
          const at = [12, 24, 36, 60, 120].filter((month) => month <= (model.baseline?.time.at(-1) ?? 0));
          const told = await json<Told>(
            predict,
            path.includes("/published-") ? model.id : `${join(bundle, "out", "results.json")}#${model.id}`,
            "--input",
            JSON.stringify(patient),
            ...(at.length === 0 ? [] : ["--months", at.join(",")]),
          );
          const value = told.risk?.value ?? told.survival?.at(-1)?.survival;
          const shown = await page.textContent("#risk");
          // A published model without intercept or baseline has points only.
          if (value === undefined)
            expect(shown, path).toMatch(model.kind === "cox" ? /^\d+\.\d\d$/ : /^no probability$/);
          else expect(shown, path).toBe(`${(100 * value).toFixed(1)}%`);
          if (!path.includes("/published-")) expect(value, path).toBeDefined();
          const predictor = /Linear predictor (\u2212?[\d.]+\d)/.exec((await page.textContent("#detail")) ?? "")?.[1];
          expect(Number(predictor?.replace("\u2212", "-")), path).toBeCloseTo(told.linearPredictor, 3);
          await page.close();
        }
      }, 300_000);
    });
  },
);

interface CalculatorPageModel {
  readonly id: string;
  readonly kind: "logistic" | "cox";
  readonly baseline: { readonly time: readonly number[] } | null;
  readonly inputs: readonly (
    | { readonly kind: "category"; readonly key: string; readonly levels: readonly { readonly label: string }[] }
    | {
        readonly kind: "number";
        readonly key: string;
        readonly low: number | null;
        readonly high: number | null;
        readonly toModelUnit?: number;
      }
  )[];
}

interface Told {
  readonly linearPredictor: number;
  readonly risk: { readonly value: number } | null;
  readonly survival: readonly { readonly months: number; readonly survival: number }[] | null;
}
