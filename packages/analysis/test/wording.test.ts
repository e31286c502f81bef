import { describe, expect, it } from "vitest";
import { decimalsOfQuartiles } from "../src/baseline.js";
import type { Dataset } from "../src/dataset.js";
import { shownP } from "../src/design/note.js";
import {
  inPrintOrder,
  inSentence,
  labelWithUnit,
  printedLevels,
  ratioDecimals,
  shownQuantity,
  shownValue,
  withLabels,
} from "../src/wording.js";

describe("words of a report", () => {
  it.each([
    ["Largest diameter", "largest diameter"],
    ["Ill-defined margin", "ill-defined margin"],
    ["Age (years)", "age (years)"],
    ["CA-125", "CA-125"],
    ["ECOG performance status", "ECOG performance status"],
    ["Child-Pugh class", "Child-Pugh class"],
    ["Ki-67", "Ki-67"],
    ["ADC, before treatment", "ADC, before treatment"],
    ["Youden index", "Youden index"],
    ["p < 0.05", "p < 0.05"],
  ])("%s stands in a sentence as %s", (label, words) => expect(inSentence(label)).toBe(words));

  it("quantities are shown in the unit people read", () => {
    expect(shownValue(0.001057, "mm2/s")).toBe("1.057");
    expect(shownQuantity(0.001057, "mm2/s")).toBe("1.057 ×10⁻³\u00a0mm²/s");
    expect(shownQuantity(-32.6, "%")).toBe("−32.6%");
    expect(shownQuantity(1.04, "1")).toBe("1.04");
    expect(labelWithUnit("SER", "1")).toBe("SER");
    expect(labelWithUnit("ADC", "mm2/s")).toBe("ADC (×10⁻³\u00a0mm²/s)");
  });

  it.each([
    [1.91, 1.193, 3.056, 2],
    [1.014, 1.002, 1.026, 3],
    [0.99962, 0.99932, 0.99992, 4],
    [1.527, 1.0042, 2.322, 3],
    [0.007, 0.00014, 0.142, 3],
    [0.998, 0.616, 1.616, 2],
    [2, null, null, 2],
  ])("the ratio %d (%d to %d) has %d decimals", (value, low, high, decimals) =>
    expect(ratioDecimals(value, low, high)).toBe(decimals),
  );

  it("p-values of notes look as those of tables do", () => {
    expect([0.0004, 0.0204, 0.25, 0.04996, 0.9999].map(shownP)).toEqual([
      "p < .001",
      "p = .020",
      "p = .250",
      "p = .04996",
      "p > .999",
    ]);
  });

  it("whole numbers have whole quartiles where they can", () => {
    expect(
      decimalsOfQuartiles([
        [1, 2, 3, 4, 5],
        [2, 4, 6, 8, 10],
      ]),
    ).toBe(0);
    expect(decimalsOfQuartiles([[1, 2, 3, 4]])).toBe(1);
    expect(decimalsOfQuartiles([[0.5, 1.25]])).toBe(2);
  });

  it("quartiles count from the first, whichever is the reference", () => {
    const column = {
      name: "q",
      label: "Quartile",
      type: "category" as const,
      levels: ["Q4", "Q1", "Q2", "Q3"],
      order: ["Q1", "Q2", "Q3", "Q4"],
      origin: () => [],
      values: [],
    };
    expect(printedLevels(column)).toEqual(["Q1", "Q2", "Q3", "Q4"]);
    expect(inPrintOrder(column, ["Q4", "other", "Q1", "Q2"], (level) => level)).toEqual(["Q1", "Q2", "Q4", "other"]);
  });
});

describe("names of columns in a sentence", () => {
  const category = (name: string, label: string, levels: readonly string[]) =>
    ({ name, label, type: "category", levels, origin: () => [], values: [] }) as const;
  const data: Dataset = {
    id: "patients",
    unit: "patient",
    rows: [],
    columns: [category("dwi@baseline", "DWI target sign", ["absent", "present"]), category("alp", "ALP", ["low"])],
  };

  it("become labels where they are members of a list, and nowhere else", () => {
    expect(withLabels(data, "dwi@baselinepresent, alp predict alp without error: the alp has no limit.")).toBe(
      "DWI target sign: present, ALP predict ALP without error: the alp has no limit.",
    );
    expect(withLabels(data, "alpha, dwi@baseline")).toBe("alpha, DWI target sign");
  });
});
