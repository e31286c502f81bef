import { join } from "node:path";
import type { KaplanMeierFigure, ResultFigure } from "@livermark/analysis";
import { random } from "@livermark/core";
import { repositoryRoot } from "testkit";
import { describe, expect, it } from "vitest";
import { figureScene, figureSvg, naturalWidth } from "../src/figures/draw.js";
import { kaplanMeierSvg } from "../src/figures/kaplan-meier.js";
import type { Mark } from "../src/figures/scene.js";
import { textWidth } from "../src/text.js";
import { typeset, typesetAll } from "../src/typeset.js";
import { figureFixtures } from "./fixtures/figures.js";
import { productLimit, survivalFigure } from "./fixtures/survival.js";

const kinds: readonly ResultFigure["kind"][] = [
  "kaplan-meier",
  "cumulative-incidence",
  "roc",
  "forest",
  "nomogram",
  "calibration",
  "decision-curve",
  "lasso-path",
  "lasso-error",
  "waterfall",
  "spider",
  "swimmer",
  "bland-altman",
  "distribution",
  "scatter",
  "threshold-sweep",
  "cut-point-scan",
  "correlation-matrix",
  "residuals",
  "flow",
  "time-line",
  "image-panel",
];

const texts = (marks: readonly Mark[]): readonly Extract<Mark, { kind: "text" }>[] =>
  marks.flatMap((mark) => (mark.kind === "text" ? [mark] : mark.kind === "group" ? texts(mark.marks) : []));

/** The rectangle that a line of text covers; turned text is left to the eye. */
function extentOf(text: Extract<Mark, { kind: "text" }>) {
  const width = textWidth(text.text, text.size, text.weight);
  const left = text.anchor === "middle" ? text.x - width / 2 : text.anchor === "end" ? text.x - width : text.x;
  return { left, right: left + width, top: text.y - text.size * 0.7, bottom: text.y + text.size * 0.1 };
}

/** Pairs of level texts of which one is printed over the other. */
function wordsOverWords(marks: readonly Mark[]): readonly string[] {
  const boxes = texts(marks)
    .filter((mark) => mark.rotate === undefined && mark.text !== "")
    .map((mark) => ({ text: mark.text, ...extentOf(mark) }));
  return boxes.flatMap((a, i) =>
    boxes
      .slice(i + 1)
      .filter(
        (b) => a.left < b.right - 0.3 && b.left < a.right - 0.3 && a.top < b.bottom - 0.3 && b.top < a.bottom - 0.3,
      )
      .map((b) => `${a.text} / ${b.text}`),
  );
}

describe("gallery", () => {
  it("has a figure of every kind", () => {
    expect(new Set(figureFixtures.map((figure) => figure.kind))).toEqual(new Set(kinds));
  });

  it.each(figureFixtures.map((figure) => [figure.id, figure] as const))(
    "%s is drawn as it was looked at",
    async (id, figure) => {
      await expect(figureSvg(figure)).toMatchFileSnapshot(join(repositoryRoot, "docs/gallery", `${id}.svg`));
    },
  );
});

describe("gallery page", () => {
  const heads: { readonly [kind: string]: string } = {
    "kaplan-meier": "Survival",
    roc: "Discrimination, calibration and models",
    waterfall: "Response",
    "bland-altman": "Measurements and agreement",
    "threshold-sweep": "Cut-offs, checks and structure",
    flow: "Course and images",
  };

  it("shows each figure with its own description", async () => {
    let last = "";
    const parts = figureFixtures.flatMap((figure) => {
      const head = figure.kind === last ? undefined : heads[figure.kind];
      last = figure.kind;
      const { description, title } = figureScene(figure);
      return [
        ...(head === undefined ? [] : [`## ${head}`, ""]),
        `### ${title}`,
        "",
        `![${title}](${figure.id}.svg)`,
        "",
        `Kind \`${figure.kind}\`. Alternative text: ${description.replace(/[<>|*_]/g, (c) => `\\${c}`)}`,
        "",
      ];
    });
    const more = figureFixtures
      .filter((figure) => ["kaplan-meier", "swimmer", "forest", "decision-curve", "image-panel"].includes(figure.kind))
      .slice(0, 6);
    for (const figure of more) {
      for (const theme of ["grey", "dark"] as const) {
        await expect(figureSvg(figure, { theme })).toMatchFileSnapshot(
          join(repositoryRoot, "docs/gallery", `${figure.id}-${theme}.svg`),
        );
      }
    }
    const page = [
      "# Figure gallery",
      "",
      "Every figure that `packages/report` draws, from phantoms and random draws, at final print size: one journal column (3.5 in) or the page (7 in), 8-point text. The files are golden: the tests of the package compare each figure with its file here, byte by byte. Colours are those of Okabe and Ito, and no meaning rests on colour alone (dash, marker, order). The sentence below each figure is its alternative text, written from its numbers.",
      "",
      ...parts,
      "## In grey and on dark pages",
      "",
      ...more.flatMap((figure) => [
        `![${figure.title}, grey](${figure.id}-grey.svg)`,
        `![${figure.title}, dark](${figure.id}-dark.svg)`,
        "",
      ]),
    ].join("\n");
    await expect(page).toMatchFileSnapshot(join(repositoryRoot, "docs/gallery/README.md"));
  });
});

