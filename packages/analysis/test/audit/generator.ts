import { type Random, random } from "@livermark/core";
import { normalTwoSided } from "@livermark/statistics";

/** Errors that can be planted, by what is printed wrongly. */
export const ERRORS = [
  "percent digit",
  "count digit",
  "percent of printed total",
  "part above whole",
  "table percent",
  "table groups",
  "mean of groups",
  "ORR count",
  "ORR percent",
  "DCR percent",
  "interval reversed",
  "ratio outside interval",
  "ratio off centre",
  "p against interval",
  "p as zero",
  "coefficient sign",
  "coefficient size",
  "difference",
  "sensitivity",
  "mean outside range",
  "deviation",
  "mean of whole numbers",
  "deaths above events",
  "diffusion unit",
  "median twice",
  "AUC outside interval",
  "age outside criteria",
  "partition gap",
  "laboratory unit",
  "relative change",
  "repeated row",
  "predictive value",
  "odds of a table",
  "restated count",
] as const;
export type ErrorKind = (typeof ERRORS)[number];

export const STYLES = ["radiology", "spss", "lancet", "extracted"] as const;
export type Style = (typeof STYLES)[number];

export interface MadeText {
  readonly text: string;
  /** The wrong words as printed, for a damaged text. */
  readonly planted: string | null;
}

interface Draw {
  readonly whole: (from: number, to: number) => number;
  readonly real: (from: number, to: number) => number;
}

const drawer = (source: Random): Draw => ({
  whole: (from, to) => from + Math.floor(source.uniform() * (to - from + 1)),
  real: (from, to) => from + source.uniform() * (to - from),
});

const fixed = (value: number, decimals: number): string => value.toFixed(decimals);

/** How a journal prints the same things. */
interface Journal {
  readonly share: (count: number, total: number, percent: string) => string;
  readonly ofTotal: (count: number, total: number, percent: string) => string;
  readonly ratio: (name: string, ratio: string, low: string, high: string, p: string) => string;
  readonly interval: (low: string, high: string) => string;
  readonly decimals: number;
  readonly p: (p: number) => string;
}

const pText = (p: number, lead: string, decimals: number): string =>
  p < 0.001 ? `${lead} < 0.001` : `${lead} = ${fixed(p, decimals)}`;

const JOURNALS: Readonly<Record<Style, Journal>> = {
  radiology: {
    share: (count, _total, percent) => `${count} (${percent}%)`,
    ofTotal: (count, total, percent) => `${count} of ${total} (${percent}%)`,
    ratio: (name, ratio, low, high, p) => `(${name}, ${ratio} [95% CI: ${low}, ${high}]; ${p})`,
    interval: (low, high) => `(95% CI: ${low}, ${high})`,
    decimals: 1,
    p: (p) => (p < 0.001 ? "P < .001" : `P = ${fixed(p, p < 0.01 ? 3 : 2).replace(/^0/, "")}`),
  },
  spss: {
    share: (count, _total, percent) => `${count} (${percent} %)`,
    ofTotal: (count, total, percent) => `${count}/${total} (${percent})`,
    ratio: (name, ratio, low, high, p) => `(${name} = ${ratio}, 95% CI ${low}-${high}, ${p})`,
    interval: (low, high) => `(95% CI ${low}-${high})`,
    decimals: 1,
    p: (p) => pText(p, "P", 3),
  },
  lancet: {
    share: (count, _total, percent) => `${count} (${percent.replace(".", "·")}%)`,
    ofTotal: (count, total, percent) => `${count} (${percent.replace(".", "·")}%) of ${total}`,
    ratio: (name, ratio, low, high, p) =>
      `(${name} ${ratio} [95% CI ${low}–${high}], ${p})`.replaceAll(/(?<=\d)\.(?=\d)/g, "·"),
    interval: (low, high) => `(95% CI ${low}–${high})`.replaceAll(/(?<=\d)\.(?=\d)/g, "·"),
    decimals: 1,
    p: (p) => pText(p, "p", 3),
  },
  extracted: {
    share: (count, _total, percent) => `${count}\u2009(${percent} %)`,
    ofTotal: (count, total, percent) => `${count} of ${total}\n(${percent}%)`,
    ratio: (name, ratio, low, high, p) => `(${name}\u00a0= ${ratio}, 95% CI:\n${low}–${high}, ${p})`,
    interval: (low, high) => `(95% CI:  ${low}–${high})`,
    decimals: 2,
    p: (p) => pText(p, "p", 3),
  },
};

