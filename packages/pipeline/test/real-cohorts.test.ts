import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Cell, Results } from "@livermark/analysis";
import { unwrap } from "@livermark/core";
import { runStudy } from "@livermark/pipeline";
import { describeWithData, near, sharedText, temporaryFolder } from "testkit";
import { expect, it } from "vitest";
import { z } from "zod";

type Value = string | number | null;
type Row = { readonly [column: string]: Value };

const rowsOf = (name: string): readonly { readonly [column: string]: string }[] => {
  const [head = "", ...lines] = sharedText(`data/survival/${name}.csv`).trimEnd().split(/\r?\n/);
  const columns = head.split(",").map((column) => column.replaceAll('"', ""));
  return lines.map((line) => {
    const cells = line.split(",").map((cell) => cell.replaceAll('"', ""));
    return Object.fromEntries(columns.map((column, i) => [column, cells[i] === "NA" ? "" : (cells[i] ?? "")]));
  });
};
const number = (text: string | undefined): number | null => (text === undefined || text === "" ? null : Number(text));
const csv = (rows: readonly Row[]): string => {
  const columns = Object.keys(rows[0] ?? {});
  return [columns.join(","), ...rows.map((row) => columns.map((column) => row[column] ?? "").join(","))].join("\n");
};

const numbers = z.array(z.number());
const reference = (name: string): { readonly [key: string]: { readonly [field: string]: unknown } } =>
  z
    .record(z.string(), z.record(z.string(), z.unknown()).catch({}))
    .parse(JSON.parse(sharedText(`data/survival/${name}.reference.json`)));

/** A bundle in a folder of its own: study, protocol and tables. */
function write(
  folder: string,
  protocol: string,
  study: string,
  tables: { readonly [name: string]: readonly Row[] },
): string {
  mkdirSync(join(folder, "tables"), { recursive: true });
  writeFileSync(join(folder, "protocol.yaml"), protocol);
  writeFileSync(join(folder, "study.yaml"), `title: Real cohort\nprotocol: protocol.yaml\n${study}`);
  for (const [name, rows] of Object.entries(tables)) writeFileSync(join(folder, "tables", `${name}.csv`), csv(rows));
  return folder;
}

const protocolOf = (rest: string): string =>
  `schema: livermark.protocol/2\nid: own\nversion: 1.0.0\ntitle: Own plan\ntime_points:\n  - { id: baseline, label: before }\n${rest}`;

async function run(folder: string): Promise<Results> {
  const outcome = unwrap(await runStudy(folder, { keepGoing: true, progress: () => {} }));
  expect(outcome.results.issues.filter((issue) => issue.severity === "error")).toEqual([]);
  return outcome.results;
}

const cell = (results: Results, id: string): Cell => {
  for (const table of results.tables)
    for (const row of table.rows) for (const one of Object.values(row.cells)) if (one.id === id) return one;
  throw new Error(`no cell ${id}`);
};
const numberAt = (results: Results, id: string): number => {
  const found = cell(results, id);
  if (found.kind === "p" || found.kind === "estimate" || found.kind === "number") return found.value;
  if (found.kind === "count") return found.n;
  throw new Error(`${id} is ${found.kind}`);
};
/** Effects of a model as R prints them: hazard ratios with limits, or coefficients. */
const model = z.object({
  id: z.string(),
  n: z.number(),
  events: z.number(),
  aic: z.number(),
  intercept: z.number().nullable(),
  terms: z.array(
    z.object({ term: z.string(), coefficient: z.number().nullable(), standardError: z.number().nullable() }),
  ),
});
const modelOf = (results: Results, id: string) => {
  const found = results.models.map((one) => model.safeParse(one)).find((one) => one.success && one.data.id === id);
  if (found?.success !== true) throw new Error(`no model ${id}`);
  return found.data;
};
const allNear = (found: readonly (number | null)[], wanted: readonly number[], relative = 1e-6): boolean =>
  found.length === wanted.length &&
  found.every((value, i) => value !== null && near(value, wanted[i] ?? Number.NaN, relative));

const covariate = (column: string): string => `  - { column: ${column}, label: ${column}, type: number }\n`;
const category = (column: string, levels: readonly (string | number)[]): string =>
  `  - { column: ${column}, label: ${column}, type: category, levels: [${levels.map((level) => `"${level}"`).join(", ")}] }\n`;