describe.each(figureFixtures.map((figure) => [figure.id, figure] as const))("%s", (_id, figure) => {
  const themes = ["light", "dark", "grey", "auto"] as const;

  it("gives the same bytes every time, in every theme and width", () => {
    for (const theme of themes) {
      for (const width of ["column", "page"] as const) {
        expect(figureSvg(figure, { theme, width })).toBe(figureSvg(figure, { theme, width }));
      }
    }
  });

  it("is well-formed and titled, and describes its numbers", () => {
    const svg = figureSvg(figure);
    expect(svg).toMatch(/^<svg [^>]*role="img" aria-labelledby="[^"]+">\n<title id=/);
    expect(figureScene(figure).description.length).toBeGreaterThan(30);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    const open = [...svg.matchAll(/<([a-zA-Z]+)[^>]*[^/]>/g)].length;
    expect([...svg.matchAll(/<\/[a-zA-Z]+>/g)].length).toBe(open);
  });

  it("keeps every word inside the figure", () => {
    const scene = figureScene(figure, { width: naturalWidth(figure) });
    for (const text of texts(scene.marks).filter((mark) => mark.rotate === undefined)) {
      const { left, right, top, bottom } = extentOf(text);
      expect(left, text.text).toBeGreaterThanOrEqual(-0.5);
      expect(right, text.text).toBeLessThanOrEqual(scene.width + 0.5);
      expect(top, text.text).toBeGreaterThanOrEqual(-0.5);
      expect(bottom, text.text).toBeLessThanOrEqual(scene.height + 0.5);
    }
  });

  it("prints no word over another", () => {
    const scene = figureScene(figure, { width: naturalWidth(figure) });
    expect(wordsOverWords(scene.marks)).toEqual([]);
  });
});

describe("poor data", () => {
  /** The same figure with every list empty, all the way down or only at the top. */
  const emptied = (value: unknown, depth: number): unknown => {
    if (Array.isArray(value)) return depth === 0 ? [] : value.map((item) => emptied(item, depth - 1));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, emptied(item, depth)]));
  };
  /** Every list cut to its first member. */
  const single = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.slice(0, 1).map(single);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, single(item)]));
  };

  it.each(figureFixtures.map((figure) => [figure.id, figure] as const))(
    "%s without data, or with one value, is drawn or says so",
    (_id, figure) => {
      // Where curves share one axis of values, emptying them alone would break the contract of equal lengths.
      const depths = ["decision-curve", "lasso-path"].includes(figure.kind) ? [0] : [0, 1];
      for (const poor of depths.map((depth) => emptied(figure, depth)) as ResultFigure[]) {
        expect(figureSvg(poor)).not.toMatch(/NaN|undefined/);
      }
      if (figure.kind !== "image-panel") expect(figureSvg(single(figure) as ResultFigure)).not.toMatch(/NaN|undefined/);
    },
  );
});

describe("Kaplan–Meier of many patients", () => {
  const draw = random(3);
  const cohort = Array.from({ length: 100_000 }, () => {
    const months = Math.round(draw.exponential() * 30000) / 1000;
    return months > 60
      ? { months: 60, event: 0 as const }
      : { months, event: draw.uniform() < 0.7 ? (1 as const) : (0 as const) };
  });
  const riskTimes = [0, 12, 24, 36, 48, 60];
  const figure: KaplanMeierFigure = {
    ...survivalFigure,
    riskTimes,
    groups: [productLimit("A", cohort.slice(0, 50_000), riskTimes), productLimit("B", cohort.slice(50_000), riskTimes)],
  };

  it("stays under 300 kB at both widths", () => {
    for (const width of ["column", "page"] as const) {
      expect(kaplanMeierSvg(figure, { width }).length).toBeLessThan(300_000);
    }
  });

  it("prints the numbers at risk it was given", () => {
    const words = texts(figureScene(figure, { width: "page" }).marks).map((mark) => mark.text);
    for (const group of figure.groups) for (const count of group.atRisk) expect(words).toContain(String(count));
  });
});

it("words are typeset, ids are not", () => {
  expect(["below -10 %", "25-50", ">50-75", "recist-1.1", "2021-06-30", "(-0.5)"].map(typeset)).toEqual([
    "below −10%",
    "25–50",
    ">50–75",
    "recist-1.1",
    "2021-06-30",
    "(−0.5)",
  ]);
  expect(typesetAll({ id: "a -1", label: "a -1", n: [1], rows: [{ text: "-2" }], none: null })).toEqual({
    id: "a -1",
    label: "a −1",
    n: [1],
    rows: [{ text: "−2" }],
    none: null,
  });
});

