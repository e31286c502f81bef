import { describe, expect, it } from "vitest";
import { auditDocuments } from "../../src/audit/audit.js";
import { normalise } from "../../src/audit/page.js";
import { agrees, countOf, printed } from "../../src/audit/printed.js";
import { possibleTotals } from "../../src/audit/rule-shares.js";

const audit = (...lines: string[]) =>
  auditDocuments([{ file: "t.txt", blocks: [{ kind: "text", line: 1, text: lines.join("\n") }] }]);
const codes = (...lines: string[]): readonly string[] =>
  audit(...lines).map(({ code, certainty }) => `${certainty} ${code}`);

describe("printed numbers", () => {
  it("stand for every value that rounds to them", () => {
    expect(agrees(printed("65.9"), 65.85)).toBe(true);
    expect(agrees(printed("65.9"), (100 * 57) / 88)).toBe(false);
    expect(printed("1,096.19").value).toBe(1096.19);
    expect(printed(".05").decimals).toBe(2);
  });
  it("may be words", () => {
    expect(["Seventy-seven", "Seventyseven", "twelve", "ninety", "1,210"].map(countOf)).toEqual([77, 77, 12, 90, 1210]);
  });
  it("come out of extracted text whole", () => {
    expect(normalise("−0.5\u2009±\u00a0ﬁve dif-\nference").text).toBe("-0.5 ± five difference");
  });
  it("have the totals that integer arithmetic allows", () => {
    expect(possibleTotals(57, printed("65.9"))).toBeNull();
    expect(possibleTotals(58, printed("65.9"))).toEqual({ from: 88, to: 88 });
  });
});

describe("contradictions", () => {
  it("are quoted verbatim with their line", () => {
    const [finding] = audit("Abstract", "The response was seen in 57", "(65.9 %) of patients.");
    expect(finding?.quotes).toEqual([{ file: "t.txt", line: 2, text: "57 (65.9 %)" }]);
    expect(finding?.certainty).toBe("contradiction");
  });
  it.each([
    ["contradiction percent-of-total", "65 of 154 (45.2%) had cirrhosis."],
    ["contradiction count-above-total", "160 of 154 (45.2%) had cirrhosis."],
    ["contradiction limits-order", "The median was 14.2 months (95% CI: 17.1–11.1)."],
    ["contradiction estimate-outside-limits", "an AUC of 0.91 (95% CI: 0.70–0.88)"],
    ["contradiction estimate-outside-limits", "The median age was 55 years (range, 60-75)."],
    ["contradiction p-against-interval", "HR 0.71 (95% CI 0.54–0.93), p=0.12"],
    ["contradiction negative-ratio", "HR -0.62 (95% CI: -0.85 to -0.35)"],
    ["contradiction p-above-one", "There was no difference (P = 1.2)."],
    ["contradiction p-against-z", "DeLong test (Z = 2.50, P = 0.20)"],
    ["unlikely p-against-z", "DeLong test (Z = 2.50, P = 0.006)"],
    ["contradiction mean-of-whole-numbers", "The mean age of the 13 patients was 60.12 years."],
    ["contradiction diffusion-unit", "ADC above 1.028 x 10^3 mm2/sec"],
    ["check p-zero", "It was significant (P = 0.000)."],
    ["unlikely percent-of-total", "4/119 (4) were unknown."],
    ["check direction", "OS with or without jaundice was 12.0 months and 6.0 months (HR = 2.7, P < 0.001)"],
    ["check partition-gap", "Tumours <5 cm (n = 40) and >5 cm (n = 60) were compared."],
    ["check partition-overlap", "Tumours ≤5 cm (n = 40) versus ≥5 cm (n = 60) were compared."],
    ["check stated-twice", "Abstract. The objective response rate was 45.0%. Results. The ORR was 48.0%."],
    ["unlikely stated-twice", "The median OS was 14.2 months. Results. The median overall survival was 15.1 months."],
  ])("%s: %s", (wanted, text) => expect(codes(text)).toEqual([wanted]));

  it("look at the columns of a table kept as lines", () =>
    expect(
      codes(
        "Sex Group 1 (n = 40) Group 2 (n = 38) P",
        "Male 30 (75%) 25 (65.8%) 0.37",
        "Female 11 (25%) 13 (34.2%)",
        "Cirrhosis 20 (50%) 19 (50%) 1.00",
      ),
    ).toEqual(["unlikely percent-of-column"]));
  it("hold a count in words against a table's", () => {
    const table = ["Hypertension", "Viral hepatitis", "Liver cirrhosis", "Portal vein thrombosis", "Ascites"].map(
      (name, i) => ({
        kind: "row" as const,
        table: 1,
        line: 10 + i,
        text: `${name} | ${20 + i} (${((20 + i) / 0.88).toFixed(1)})`,
        cells: [name, `${20 + i} (${((20 + i) / 0.88).toFixed(1)})`],
      }),
    );
    const against = (text: string, rows = table) =>
      auditDocuments([{ file: "t", blocks: [{ kind: "text", line: 1, text }, ...rows] }]).map(
        ({ code, arithmetic }) => `${code}: ${arithmetic}`,
      );
    for (const said of [
      "There were 25 patients with a portal vein thrombosis.",
      "Overall, twenty-five patients had a history of portal vein thrombosis at baseline.",
      "Of the 88 patients, 21 patients had viral hepatitis, and 25 patients had portal vein thrombosis.",
      "We included 88. Portal vein thrombosis was observed in 25 (28.4%) patients.",
    ])
      expect(against(said), said).toEqual(["restated-count: 25 ≠ 23 of 88 in the table"]);
    for (const said of [
      "There were 23 patients with portal vein thrombosis.",
      "Among responders, 25 patients had portal vein thrombosis.",
      "Of 40 women, 25 patients had portal vein thrombosis.",
      "In the TACE group, 25 patients had portal vein thrombosis.",
      "25 patients had portal vein thrombosis or ascites.",
      "25 patients had portal vein thrombosis after treatment.",
      "In women, 25 patients had portal vein thrombosis.",
      "Portal vein thrombosis was seen in 25 patients who were women.",
      "25 (62.5%) patients had portal vein thrombosis.",
      "Twelve of 25 patients with portal vein thrombosis died.",
      "25 patients had portal vein invasion. Ascites was seen in 12 patients of 40.",
      "In their series, 25 patients had ascites [12].",
      "We excluded 25 patients with ascites, 30 patients had viral hepatitis without ascites.",
    ])
      expect(against(said), said).toEqual([]);
    const twice = [...table, ...table.map((row, i) => ({ ...row, table: 2, line: 30 + i }))];
    expect(against("Two tables.", twice)).toEqual([]);
    const odd = {
      ...(table[4] ?? twice[0]!),
      table: 2,
      line: 34,
      text: "Ascites | 27 (30.7)",
      cells: ["Ascites", "27 (30.7)"],
    };
    expect(against("Two tables.", [...twice.slice(0, 9), odd])).toEqual([
      "restated-count: 24 ≠ 27, both of 88; 4 other rows of the two tables agree",
    ]);
    expect(against("Two tables.", [...twice.slice(0, 8), odd])).toEqual([]);
  });
  it("come once however often a rule meets them, and in the order of the text", () => {
    const found = audit("P = 0.000 here.", "65 of 154 (45.2%).", "P = 0.000 there.");
    expect(found.map(({ quotes }) => quotes[0]?.line)).toEqual([1, 2, 3]);
  });
});