describeWithData("hepatoCellular as a bundle with its own plan", ["data/survival"], () => {
  const folder = temporaryFolder("hepato");
  const data = rowsOf("hepatoCellular");
  const names = ["Gender", "Cirrhosis", "AFP", "Tumorsize", "Vascularinvasion", "Tumormultiplicity", "CXCL17T"];
  const patients = data.map((row, i) => ({
    patient: `H${i + 1}`,
    age: number(row.Age),
    ...Object.fromEntries(names.map((name) => [name, number(row[name])])),
    invasion: row.Vascularinvasion ?? "",
    bclc: row.BCLC ?? "",
  }));
  const given = data.map((row, i) => ({
    patient: `H${i + 1}`,
    os_months: number(row.OS),
    dead: number(row.Death),
    rfs_months: number(row.RFS),
    recurred: number(row.Recurrence),
  }));
  const plan = (preset: string): string =>
    protocolOf(
      `covariates:\n${names.map(covariate).join("")}${category("invasion", [0, 1])}${category("bclc", [1, 2])}` +
        `endpoints:\n  - { name: OS, given: true }\n  - { name: RFS, label: Recurrence-free survival, given: true }\n` +
        "groups:\n  - { id: cxcl, label: CXCL17T above its median, of: CXCL17T, derive: median, equal_goes: down, labels: [low, high], reference: low }\n" +
        `conventions: { statistics: ${preset} }\n` +
        "plan:\n  comparisons:\n    - { id: a, label: A, endpoint: OS, by: invasion }\n    - { id: b, label: B, endpoint: OS, by: bclc }\n    - { id: c, label: C, endpoint: OS, by: cxcl }\n" +
        "  cut_offs:\n    - { id: best, rule: maximally-selected, label: CXCL17T by its best cut, of: CXCL17T, outcome: OS, labels: [low, high], reference: low, replicates: 0 }\n" +
        "  models:\n    - { id: size, label: Size, kind: cox, outcome: OS, covariates: [Tumorsize] }\n" +
        "    - { id: multi, label: Multi, kind: cox, outcome: OS, covariates: [age, Gender, Cirrhosis, AFP, Tumorsize, Vascularinvasion, Tumormultiplicity] }\n" +
        "    - { id: rfs, label: RFS, kind: cox, outcome: RFS, covariates: [Tumorsize, Vascularinvasion, CXCL17T] }\n",
    );
  const study =
    "given:\n  endpoints:\n    OS: { time: os_months, event: dead, unit: months }\n    RFS: { time: rfs_months, event: recurred, unit: months }\n";
  const wanted = reference("hepatoCellular");
  const bundle = (preset: string): string => write(join(folder, preset), plan(preset), study, { patients, given });

  it("equals R: Kaplan–Meier, log-rank tests and Cox models with Efron's ties", async () => {
    const results = await run(bundle("r"));
    expect(numberAt(results, "survival.OS.all.n")).toBe(227);
    expect(numberAt(results, "survival.OS.all.events")).toBe(97);
    const median = cell(results, "survival.OS.all.median");
    expect(median).toMatchObject({ kind: "not-reached", low: 50, high: null });
    const survival = numbers.parse(wanted.km_at_12_24_36_60?.surv);
    const lower = numbers.parse(wanted.km_at_12_24_36_60?.lower);
    for (const [i, month] of [12, 24, 36].entries()) {
      const at = cell(results, `survival.OS.all.at-${month}-months`);
      expect(at.kind === "estimate" && near(at.value / 100, survival[i] ?? 0, 1e-10)).toBe(true);
      expect(at.kind === "estimate" && near((at.low ?? 0) / 100, lower[i] ?? 0, 1e-9)).toBe(true);
    }
    for (const [by, key] of [
      ["invasion", "logrank_vascularinvasion"],
      ["bclc", "logrank_BCLC"],
      ["cxcl", "logrank_CXCL17T_gt_median"],
    ] as const)
      expect(near(numberAt(results, `survival.OS.${by}.log-rank`), z.number().parse(wanted[key]?.p), 1e-9)).toBe(true);
    for (const [id, key] of [
      ["multi", "cox_multi"],
      ["rfs", "cox_RFS"],
    ] as const) {
      const found = modelOf(results, id);
      expect(
        allNear(
          found.terms.map((one) => one.coefficient),
          numbers.parse(wanted[key]?.coef),
        ),
      ).toBe(true);
      expect(
        allNear(
          found.terms.map((one) => one.standardError),
          numbers.parse(wanted[key]?.se),
        ),
      ).toBe(true);
      expect(near(found.aic, z.number().parse(wanted[key]?.AIC), 1e-9)).toBe(true);
    }
    // The best cut-off of CXCL17T: R's statistic; the smaller of its two p-values is printed.
    const best = z
      .object({ cutpoint: z.number(), statistic: z.number(), p_Lau94: z.number() })
      .parse(wanted.maxstat_CXCL17T);
    const scan = results.figures.find(({ id }) => id === "figure.cut.best");
    expect(scan?.kind).toBe("cut-point-scan");
    if (scan?.kind !== "cut-point-scan") return;
    expect(near(Math.max(...scan.statistic), best.statistic, 1e-9)).toBe(true);
    expect(scan.cut.some((cut) => near(cut, best.cutpoint, 1e-12))).toBe(true);
    expect(scan.adjustedP).toBeLessThanOrEqual(best.p_Lau94 * (1 + 1e-9));
    expect(numberAt(results, "cut.best.adjusted-p")).toBe(scan.adjustedP);
    const size = modelOf(results, "size");
    expect(near(size.terms[0]?.coefficient ?? 0, z.number().parse(wanted.cox_uni_Tumorsize?.coef), 1e-8)).toBe(true);
    // The Cox model of invasion, size and CXCL17T breaks proportional hazards by R's test (p = 0.002 for invasion).
    expect(results.notes.some((note) => note.code === "non-proportional-hazards" && note.where.includes("RFS"))).toBe(
      true,
    );
  });

  it("equals R with Breslow's ties under the preset of SPSS", async () => {
    const found = modelOf(await run(bundle("spss")), "multi");
    expect(
      allNear(
        found.terms.map((one) => one.coefficient),
        numbers.parse(wanted.cox_multi_breslow?.coef),
      ),
    ).toBe(true);
    expect(
      allNear(
        found.terms.map((one) => one.standardError),
        numbers.parse(wanted.cox_multi_breslow?.se),
      ),
    ).toBe(true);
  });
});

