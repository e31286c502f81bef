import { describe, expect, it } from "vitest";
import { auditDocuments } from "../../src/audit/audit.js";
import type { AuditRow } from "../../src/audit/document.js";

// Right numbers in the ways journals print them, next to numbers that only look like counts, limits or totals.
const TEXT = [
  "Of 412 patients screened, 310 (75%) were eligible. The mean BMI was 24.3 ± 3.1 kg/m2. Overall, 62 of 310 (20%) died at 30 days; 12.5% (39/312) were lost. Between 2010 and 2015 (5 years), we saw 120 (38.7%) men.",
  "Patients in the treatment arm (n = 154) and control arm (n = 156) were similar. In the treatment arm, 77 (50%) responded and in the control arm 52 (33.3%); OR 2.00 (95% CI 1.26–3.17; p = 0.003).",
  "Median follow-up was 26.4 months (IQR 12.1-40.2). Median OS was 22.1 months (95% CI 18.0 to NR) versus 15.3 months (13.1–17.9); HR 0.71 (0.54–0.93), p=0.012. One-year survival was 68.1% (95% CI 60.2–74.9).",
  "The risk difference was -4.5 (-8.2 to -0.8). The correlation was r = -0.31 (95% CI -0.41, -0.20). The standardized mean difference was 0.12 (-0.10, 0.34).",
  "Grade 3-4 adverse events occurred in 45 patients (29%), mainly hypertension (n=20, 13%), proteinuria (n=9; 6%) and fatigue (n = 16 [10%]).",
  "Age 60 years or older was seen in 180 (58%). Tumour size 5 cm (3.2-7.9), AFP 230 ng/mL (12-2,300), platelet 120 x10^9/L (80–160). ADC was 1.10 × 10−3 mm2/s and 1.10 x 10-3 mm2/s.",
  "The AUC was 0.81 (95% CI: 0.74, 0.88) with sensitivity of 80% (124 of 155) and specificity of 72% (112 of 155). The accuracy was 0.76 (236/310).",
  "As reported (12,13), Rev 2019;30:788–795, doi:10.1000/182; 3.5 mg (2.0-4.0). PLoS One 15(10):e02419. p < 0.05 was significant. P for trend = 0.04. The p value for interaction was 1.00.",
  "Mean tumour number was 2.4 ± 1.3 (range, 1–8). Mean time 5.2 ± 7.9 days (range 0-60).",
  "Relative dose intensity 95.2% (80.1-100). The kappa was 0.82 (0.75–0.89) and ICC 0.91 (95% CI, 0.87-0.94).",
  "Two (1.3%) patients withdrew. Seventeen patients (11.0%) had ascites, six patients (3.9%) encephalopathy. ",
  "CR, PR, SD and PD were seen in 3 (1.9%), 40 (26.0%), 71 (46.1%) and 40 (26.0%) patients; ORR 27.9% and DCR 74.0%.",
  "The hazard ratio was 1.52 (95% CI 1.04-2.21, P = 0.031) for progression; adjusted HR, 1.31 (95% CI, 0.88-1.95); P = .18.",
  "Median OS was longer (14.2 v 10.1 months; HR, 0.70; 95% CI, 0.55 to 0.89; P = .004). At 12 months, 45.2% (95% CI, 38.1% to 52.0%) were alive.",
  "Odds ratio 3.5 [1.2–10.4]; p = 0.02; aOR 1.0 (0.9-1.1), p=1.00. Sex (female vs. male) 1.25 (0.80–1.96) 0.33.",
  "Table 2",
  "Variable HR (95% CI) p value",
  "Age (≥65) 1.32 (0.91–1.92) 0.14",
  "AFP >400 2.11 (1.40–3.18) <0.001",
  "Size 5–10 cm 1.05 (0.98-1.13) 0.171",
  "Child B 1.88 (1.10–3.21) 0.021 1.71 (0.99–2.96) 0.054",
  "Median (IQR) AFP 12 (4–300); 5.6 (2.1–19.8); 1.9 (0.7-8.0) 0.21",
  "Characteristic Group 1 (n = 40) Group 2 (n = 38) P",
  "Male 30 (75%) 25 (65.8%) 0.37",
  "Female 10 (25%) 13 (34.2%)",
  "Age, years 60.1 ± 10.2 58.3 ± 9.9 0.43",
  "Bilirubin 1.1 (0.8–1.6) 1.2 (0.7–1.9) 0.66",
  "HBV/HCV/none 20 (50%)/8 (20%)/12 (30%)",
  "Complete response rate 5 (12.5%), partial response 15 (37.5%), stable disease 10 (25%), progressive disease 10 (25%) in group 1; ORR 50%, DCR 75%.",
  "In group 2, CR 2 (5.3%), PR 11 (28.9%), SD 12 (31.6%), PD 13 (34.2%), ORR 13 (34.2%), DCR 25 (65.8%).",
  "By mRECIST, ORR was 40% by investigator review and DCR was 70%. In the prior trial the ORR was 24% and median OS was 19.2 months.",
  "The median PFS was 6.9 months (5.7–8.6) with the combination versus 4.3 months (4.0–5.6) with sorafenib. ",
  "Of 22 patients with follow-up, 21 (95%) improved, 1 (5%) not. Twelve (55%) of 22 and 3 (14%) of 22. A total of 17 of 22 (77.3%).",
  "Sensitivity was 85.7% (18/21) and specificity 66.7% (12/18); PPV 75% (18/24).",
  "Four of nine (44%). 1/3 (33%).",
  "5-year survival 13%–54%, see ref 12 (3.2–4.1). Table 3 (continued). 2 (0–5). The dose was 80 mg (50–100).",
  "ICC = 0.834 (0.75–0.89). Spearman's rho = 0.45, P = 0.000123. β = -0.35 (95% CI −0.55 to −0.15), P = .001.",
  "Tumor size, 4.5 cm (range 1.0–15.2 cm). Follow-up 10.2 months (range: 0.5, 60.1). Hazard ratio for death, 0.58; 95% CI, 0.42 to 0.79; P<0.001.",
  "ΔADC was 0.25 ± 0.40 (-0.5–1.2) ×10−3 mm2/s. Time: 3.1 ± 0.9 (1.2–5.5).",
].join("\n");

