import type { Results } from "@livermark/analysis";
import { inSentence } from "@livermark/core";
import { type OutlineItem, outline } from "../outline.js";
import { type Evidence, type Guideline, guidelines } from "./checklist-items.js";
import { type ReportFile, textFile } from "./zip.js";

export interface ChecklistLine {
  readonly number: string;
  readonly label: string;
  /** Where the report answers the item; null is left open for the authors. */
  readonly answer: string | null;
}

/** Numbers of one kind in a row, runs as ranges. Example: `listed("Table", ["8", "9", "10", "12"])` is `Tables 8–10, 12`. */
function listed(kind: string, numbers: readonly string[]): string {
  const runs: { from: string; to: string }[] = [];
  const next = (number: string): string => number.replace(/\d+$/, (digits) => String(Number(digits) + 1));
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last !== undefined && next(last.to) === number) last.to = number;
    else runs.push({ from: number, to: number });
  }
  const parts = runs.map(({ from, to }) =>
    from === to ? from : next(from) === to ? `${from}, ${to}` : `${from}–${to}`,
  );
  return `${kind}${numbers.length === 1 ? "" : "s"} ${parts.join(", ")}`;
}

/** Names of the main tables or figures that a test picks, as "Tables 1, 3"; of the supplement if the main part has none. */
function named(results: Results, picks: (item: OutlineItem) => boolean): string | null {
  const items = outline(results).sections.flatMap((section) => section.items.filter(picks));
  const inMain = items.filter(({ number }) => !number.startsWith("S"));
  const found = inMain.length > 0 ? inMain : items;
  const [first] = found;
  return first === undefined
    ? null
    : listed(
        first.kind === "table" ? "Table" : "Figure",
        found.map(({ number }) => number),
      );
}

/** Tables by what made them, as their id begins; by the words of their titles where none is known. */
const tablesLike = (results: Results, ids: RegExp, words: RegExp): string | null =>
  named(results, (item) => item.kind === "table" && ids.test(item.table.id)) ??
  named(results, (item) => item.kind === "table" && words.test(`${item.table.id} ${item.table.title}`));

const figuresOf = (results: Results, kinds: readonly string[]): string | null =>
  named(results, (item) => item.kind === "figure" && kinds.includes(item.figure.kind));

const together = (...parts: readonly (string | null)[]): string | null => {
  const known = parts.filter((part) => part !== null);
  return known.length === 0 ? null : known.join("; ");
};

const SURVIVAL = /^(?:survival|follow-up|competing|sweep|continuous|landmark)(?:\.|$)/;
const MODELS = /^(?:model|time-dependent)\.[^.]+$/;
const PERFORMANCE =
  /^(?:roc|cut-offs|models|survival-models|time-dependent-roc)(?:\.|$)|^model\..*\.(?:performance|corrected)$/;

/** What the results themselves say to an item; null where they say nothing. */
function evidenceOf(results: Results, evidence: Evidence): string | null {
  switch (evidence) {
    case "flow":
      return results.flow.length === 0
        ? null
        : `Flow chart: ${results.flow.map((step) => `${inSentence(step.label)} ${step.n}`).join("; ")}`;
    case "baseline":
      return tablesLike(results, /^baseline\.patients$/, /baseline/i);
    case "methods":
      return results.methods.length === 0 ? null : "Methods of the report";
    case "survival":
      return together(
        tablesLike(results, SURVIVAL, /survival|PFS|progression/i),
        figuresOf(results, ["kaplan-meier", "cumulative-incidence"]),
      );
    case "models":
      return together(
        tablesLike(results, MODELS, /cox|regression|model|hazard|odds/i),
        figuresOf(results, ["forest", "nomogram"]),
      );
    case "performance":
      return together(
        tablesLike(results, PERFORMANCE, /performance|roc|accuracy/i),
        figuresOf(results, ["roc", "calibration", "decision-curve"]),
      );
    case "agreement":
      return together(
        tablesLike(results, /^agreement\./, /agreement|kappa|icc/i),
        figuresOf(results, ["bland-altman"]),
      );
    case "limits":
      return results.notes.length === 0
        ? null
        : `Notes on the design (${results.notes.length}); the authors add their own`;
    case "left-out":
      return "What was left out, and why";
    case "software":
      return `${results.study.software.name} ${results.study.software.version}; data SHA-256 ${results.study.inputsSha256}; recompute.R`;
  }
}

/** One guideline's items with what the report knows; what a run cannot know stays open. */
export function checklist(results: Results, guideline: Guideline): readonly ChecklistLine[] {
  const { items } = guidelines.find((one) => one.name === guideline)!;
  const given = new Map(
    (results.checklist ?? []).filter((one) => one.guideline === guideline).map((one) => [one.item, one.answer]),
  );
  return items.map(({ number, label, evidence }) => ({
    number,
    label,
    answer: given.get(number) ?? (evidence === undefined ? null : evidenceOf(results, evidence)),
  }));
}

/** All guidelines as Markdown files. */
export function checklistFiles(results: Results): readonly ReportFile[] {
  return guidelines.map(({ name, cite }) => {
    const lines = checklist(results, name);
    const open = lines.filter((line) => line.answer === null).length;
    const rows = lines.map(
      (line) =>
        `| ${line.number} | ${line.label} | ${(line.answer ?? "**open**: for the authors").replace(/\|/g, "\\|")} |`,
    );
    const text = [
      `# ${name}`,
      "",
      `Items by number in our own short words (${cite}); ${lines.length - open} of ${lines.length} answered from the run, ${open} open.`,
      "",
      "| Item | About | Where |",
      "| :-- | :-- | :-- |",
      ...rows,
      "",
    ].join("\n");
    return textFile(`checklists/${name.replace("+", "-")}.md`, text);
  });
}