describeWithData("pbc as a bundle with its own plan", ["data/survival"], () => {
  const folder = temporaryFolder("pbc");
  const data = rowsOf("pbc");
  const log = (text: string | undefined): number | null => (number(text) === null ? null : Math.log(number(text)!));
  const patients = data.map((row) => ({
    patient: `B${row.id}`,
    years: number(row.age),
    edema: number(row.edema),
    log_bili: log(row.bili),
    log_albumin: log(row.albumin),
    log_protime: log(row.protime),
    trt: row.trt ?? "",
    stage: row.stage ?? "",
  }));
  const events = data.flatMap((row): Row[] => {
    const at = { patient: `B${row.id}`, day: number(row.time) };
    if (row.status === "2") return [{ ...at, event: "death", cause: "unknown" }];
    // A transplant ends treatability: for survival it is the last contact, for the competing risks an event of its own.
    return [
      ...(row.status === "1" ? [{ ...at, event: "untreatable", cause: "liver-function" }] : []),
      { ...at, event: "last-contact", cause: "" },
    ];
  });
  const covariates = ["years", "edema", "log_bili", "log_albumin", "log_protime"];
  const protocol = protocolOf(
    `covariates:\n${covariates.map(covariate).join("")}${category("trt", [1, 2])}${category("stage", [1, 2, 3, 4])}` +
      "endpoints:\n  - OS\n  - { name: transplant, label: Transplant or death, untreatable: true, death: any }\n" +
      "plan:\n  comparisons:\n    - { id: a, label: A, endpoint: OS, by: trt }\n    - { id: b, label: B, endpoint: OS, by: stage }\n" +
      `  models:\n    - { id: multi, label: Multi, kind: cox, outcome: OS, covariates: [${covariates.join(", ")}] }\n` +
      `  competing_risks:\n    - { id: t, label: Transplant and death, endpoint: transplant, months: [${[365, 1095, 1825, 3650].map((day) => day / 30.4375).join(", ")}] }\n`,
  );
  const wanted = reference("pbc");

  it("equals R: Kaplan–Meier, log-rank tests, the Cox model and cumulative incidence", async () => {
    const results = await run(write(folder, protocol, "lock_day: 6000\n", { patients, events }));
    const month = 30.4375;
    const median = cell(results, "survival.OS.all.median");
    expect(median).toMatchObject({ kind: "estimate" });
    if (median.kind !== "estimate") return;
    expect([median.value, median.low, median.high].map((value) => Math.round((value ?? 0) * month))).toEqual([
      3395, 3090, 3853,
    ]);
    expect(numberAt(results, "survival.OS.all.events")).toBe(161);
    expect(near(numberAt(results, "survival.OS.trt.log-rank"), z.number().parse(wanted.logrank_trt?.p), 1e-9)).toBe(
      true,
    );
    expect(near(numberAt(results, "survival.OS.stage.log-rank"), z.number().parse(wanted.logrank_stage?.p), 1e-7)).toBe(
      true,
    );
    const found = modelOf(results, "multi");
    expect([found.n, found.events]).toEqual([416, 160]);
    expect(
      allNear(
        found.terms.map((one) => one.coefficient),
        numbers.parse(wanted.cox?.coef),
      ),
    ).toBe(true);
    expect(
      allNear(
        found.terms.map((one) => one.standardError),
        numbers.parse(wanted.cox?.se),
      ),
    ).toBe(true);
    const [transplant, death] = z.array(numbers).parse(wanted.cuminc_death_transplant?.est);
    for (const [i, day] of [365, 1095, 1825, 3650].entries()) {
      const at = (cause: number): number => {
        const own = cell(results, `competing.t.${cause}.All.at-${day / month}`);
        return own.kind === "estimate" || own.kind === "number" ? own.value / 100 : Number.NaN;
      };
      expect(near(at(1), transplant?.[i] ?? Number.NaN, 1e-9, 1e-12)).toBe(true);
      expect(near(at(2), death?.[i] ?? Number.NaN, 1e-9)).toBe(true);
    }
  });
});