it("a page of right numbers in many styles raises nothing", () => {
  expect(auditDocuments([{ file: "right.txt", blocks: [{ kind: "text", line: 1, text: TEXT }] }])).toEqual([]);
});

const rowsOf = (table: string): readonly AuditRow[] =>
  table
    .trim()
    .split("\n")
    .map((text, i) => ({
      kind: "row",
      table: 1,
      line: i + 1,
      text,
      cells: text.split("|").map((cell) => cell.trim()),
    }));
const inCells = (table: string): readonly string[] =>
  auditDocuments([
    {
      file: "t.html",
      blocks: [
        { kind: "text", line: 0, text: "Cox models: HR (95 % CI), n = 24, n = 19, 43 patients." },
        ...rowsOf(table),
      ],
    },
  ]).map(({ code, quotes }) => `${code}: ${quotes[0]?.text}`);
const inLines = (text: string): readonly string[] =>
  auditDocuments([{ file: "t.pdf", blocks: [{ kind: "text", line: 1, text: `HR (95 % CI) P\n\n${text}` }] }]).map(
    ({ code, quotes }) => `${code}: ${quotes[0]?.text}`,
  );

// Tables of right numbers, each below words on hazard ratios that are not about it.
describe("a column's own heading says what its numbers are", () => {
  it.each([
    [
      "cut-offs",
      `| Rule | n | Cut-off (95 % bootstrap CI) (×10⁻³ mm²/s) | p as if planned
ADC | Youden index | 43 | 1.057 (0.953–1.227) | <.001`,
    ],
    [
      "negative cut-offs",
      `| Cut-off (95 % CI) (%) | p as if planned | p for the search
LETB change | −6.3 (−41.3 to 3.8) | <.001 | .009`,
    ],
    [
      "medians next to ratios",
      `| n | Events | Median from the landmark (95 % CI) (months) | HR (95 % CI) | p (log-rank)
non-responder | 63 | 61 | 6.9 (3.2–10.5) | reference |
responder | 58 | 57 | 7.8 (4.7–10.9) | 0.671 (0.462–0.974) |
of the rest | 28 | 20 | 17.7 (−0.5 to 35.8) | 1.018 (0.442–2.345) |`,
    ],
    [
      "concordance by its row's name",
      `| Estimate (95 % CI)
Harrell's C | 0.697 (0.637–0.756)
Calibration intercept | 0.000`,
    ],
    ["concordance", "Model | C (95 % CI) | p\nA | 0.697 (0.637–0.756) | .020"],
    [
      "kappa",
      `| n | Same category | Kappa (95 % CI) | p (kappa = 0) | Agreement
Cystic or necrotic change | 78 | 74 (94.9) | 0.90 (0.80–1.00) | <.001 | almost perfect`,
    ],
    ["bootstrap limits of a ratio", "| p | HR (95 % CI, bootstrap)\nHepatic PFS | .002 | 0.556 (0.388–0.780)"],
    [
      "medians below a heading with the word or",
      "| Progression (SD or PD): yes | p\nT2 SIR, median (IQR) | 2.20 (1.70–2.61) | .015",
    ],
    [
      "areas",
      `| AUC (95 % CI) | p (AUC = 0.5) | Sensitivity (95 % CI) (%) | Specificity (95 % CI) (%)
ADC | 0.820 (0.686–0.954) | <.001 | 79.2 (59.5–90.8) | 84.2 (62.4–94.5)`,
    ],
    ["a difference of areas", "| Difference of areas (95 % CI) | Z | p\nA v B | 0.000 | not estimable | not estimable"],
    [
      "optimism of nought below a column of p",
      "| n | p\nA | 78 | .020\n| Apparent | Optimism\nArea under the ROC curve | 0.736 | 0.000",
    ],
    [
      "grades of which the last is seldom seen",
      `Event | Any | Mild | Moderate | Severe
Any event | 41 (17.0) | 33 (13.7) | 6 (2.5) | 2 (0.8)
Pain | 20 (8.3) | 18 (7.5) | 2 (0.8) | 0
Syndrome | 11 (4.6) | 7 (2.9) | 2 (0.8) | 2 (0.8)
Fever | 6 (2.5) | 5 (2.1) | 1 (0.4) | 0
Nausea | 4 (1.7) | 3 (1.2) | 1 (0.4) | 0
Rash | 3 (1.2) | 2 (0.8) | 1 (0.4) | 0`,
    ],
    [
      "thresholds between which nobody lies",
      `Threshold | n | Median OS (months) | n | Median OS (months) | Difference | p
1 | 49 | 11.6 (9.0–14.2) | 53 | 14.6 (9.1–20.1) | −3.0 | .006
1.04 | 49 | 11.6 (9.0–14.2) | 53 | 14.6 (9.1–20.1) | −3.0 | .006`,
    ],
    [
      "readers that disagree as often on two features",
      `| n | Same category | Kappa (95 % CI) | Weighted kappa (95 % CI) | p (kappa = 0)
Halo | 78 | 74 (94.9) | 0.89 (0.78–0.99) | 0.89 (0.78–0.99) | <.001
Thrombus | 78 | 74 (94.9) | 0.89 (0.78–0.99) | 0.89 (0.78–0.99) | <.001`,
    ],
    ["a ratio of nought", "| OR (95 % CI) | p\nhigh | 0.000 (0.000–0.127) | .013"],
    [
      "shares of those known",
      `| All
M | 56 (54.9)
F | 46 (45.1)
<60 | 45 (44.1)
≥60 | 57 (55.9)
no | 77 (75.5)
yes | 25 (24.5)
CEA |
<10 | 74 (74.7)
≥10 | 25 (25.3)
not recorded | 3`,
    ],
  ])("%s", (_name, table) => expect(inCells(table)).toEqual([]));

  it.each([
    [
      "cut-offs",
      "Table 11. Cut-offs taken from the data.\nRule n Cut-off (95 % bootstrap\nCI) p\nADC 43 1.057 (0.953–1.227) <.001",
    ],
    [
      "medians next to ratios",
      "Table S3. PFS from 2 months.\nn Events Median from the\nlandmark (95 % CI)\n(months)\nHR (95 % CI) p (log-rank)\nnot-fallen 34 33 5.4 (3.9–6.8) reference\nfallen 66 63 4.8 (2.3–7.3) 1.007 (0.658–1.541)",
    ],
    [
      "medians whose unit stands behind a comma",
      "Table S2. PFS from 2 months.\nn Events Median from the\nlandmark, months\n(95% CI)\nHR (95% CI) p (log-rank)\nSER fell .974\nnot-fallen 34 33 5.4 (3.9–6.8) reference\nfallen 66 63 4.8 (2.3–7.3) 1.01 (0.66–1.54)",
    ],
    [
      "a test whose classes are not the groups named elsewhere",
      `Characteristic low (n = 49) high (n = 53)\nAge 55.2 (9.1) 56.3 (8.8)\n102 patients. ${"The follow-up was as planned in all. ".repeat(60)}\nSER: sensitivity 73.9%, specificity 50.0%`,
    ],
    [
      "kappa of a row named with or",
      "Table 34. Agreement of readers.\nn Kappa (95 % CI) p (kappa = 0)\nCystic or necrotic change 78 0.90 (0.80–1.00) <.001",
    ],
    [
      "calibration",
      "Table 14. Performance.\nApparent Corrected Optimism\nCalibration intercept 0.000 0.163 −0.064 0.064",
    ],
  ])("%s as lines of a page", (_name, text) => expect(inLines(text)).toEqual([]));

  it.each([
    [
      ["p-against-interval: 0.671 (0.462–0.974) | .340", "ratio-off-centre: 0.835 (0.462–0.974) | .036"],
      `| n | Median (95 % CI) (months) | HR (95 % CI) | p
responder | 58 | 7.8 (4.7–10.9) | 0.671 (0.462–0.974) | .340
other | 58 | 7.8 (4.7–10.9) | 0.835 (0.462–0.974) | .036`,
    ],
    [
      ["repeated-row: Cirrhosis | 1.341 (0.580–3.102) | .490"],
      "| OR (95 % CI) | p\nCirrhosis | 1.341 (0.580–3.102) | .490\nAscites | 1.341 (0.580–3.102) | .490",
    ],
    [["p-zero: .000"], "| B | Sig. (2-tailed)\nA | 2.9 | .000"],
    [["p-zero: 0.000"], "| Cut-off (95 % CI) | P\nA | 2.9 (−53.4 to 25.2) | 0.000"],
    [["negative-ratio: 0.671 (−0.462–0.974"], "| OR (95 % CI)\nA | 0.671 (−0.462–0.974)"],
  ])("and wrong ones below it stay found: %j", (wanted, table) =>
    expect(inCells(table).filter((found) => !/p-against-interval: 0.835/.test(found))).toEqual(wanted),
  );
  it("and a test that its classes cannot give stays found, named before it or confirmed by another", () => {
    const wrong = "sensitivity 73.9%, specificity 50.0%";
    expect(inLines(`Of 102 patients, early (n = 49) and late (n = 53) were apart: ${wrong}`)).toEqual([
      `accuracy-counts: ${wrong}`,
    ]);
    const far = `102 patients, early (n = 49), late (n = 53). ${"The follow-up was as planned in all. ".repeat(60)}`;
    expect(inLines(`${far} SER: sensitivity 73.5%, specificity 50.9%. ADC: ${wrong}`)).toEqual([
      `accuracy-counts: ${wrong}`,
    ]);
  });
  it("and a wrong ratio after a median in a line stays found", () =>
    expect(
      inLines("Table 3. PFS.\nn Median (95 % CI) (months) HR (95 % CI) p\nfallen 66 4.8 (2.3–7.3) 1.407 (0.658–1.541)"),
    ).toEqual(["ratio-off-centre: 1.407 (0.658–1.541"]));
});