it("a Kaplan–Meier figure whose curve ends at zero stops its band there and draws one patient alone", () => {
  const alone = {
    ...survivalFigure,
    groups: [productLimit("One", [{ months: 3, event: 1 }], survivalFigure.riskTimes)],
    hazardRatio: null,
    comparison: null,
  };
  expect(kaplanMeierSvg(alone)).not.toMatch(/NaN/);
});

describe("distributions of many groups", () => {
  const fixture = figureFixtures.find((figure) => figure.kind === "distribution");
  if (fixture?.kind !== "distribution") throw new Error("there is a fixture of this kind");
  const [group] = fixture.groups;
  if (group === undefined) throw new Error("the fixture has groups");
  const names = ["<25%", "25–50%", ">50–75%", "more than three quarters of the liver"];
  const figure = { ...fixture, groups: names.map((label) => ({ ...group, label })) };

  it("name every group, on lines that do not touch", () => {
    const { marks } = figureScene(figure);
    const printed = texts(marks)
      .map(({ text }) => text.replaceAll("\u00a0", " "))
      .join(" ");
    for (const label of names) expect(printed).toContain(`${label} (n = ${group.values.length})`);
    expect(wordsOverWords(marks)).toEqual([]);
  });

  it("keep the last line of a name, with its descenders, in the figure", () => {
    const scene = figureScene({ ...figure, groups: names.slice(2).map((label) => ({ ...group, label })) });
    for (const { y, size } of texts(scene.marks)) expect(y + 0.25 * size).toBeLessThanOrEqual(scene.height);
  });
});

it("a survival figure for a slide tells the numbers at risk alone", () => {
  const whole = figureFixtures.find((one) => one.kind === "kaplan-meier");
  if (whole === undefined) throw new Error("there is a fixture of this kind");
  const headings = (riskOnly: boolean): readonly string[] =>
    texts(figureScene(whole, { riskOnly }).marks).flatMap(({ text }) =>
      /^(Number at risk|Cumulative)/.test(text) ? [text] : [],
    );
  expect(headings(false)).toEqual(["Number at risk", "Cumulative events", "Cumulative censored"]);
  expect(headings(true)).toEqual(["Number at risk"]);
});

it("a forest plot has no column for a model without an estimate", () => {
  const fixture = figureFixtures.find((figure) => figure.kind === "forest");
  if (fixture?.kind !== "forest") throw new Error("there is a fixture of this kind");
  const rows = fixture.rows.map(({ estimates: { multi: _, ...estimates }, ...row }) => ({ ...row, estimates }));
  const printed = texts(figureScene({ ...fixture, rows }).marks).map(({ text }) => text);
  expect(printed).toContain("Univariable");
  expect(printed).not.toContain("Multivariable");
});

it("a forest plot shows an estimate far out, with an arrow where its limit leaves the axis", () => {
  const fixture = figureFixtures.find((figure) => figure.kind === "forest");
  if (fixture?.kind !== "forest") throw new Error("there is a fixture of this kind");
  const uni = { value: 0.007, low: 0.00002, high: 0.142, id: null, p: 0.001 };
  const { marks } = figureScene({ ...fixture, rows: [{ label: "ADC", indent: 0, n: 43, estimates: { uni } }] });
  expect(texts(marks).map(({ text }) => text)).toContain("0.01");
  expect(texts(marks).map(({ text }) => text)).toContain("0.007 (<0.001–0.142)");
  // A square in the colour of the first model stands within the axis.
  expect(marks.filter((mark) => mark.kind === "path" && mark.fill === "#0072B2")).toHaveLength(1);
});

it("a curve of incidence ends with its group's last time, and has its band from its first event", () => {
  const fixture = figureFixtures.find((figure) => figure.kind === "cumulative-incidence");
  if (fixture?.kind !== "cumulative-incidence") throw new Error("there is a fixture of this kind");
  // Nobody has the event at first: limits do not exist there.
  const late = { ...fixture.curves[0]!, time: [2, 4, 6, 8], incidence: [0, 0, 0.2, 0.4], lastTime: 9 };
  const curve = { ...late, low: [null, null, 0.1, 0.2], high: [null, null, 0.3, 0.6] };
  const scene = figureScene({ ...fixture, curves: [curve], riskTimes: [0, 12, 24] });
  const paths = scene.marks.filter((mark) => mark.kind === "path");
  expect(paths.filter((mark) => mark.fillOpacity !== undefined)).toHaveLength(1);
  const axis = texts(scene.marks).filter(({ text }) => /^(?:0|24)$/.test(text));
  const [from, to] = [Math.min(...axis.map(({ x }) => x)), Math.max(...axis.map(({ x }) => x))];
  const line = paths.find((mark) => mark.strokeWidth === 1.2);
  const furthest = Math.max(...[...(line?.d ?? "").matchAll(/[HML]([\d.]+)/g)].map(([, x]) => Number(x)));
  expect(furthest).toBeGreaterThan(from);
  expect(furthest).toBeLessThan(from + (to - from) * 0.4);
});
