import type { Results } from "@livermark/analysis";
import { itemName, type OutlineItem, outline } from "../outline.js";
import { type Evidence, type Guideline, guidelines } from "./checklist-items.js";
import { type ReportFile, textFile } from "./zip.js";

export interface ChecklistLine {
  readonly number: string;
  readonly label: string;
  /** Where the report answers the item; null is left open for the authors. */
  readonly answer: string | null;
}

/** Names of the main tables that a test of their id or title picks, as "Table 1, Table 3"; of the supplement if it has none. */
function named(results: Results, picks: (item: OutlineItem) => boolean): string | null {
  const names = outline(results).sections.flatMap(({ items }) => items.filter(picks).map(itemName));
  const inMain = names.filter((name) => !/ S\d+$/.test(name));
  const found = inMain.length > 0 ? inMain : names;
  return found.length === 0 ? null : found.join(", ");
}

const tablesLike = (results: Results, pattern: RegExp): string | null =>
  named(results, (item) => item.kind === "table" && pattern.test(`${item.table.id} ${item.table.title}`));

const figuresOf = (results: Results, kinds: readonly string[]): string | null =>
  named(results, (item) => item.kind === "figure" && kinds.includes(item.figure.kind));

const together = (...parts: readonly (string | null)[]): string | null => {
  const known = parts.filter((part) => part !== null);
  return known.length === 0 ? null : known.join("; ");
};

/** What the results themselves say to an item; null where they say nothing. */
function evidenceOf(results: Results, evidence: Evidence): string | null {
  switch (evidence) {
    case "flow":
      return results.flow.length === 0
        ? null
        : `Flow chart: ${results.flow.map((step) => `${step.label} ${step.n}`).join(", ")}`;
    case "baseline":
      return tablesLike(results, /baseline/i);
    case "methods":
      return results.methods.length === 0 ? null : "Methods of the report";
    case "survival":
      return together(
        tablesLike(results, /survival|PFS|progression/i),
        figuresOf(results, ["kaplan-meier", "cumulative-incidence"]),
      );
    case "models":
      return together(
        tablesLike(results, /cox|regression|model|hazard|odds/i),
        figuresOf(results, ["forest", "nomogram"]),
      );
    case "performance":
      return together(
        tablesLike(results, /performance|roc|accuracy/i),
        figuresOf(results, ["roc", "calibration", "decision-curve"]),
      );
    case "agreement":
      return together(tablesLike(results, /agreement|kappa|icc/i), figuresOf(results, ["bland-altman"]));
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