describe("honest prose stays silent", () => {
  it.each([
    "The risk difference was -4.5 (-8.2 to -0.8) and r = -0.31 (95% CI -0.41, -0.20).",
    "HR 0.71 (0.54–0.93), p=0.014. One-year survival was 68.1% (95% CI 60.2–74.9).",
    "Treatment lasted 5.2 ± 7.9 days (range 0-60); the mean number of tumours was 2.4 ± 1.3 (range, 1–8).",
    "Grade 3-4 events occurred in 45 patients (29%), fatigue in n = 16 [10%].",
    "AFP was 230 ng/mL (12-2,300), kappa 0.82 (0.75–0.89), ICC 0.91 (95% CI, 0.87-0.94).",
    "Rev Hepatol 2019;30:788–795. See references (12,13) and doi 10.1000/182.",
    "The p value for interaction was p = 1.00; the model had p = 10 variables.",
    "ADC was 1.10 × 10−3 mm2/s, 1.10 x 10-3 mm2/s or 1.1 × 10⁻³ mm²/s.",
    "The ORR was 45.0%. Overall, the ORR was 45%. In the prior trial the ORR was 24%, and the DCR was 70%.",
    "Response was judged by RECIST and mRECIST. The ORR was 20%. Viable tumour gave more: the ORR was 45%.",
    "The ORR was 45%. The ORR was 31.2% in the second line. The ORR was 24.1%, as others found [12].",
    "Tumours <5 cm (n = 40) and ≥5 cm (n = 60) were compared.",
    "Of 310 patients, 124 of 155 (80%) were positive; 12.5% (39/312) were lost.",
  ])("%s", (text) => expect(codes(text)).toEqual([]));

  it("an empty work has no findings", () => expect(auditDocuments([])).toEqual([]));
});