/** Splits `total` at random into `parts` counts, each at least one. */
function split(draw: Draw, total: number, parts: number): number[] {
  const counts = Array.from({ length: parts }, () => 1);
  for (let rest = total - parts; rest > 0; rest--) {
    const at = draw.whole(0, parts - 1);
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts;
}

/**
 * A results section in one journal's style with numbers that follow from each other; with `error`, one of them is
 * changed. The same seed gives the same text.
 */
export function makeText(seed: number, style: Style, error: ErrorKind | null): MadeText {
  const draw = drawer(random(seed));
  const journal = JOURNALS[style];
  const decimals = journal.decimals;
  let planted: string | null = null;
  const total = draw.whole(60, 240);
  const lines: string[] = [];
  const percent = (count: number, of = total): string => fixed((100 * count) / of, decimals);
  /** Prints `right`, or `wrong` where that is the error to plant; `shown` is what a finding must quote. */
  const choose = (kind: ErrorKind, right: string, wrong: () => string): string => {
    if (error !== kind || planted !== null) return right;
    const text = wrong();
    planted = text;
    return text;
  };

  lines.push(
    `Inclusion criteria were age between ${choose("age outside criteria", "18 and 90 years", () => `${draw.whole(25, 40)} and 90 years`)} and no earlier treatment.`,
  );
  const men = draw.whole(Math.ceil(total * 0.3), Math.floor(total * 0.7));
  const age = draw.real(52, 66);
  const deviation = draw.real(8, 12);
  const ages = (mean: number, sd: number): string => `${fixed(mean, 1)} ± ${fixed(sd, 1)} years (range 24–87)`;
  lines.push(
    `A total of ${total} patients were enrolled; the mean age was ${choose(
      "mean outside range",
      choose("deviation", ages(age, deviation), () => ages(age, draw.real(52, 60))),
      () => ages(draw.real(90, 97), deviation),
    )}.`,
  );
  const women = total - men;
  const sexPercent = choose("percent digit", journal.share(men, total, percent(men)), () =>
    journal.share(
      men,
      total,
      fixed((100 * men) / total + (draw.whole(0, 1) === 0 ? 2 : -2) + 0.1 * draw.whole(1, 4), decimals),
    ),
  );
  lines.push(`There were ${sexPercent} men and ${journal.share(women, total, percent(women))} women.`);
  const child = split(draw, total, 3);
  const [a = 0, b = 0, c = 0] = child;
  const wrongA = a + draw.whole(2, 5);
  const childA = choose("count digit", journal.share(a, total, percent(a)), () =>
    journal.share(wrongA, total, percent(a)),
  );
  lines.push(
    `Liver function was class A in ${childA}, class B in ${journal.share(b, total, percent(b))} and class C in ${journal.share(c, total, percent(c))} patients.`,
  );
  const vein = draw.whole(10, total - 10);
  lines.push(
    `Portal vein invasion was seen in ${choose(
      "part above whole",
      choose("percent of printed total", journal.ofTotal(vein, total, percent(vein)), () =>
        journal.ofTotal(vein, total, fixed((100 * vein) / total + (vein > total / 2 ? -3.3 : 3.3), decimals)),
      ),
      () => `${total + 3} of ${total} (${percent(vein)}%)`,
    )} patients.`,
  );
  const few = draw.whole(11, 19);
  const wholeMean = (100 * draw.whole(600, 1100)) / 100;
  const reachableMean = Math.round(wholeMean * 0.06 * few) / few;
  const between = (Math.round(wholeMean * 0.06 * few) + 0.5) / few;
  const recurrent = (mean: number): string => `${few} patients, the mean age was ${fixed(mean, 2)} years`;
  lines.push(
    `A second course was given to ${choose("mean of whole numbers", recurrent(reachableMean), () => recurrent(between))}.`,
  );

  // Response: four categories of the total, their sums, and the rates.
  const [cr = 0, pr = 0, sd = 0, pd = 0] = split(draw, total, 4);
  const category = (count: number): string => journal.share(count, total, percent(count));
  lines.push(
    `Complete response (CR) was seen in ${category(cr)}, partial response (PR) in ${category(pr)}, stable disease (SD) in ${category(sd)} and progressive disease (PD) in ${category(pd)} patients.`,
  );
  const orr = percent(cr + pr);
  const dcr = percent(cr + pr + sd);
  const off = (text: string): string => fixed(Number(text) + (Number(text) > 50 ? -1.6 : 1.6), decimals);
  const rate = (name: string, value: string): string => `${name} was ${value}%`;
  lines.push(
    `The ${choose("ORR percent", rate("objective response rate (ORR)", orr), () => rate("objective response rate (ORR)", off(orr)))} and the ${choose("DCR percent", rate("disease control rate (DCR)", dcr), () => rate("disease control rate (DCR)", off(dcr)))}.`,
  );

  // Survival.
  const died = draw.whole(10, total - 12);
  const events = draw.whole(died, total - 2);
  lines.push(
    `By the end of follow-up, ${choose("deaths above events", `${died} patients had died and there were ${events} PFS events`, () => `${events} patients had died and there were ${Math.max(1, died - 3)} PFS events`)}.`,
  );
  const os = draw.real(9, 30);
  const halfWidth = draw.real(1.5, 4);
  const months = `${fixed(os, 1)} months`;
  lines.push(
    `The median OS was ${months} ${choose("interval reversed", journal.interval(fixed(os - halfWidth, 1), fixed(os + halfWidth, 1)), () => journal.interval(fixed(os + halfWidth, 1), fixed(os - halfWidth, 1)))}.`,
  );

  // Ratios: estimate and standard error first, everything printed follows from them.
  const ratioText = (estimate: number, standardError: number, change?: "outside" | "centre" | "p" | "zero"): string => {
    const low = Math.exp(Math.log(estimate) - 1.96 * standardError);
    const high = Math.exp(Math.log(estimate) + 1.96 * standardError);
    const p = normalTwoSided(Math.log(estimate) / standardError);
    const shown =
      change === "outside"
        ? high * 1.3 + 0.05
        : change === "centre"
          ? Math.exp(Math.log(estimate) + 0.8 * standardError)
          : estimate;
    const wrongP = p < 0.05 ? draw.real(0.3, 0.8) : draw.real(0.002, 0.01);
    const pShown =
      change === "zero"
        ? "P = 0.000"
        : journal.p(
            change === "p" ? wrongP : change === "centre" ? normalTwoSided(Math.log(shown) / standardError) : p,
          );
    return journal.ratio("HR", fixed(shown, 3), fixed(low, 3), fixed(high, 3), pShown);
  };
  const ratios = ["tumour burden", "vascular invasion", "CA 19-9", "cirrhosis"].map((factor, i) => {
    const standardError = draw.real(0.15, 0.4);
    const estimate = Math.exp(
      (i % 2 === 0 ? 1 : -1) * (i < 2 ? draw.real(2.6, 4) : draw.real(0.2, 0.9)) * standardError,
    );
    const right = ratioText(estimate, standardError);
    const kinds: readonly (readonly [ErrorKind, "outside" | "centre" | "p" | "zero"])[] = [
      ["ratio outside interval", "outside"],
      ["ratio off centre", "centre"],
      ["p against interval", "p"],
      ["p as zero", "zero"],
    ];
    const found = kinds[i];
    const text =
      found === undefined ? right : choose(found[0], right, () => ratioText(estimate, standardError, found[1]));
    return `${factor} ${text}`;
  });
  lines.push(`In the Cox model, the factors were ${ratios.join(", ")}.`);

  // Accuracy: whole numbers of two classes.
  const cases = draw.whole(20, Math.floor(total / 2));
  const others = total - cases;
  lines.push(`Progression occurred early (n = ${cases}) or late (n = ${others}).`);
  const sensitivity = draw.whole(Math.ceil(cases * 0.55), cases - 1);
  const specificity = draw.whole(Math.ceil(others * 0.55), others - 1);
  const accuracy = (sens: string, spec: string): string => `a sensitivity of ${sens}% and a specificity of ${spec}%`;
  const unreachable = (): string => {
    for (let tenth = 551; tenth < 999; tenth++) {
      const hit = [cases, others].some((n) =>
        Array.from({ length: n + 1 }, (_, k) => Math.abs((100 * k) / n - tenth / 10) < 0.1).some(Boolean),
      );
      if (!hit) return fixed(tenth / 10, 1);
    }
    return "100.9";
  };
  const auc = draw.real(0.66, 0.84);
  const areaText = (area: number): string =>
    `an AUC of ${fixed(area, 3)} ${journal.interval(fixed(auc - 0.08, 3), fixed(auc + 0.08, 3))}`;
  lines.push(
    `The score had ${choose("AUC outside interval", areaText(auc), () => areaText(auc + 0.12))}, with ${choose("sensitivity", accuracy(fixed((100 * sensitivity) / cases, 1), fixed((100 * specificity) / others, 1)), () => accuracy(unreachable(), fixed((100 * specificity) / others, 1)))}.`,
  );
  lines.push(
    `The cut-off of ADC was ${choose("diffusion unit", `${fixed(draw.real(0.9, 1.4), 3)} × 10^-3 mm2/s`, () => `${fixed(draw.real(0.9, 1.4), 3)} × 10^3 mm2/s`)}.`,
  );

  const predictive = (shift: number): string => {
    const [hits, clear] = [sensitivity, specificity];
    const ppv = (100 * hits) / (hits + others - clear) + shift;
    return `sensitivity ${fixed((100 * hits) / cases, 1)}%, specificity ${fixed((100 * clear) / others, 1)}% and PPV ${fixed(ppv, 1)}%`;
  };
  lines.push(
    `At the cut-off these were ${choose("predictive value", predictive(0), () => predictive(sensitivity > cases / 2 ? -4.7 : 4.7))}.`,
  );
  const cut = fixed(draw.whole(21, 69) / 10, 1);
  lines.push(
    `Tumours were grouped by size (${choose("partition gap", `≤${cut} cm vs >${cut} cm`, () => `<${cut} cm vs >${cut} cm`)}).`,
  );
  const albumin = `${fixed(draw.real(33, 45), 1)} ± ${fixed(draw.real(3, 6), 1)}`;
  lines.push(
    `Albumin was measured in all, ${choose("laboratory unit", `albumin (g/L) ${albumin}`, () => `albumin (g/dL) ${albumin}`)}.`,
  );
  const [before, after] = [draw.real(30, 60), draw.real(10, 25)];
  const changed = (shift: number): string => {
    const [b, a] = [fixed(before, 1), fixed(after, 1)];
    const relative = (100 * (Number(b) - Number(a))) / Number(b);
    return `decreased by ${fixed(relative + shift, 1)}% from ${b}% to ${a}%`;
  };
  lines.push(`The tumour burden ${choose("relative change", changed(0), () => changed(3.4))}.`);

  // Tables.
  const [n1 = 0, n2 = 0] = [Math.floor(total * 0.45), total - Math.floor(total * 0.45)];
  lines.push("", "Table 2. Characteristics by group", "");
  const rowOf = (name: string, whole: string, first: string, second: string): string =>
    `| ${name} | ${whole} | ${first} | ${second} |`;
  const share = (count: number, of: number): string => `${count} (${fixed((100 * count) / of, 1)}%)`;
  lines.push(
    rowOf("Characteristic", `All (n = ${total})`, `Group A (n = ${n1})`, `Group B (n = ${n2})`),
    "|---|---|---|---|",
  );
  const [m1, m2] = [draw.real(54, 58), draw.real(60, 64)];
  const mean = (n1 * m1 + n2 * m2) / total;
  const meanRow = (whole: number): string =>
    rowOf("Age (years)", `${fixed(whole, 1)} ± 9.4`, `${fixed(m1, 1)} ± 9.1`, `${fixed(m2, 1)} ± 9.3`);
  lines.push(choose("mean of groups", meanRow(mean), () => meanRow(draw.whole(0, 1) === 0 ? m1 - 2 : m2 + 2)));
  let cirrhosis = 0;
  for (const name of ["Sex", "Cirrhosis", "Ascites"]) {
    lines.push(rowOf(name, "", "", ""));
    const x1 = draw.whole(8, n1 - 8);
    const x2 = draw.whole(8, n2 - 8);
    if (name === "Cirrhosis") cirrhosis = x1 + x2;
    const right = rowOf("Yes", share(x1 + x2, total), share(x1, n1), share(x2, n2));
    const wrongPercent = rowOf(
      "Yes",
      share(x1 + x2, total),
      share(x1, n1),
      `${x2} (${fixed((100 * x2) / n2 + (x2 > n2 / 2 ? -7.3 : 7.3), 1)}%)`,
    );
    const row =
      name === "Cirrhosis"
        ? choose("table percent", right, () => wrongPercent)
        : name === "Ascites"
          ? choose("table groups", right, () =>
              rowOf("Yes", share(x1 + x2 + 4 - (x1 + x2 + 4 > total ? 8 : 0), total), share(x1, n1), share(x2, n2)),
            )
          : right;
    lines.push(row, rowOf("No", share(total - x1 - x2, total), share(n1 - x1, n1), share(n2 - x2, n2)));
  }
  lines.push(
    "",
    "Table 3. Logistic regression",
    "",
    "| Variable | Coefficient | OR (95% CI) | P |",
    "|---|---|---|---|",
  );
  for (const [i, name] of ["ADC", "T2 ratio", "NLR", "LMR", "AFP"].entries()) {
    const standardError = draw.real(0.2, 0.5);
    const coefficient = (i % 2 === 0 ? 1 : -1) * draw.real(1.2, 3) * standardError;
    const row = (shown: number): string => {
      const [ratio, low, high] = [
        coefficient,
        coefficient - 1.96 * standardError,
        coefficient + 1.96 * standardError,
      ].map(Math.exp);
      return `| ${name} | ${fixed(shown, 3)} | ${fixed(ratio ?? 0, 3)} (${fixed(low ?? 0, 3)}–${fixed(high ?? 0, 3)}) | ${fixed(Math.max(0.001, normalTwoSided(coefficient / standardError)), 3)} |`;
    };
    const kind: ErrorKind | null =
      i === 1 ? "coefficient sign" : i === 3 ? "coefficient size" : i === 4 ? "repeated row" : null;
    const above = lines[lines.length - 1] ?? "";
    if (kind === "repeated row") {
      lines.push(choose(kind, row(coefficient), () => above.replace(/^\| \w+ /, `| ${name} `)));
      continue;
    }
    lines.push(
      kind === null
        ? row(coefficient)
        : choose(kind, row(coefficient), () => row(kind === "coefficient sign" ? -coefficient : coefficient * 1.7)),
    );
  }
  lines.push(
    "",
    "Table 3b. Univariable odds ratios",
    "",
    "| Factor | Level | n (%) | OR (95% CI) |",
    "|---|---|---|---|",
  );
  for (const [i, name] of ["NLR", "LMR"].entries()) {
    const exposed = draw.whole(Math.ceil(total * 0.3), Math.floor(total * 0.7));
    const least = Math.max(2, exposed + cases - total + 2);
    const hits = draw.whole(least, Math.max(least, Math.min(exposed, cases) - 2));
    const [w, x, y, z] = [hits, exposed - hits, cases - hits, total - cases - exposed + hits];
    const error = Math.sqrt(1 / w + 1 / x + 1 / y + 1 / z);
    const cell = (shift: number): string => {
      const [ratio, low, high] = [0, -1.96 * error, 1.96 * error].map((d) => ((w * z) / (x * y)) * Math.exp(d + shift));
      return `${fixed(ratio ?? 0, 3)} (${fixed(low ?? 0, 3)}–${fixed(high ?? 0, 3)})`;
    };
    const odds = i === 0 ? choose("odds of a table", cell(0), () => cell(0.04)) : cell(0);
    const shares = [exposed, total - exposed].map((count) => `${count} (${fixed((100 * count) / total, 1)})`);
    lines.push(`| ${name} | ≥3.1 | ${shares[0]} | ${odds} |`, `| | <3.1 | ${shares[1]} | |`);
  }
  lines.push("", "Table 4. Response", "", "Response", "CR", "PR", "SD", "PD", "ORR", "Patients (n/%)");
  lines.push(...[cr, pr, sd, pd].map((count) => `${count} (${fixed((100 * count) / total, 1)})`));
  const orrRow = (count: number): string => `${count} (${fixed((100 * (cr + pr)) / total, 1)})`;
  lines.push(choose("ORR count", orrRow(cr + pr), () => orrRow(cr + pr - 1)));
  lines.push("", "Table 5. Median OS (months) and difference by response", "");
  for (let i = 0; i < 3; i++) {
    const [x, y] = [draw.whole(150, 400) / 10, draw.whole(60, 200) / 10];
    const cell = (value: number): string => `${fixed(value, 1)} (${fixed(value * 0.8, 1)}, ${fixed(value * 1.2, 1)})`;
    const row = (difference: number): string => `${cell(x)} ${cell(y)} ${fixed(difference, 1)} .0${draw.whole(1, 9)}`;
    lines.push(`Threshold ${i + 1}0 ${i === 1 ? choose("difference", row(x - y), () => row(x - y + 2)) : row(x - y)}`);
  }
  const repeated = `The median OS was ${months}.`;
  lines.push(
    "",
    "Discussion",
    choose("median twice", repeated, () => `The median OS was ${fixed(os + 1.3, 1)} months.`),
  );
  const restated = (count: number): string =>
    style === "radiology" || style === "extracted"
      ? `There were ${count} patients with cirrhosis.`
      : `Cirrhosis was seen in ${count} patients (${percent(count)}%).`;
  lines.push(
    choose("restated count", restated(cirrhosis), () => restated(cirrhosis + (cirrhosis > total / 2 ? -3 : 3))),
  );
  const text = lines.join("\n");
  // A PDF's text comes with ligatures, true minus signs and broken words.
  return style === "extracted"
    ? { text: text.replaceAll("fi", "ﬁ").replaceAll(" -", " −").replaceAll("difference", "dif-\nference"), planted }
    : { text, planted };
}
