import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { unwrap } from "@livermark/core";
import { type Browser, chromium } from "playwright-core";
import { describeWithTools, findTool, temporaryFolder } from "testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { predictWith } from "../src/html/calculator.js";
import { calculatorModelOf } from "../src/html/calculator-files.js";
import { calculatorPage } from "../src/html/calculator-page.js";
import { registeredCalculators } from "../src/html/registered-calculators.js";
import { coxModel, logisticModel } from "./fixtures/models.js";
import { fixtureResults } from "./fixtures/results.js";

describe("predictWith", () => {
  it("is the logistic of the linear predictor, with the interval of its variance", () => {
    const answer = unwrap(predictWith(logisticModel, { adc: 1.2, nlr: 3, rim: "present" }));
    const lp = -6.2 + 5.1 * 1.2 - 0.21 * 3 - 0.9;
    expect(answer.linearPredictor).toBeCloseTo(lp, 12);
    expect(answer.probability!.value).toBeCloseTo(1 / (1 + Math.exp(-lp)), 12);
    expect(answer.probability!.low!).toBeLessThan(answer.probability!.value);
    expect(answer.probability!.high!).toBeGreaterThan(answer.probability!.value);
  });

  it("raises the baseline survival to the relative hazard", () => {
    const answer = unwrap(predictWith(coxModel, { ki67: 10 }));
    expect(answer.survival![4]).toBeCloseTo(0.6 ** Math.exp(0.5), 12);
  });

  it("gives no probability without an intercept", () => {
    const answer = unwrap(predictWith({ ...logisticModel, intercept: null }, { adc: 1.2, nlr: 3, rim: "absent" }));
    expect(answer.probability).toBeNull();
  });

  it("warns outside the range of the data", () => {
    const answer = predictWith(logisticModel, { adc: 3, nlr: 3, rim: "absent" });
    expect(answer.issues.map((issue) => issue.code)).toEqual(["input-out-of-range"]);
  });

  it.each([
    [{ nlr: 3, rim: "absent" }, "input-missing"],
    [{ adc: Number.NaN, nlr: 3, rim: "absent" }, "input-missing"],
    [{ adc: 1, nlr: 3, rim: "perhaps" }, "input-level"],
  ])("refuses %j", (values, code) => {
    const answer = predictWith(logisticModel, values);
    expect(answer.ok).toBe(false);
    expect(answer.issues[0]!.code).toBe(code);
  });
});

describe("calculatorModelOf", () => {
  it("reads a fitted model and its levels", () => {
    const model = calculatorModelOf(
      {
        id: "m",
        label: "Model",
        kind: "logistic",
        intercept: -1,
        n: 78,
        events: 32,
        terms: [
          { term: "adc", level: null, coefficient: 2 },
          { term: "rim", level: "present", reference: "absent", coefficient: -0.5 },
        ],
      },
      fixtureResults,
    );
    expect(model!.inputs.map((input) => input.kind)).toEqual(["number", "category"]);
  });

  it("gives none for a model without an equation", () => {
    expect(calculatorModelOf({ kind: "forest" }, fixtureResults)).toBeNull();
    expect(calculatorModelOf({ kind: "cox", terms: [{ term: "adc", coefficient: null }] }, fixtureResults)).toBeNull();
  });
});

describe("calculators of a report", () => {
  const protocol = { ...fixtureResults.study.protocol, id: "mpmri-nomogram" };
  const results = { ...fixtureResults, study: { ...fixtureResults.study, protocol } };

  it("are made for the registered models of the protocol, with what their source contradicts", () => {
    const made = registeredCalculators(results);
    expect(made.map(({ path }) => path)).toEqual([
      "calculators/published-mpmri-nomogram.html",
      "calculators/published-mpmri-nomogram-reconstructed.html",
    ]);
    const [printed, solved] = made.map(({ bytes }) => new TextDecoder().decode(bytes));
    expect(printed).toContain("As published");
    expect(printed).toContain("Discussion");
    expect(solved).toContain("Not printed by the source");
    const own = { ...results.study, protocol: { ...protocol, id: "of-our-own" } };
    expect(registeredCalculators({ ...results, study: own })).toEqual([]);
  });

  it("take the ends of a range inwards, so that predict takes what the page takes", () => {
    const term = { term: "x", coefficient: 1, low: -74.34026570216318, high: 44.130054644808745 };
    const model = calculatorModelOf({ id: "m", kind: "logistic", intercept: 0, terms: [term] }, fixtureResults);
    expect(model!.inputs[0]).toMatchObject({ low: -74.3402, high: 44.13 });
    const exact = calculatorModelOf(
      {
        id: "m",
        kind: "logistic",
        intercept: 0,
        terms: [{ term: "x", unit: "mm2/s", coefficient: 1, low: 0.0007001, high: 0 }],
      },
      fixtureResults,
    );
    expect(exact!.inputs[0]).toMatchObject({ low: 0.7001, high: 0 });
  });

  it("show the nomogram where it is given", () => {
    expect(calculatorPage(logisticModel)).not.toContain("<h2>Nomogram");
    expect(calculatorPage(logisticModel, "<svg></svg>")).toContain("<h2>Nomogram</h2>\n<svg></svg>");
  });
});

describeWithTools("calculatorPage in a browser", ["chromium"], () => {
  const folder = temporaryFolder("calculator");
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: findTool("chromium")!, args: ["--no-sandbox"] });
  });
  afterAll(() => browser.close());

  it.each([
    ["1.2", "3", "present"],
    ["0.8", "7.5", "absent"],
    ["2.4", "3", "absent"],
  ])("says what predictWith says (%s, %s, %s)", async (adc, nlr, rim) => {
    const path = join(folder, "logistic.html");
    writeFileSync(path, calculatorPage(logisticModel));
    const page = await browser.newPage();
    await page.goto(pathToFileURL(path).href);
    expect(await page.textContent("#risk")).toBe("—");
    await page.fill("#adc", adc);
    await page.fill("#nlr", nlr);
    await page.selectOption("#rim", rim);
    const { probability } = unwrap(predictWith(logisticModel, { adc: Number(adc), nlr: Number(nlr), rim }));
    const percent = (x: number): string => `${(100 * x).toFixed(1)}%`;
    expect(await page.textContent("#risk")).toBe(percent(probability!.value));
    const detail = await page.textContent("#detail");
    expect(detail).toContain(`95% CI ${percent(probability!.low!)} to ${percent(probability!.high!)}`);
    expect(detail!.includes("Outside the data")).toBe(Number(adc) > 1.6);
    await page.fill("#adc", "");
    expect(await page.textContent("#risk")).toBe("—");
    await page.close();
  });

  it("draws survival of a Cox model", async () => {
    const path = join(folder, "cox.html");
    writeFileSync(path, calculatorPage(coxModel));
    const page = await browser.newPage();
    await page.goto(pathToFileURL(path).href);
    await page.fill("#ki67", "10");
    const { survival } = unwrap(predictWith(coxModel, { ki67: 10 }));
    expect(await page.textContent("#risk")).toBe(`${(100 * survival![4]!).toFixed(1)}%`);
    expect(await page.getAttribute("#curve path.line", "d")).toContain("H420.0");
    await page.close();
  });
});
