import { expect, it } from "vitest";
import { auditDocuments } from "../../src/audit/audit.js";

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