describeWithData("hcc_uci_165 as a bundle with its own plan", ["data/survival"], () => {
  const folder = temporaryFolder("uci");
  const data = rowsOf("hcc_uci_165");
  const names = ["Age", "PS", "Albumin", "Total_Bil"];
  const patients = data.map((row, i) => ({
    patient: `U${i + 1}`,
    ...Object.fromEntries(names.map((name) => [`v_${name}`, number(row[name])])),
    log_afp: number(row.AFP) === null ? null : Math.log(number(row.AFP)!),
    pvt: row.PVT ?? "",
    alive: row.survival ?? "",
  }));
  const protocol = protocolOf(
    `covariates:\n${[...names.map((name) => `v_${name}`), "log_afp"].map(covariate).join("")}${category("pvt", [0, 1])}${category("alive", [0, 1])}` +
      "endpoints:\n  - OS\n" +
      "plan:\n  models:\n    - { id: first, label: First, kind: logistic, outcome: alive, covariates: [v_Age, v_PS] }\n" +
      "    - { id: lab, label: Lab, kind: logistic, outcome: alive, covariates: [v_Albumin, log_afp, v_Total_Bil] }\n" +
      '  rocs:\n    - { id: albumin, label: Albumin, marker: v_Albumin, outcome: alive, event: ["1"], direction: higher-in-cases }\n' +
      "  group_tests:\n    - { id: albumin, label: Albumin, of: v_Albumin, by: alive }\n    - { id: pvt, label: PVT, of: pvt, by: alive }\n",
  );
  const wanted = reference("hcc_uci_165");

  it("equals R: logistic models, area under the curve, rank and exact tests", async () => {
    const results = await run(write(folder, protocol, "lock_day: 400\n", { patients }));
    for (const [id, key] of [
      ["first", "logistic_age_PS"],
      ["lab", "logistic_lab"],
    ] as const) {
      const found = modelOf(results, id);
      expect(found.n).toBe(z.number().parse(wanted[key]?.n));
      const coefficients = [found.intercept, ...found.terms.map((one) => one.coefficient)];
      expect(allNear(coefficients, numbers.parse(wanted[key]?.coef))).toBe(true);
      expect(near(found.aic, z.number().parse(wanted[key]?.AIC), 1e-9)).toBe(true);
    }
    const auc = cell(results, "roc.albumin.auc");
    expect(auc.kind).toBe("estimate");
    if (auc.kind !== "estimate") return;
    expect(near(auc.value, z.number().parse(wanted.roc_albumin?.auc), 1e-10)).toBe(true);
    expect(allNear([auc.low, auc.value, auc.high], numbers.parse(wanted.roc_albumin?.ci_delong), 1e-9)).toBe(true);
    expect(near(numberAt(results, "group-test.albumin.p"), z.number().parse(wanted.wilcox_albumin?.p), 1e-9)).toBe(
      true,
    );
    expect(near(numberAt(results, "group-test.pvt.fisher.p"), z.number().parse(wanted.fisher_PVT?.p), 1e-9)).toBe(true);
  });
});
