import type { Results } from "@livermark/analysis";
import { type Evidence, type Guideline, guidelines } from "./checklist-items.js";
import { type ReportFile, textFile } from "./zip.js";

export interface ChecklistLine {
  readonly number: string;
  readonly label: string;
  /** Where the report answers the item; null is left open for the authors. */
  readonly answer: string | null;
}

/** Numbers of the tables that a test of their id or title picks, as "Table 1, Table 3". */
function tablesLike(results: Results, pattern: RegExp): string | null {
  const found = results.tables.flatMap((table, i) =>
    pattern.test(`${table.id} ${table.title}`) ? [`Table ${i + 1}`] : [],
  );
  return found.length === 0 ? null : found.join(", ");
}

function figuresOf(results: Results, kinds: readonly string[]): string | null {
  const found = results.figures.flatMap((figure, i) => (kinds.includes(figure.kind) ? [`Figure ${i + 1}`] : []));
  return found.length === 0 ? null : found.join(", ");
}

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
