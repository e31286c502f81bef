import type { DesignNote, ResultFigure, Results, ResultTable } from "@livermark/analysis";
import { shortForest } from "./figures/short-forest.js";
import { figureTitle, tableTitle } from "./titles.js";
import { typeset } from "./typeset.js";

/** Parts of a report in the order in which a paper has them. */
const SECTIONS = [
  { id: "images", title: "Images and measurements" },
  { id: "baseline", title: "Baseline" },
  { id: "response", title: "Response and changes" },
  { id: "survival", title: "Survival" },
  { id: "models", title: "Models" },
  { id: "performance", title: "Performance" },
  { id: "agreement", title: "Agreement of readers" },
  { id: "safety", title: "Safety" },
] as const;

type Topic = (typeof SECTIONS)[number]["id"];

/** Where a result stands: its topic, and whether in the main part or in the supplement. */
interface Place {
  readonly topic: Topic;
  readonly supplement: boolean;
}

const main = (topic: Topic): Place => ({ topic, supplement: false });
const behind = (topic: Topic): Place => ({ topic, supplement: true });

/** By the first word of a table's id, which names the part of the plan that made it. */
const TABLE_PLACES: { readonly [part: string]: Place } = {
  acquisition: main("images"),
  registration: main("images"),
  measurements: main("images"),
  "measured-changes": main("images"),
  baseline: main("baseline"),
  "group-table": main("baseline"),
  response: main("response"),
  pattern: main("response"),
  "group-test": main("response"),
  "follow-up": main("survival"),
  survival: main("survival"),
  sweep: main("survival"),
  competing: main("survival"),
  landmark: behind("survival"),
  continuous: behind("survival"),
  clusters: behind("survival"),
  subset: behind("survival"),
  "time-dependent": behind("survival"),
  multiplicity: behind("survival"),
  model: main("models"),
  "cut-offs": main("performance"),
  roc: main("performance"),
  models: main("performance"),
  "survival-models": main("performance"),
  "time-dependent-roc": main("performance"),
  subgroup: behind("models"),
  sensitivity: behind("models"),
  agreement: main("agreement"),
  adverse: main("safety"),
};

/** By the last word of the id of a table of one model. */
const MODEL_PLACES: { readonly [last: string]: Place } = {
  performance: main("performance"),
  corrected: main("performance"),
  continuous: behind("models"),
  selection: behind("models"),
  stability: behind("models"),
};

const FIGURE_PLACES: { readonly [K in ResultFigure["kind"]]?: Place } = {
  "time-line": main("images"),
  "image-panel": main("images"),
  waterfall: main("response"),
  spider: main("response"),
  swimmer: main("survival"),
  "cumulative-incidence": main("survival"),
  "threshold-sweep": main("survival"),
  "cut-point-scan": behind("survival"),
  nomogram: main("models"),
  calibration: main("performance"),
  "decision-curve": main("performance"),
  roc: main("performance"),
  "lasso-path": behind("models"),
  "lasso-error": behind("models"),
  residuals: behind("models"),
  "correlation-matrix": behind("models"),
  "bland-altman": behind("agreement"),
};

const parts = (id: string): readonly string[] => id.replace(/^figure\./, "").split(".");

/** A table of a part that is not known here stands in the supplement of the models. */
function tablePlace(table: ResultTable): Place {
  const [first = "", ...rest] = parts(table.id);
  const ofModel = first === "model" ? MODEL_PLACES[rest.at(-1) ?? ""] : undefined;
  return ofModel ?? TABLE_PLACES[first] ?? behind("models");
}

const figurePlace = (figure: ResultFigure): Place =>
  FIGURE_PLACES[figure.kind] ?? TABLE_PLACES[parts(figure.id)[0] ?? ""] ?? main("response");

/** The first two words of an id, which a model's tables and figures share. */
const stemOf = (id: string): string => parts(id).slice(0, 2).join(".");

/** A model's table as long as this fills more than half a page. */
const LONG_TABLE = 24;

/** Univariable estimates as `label|value|low|high`. */
const univariable = ({ rows }: ResultTable): readonly string[] =>
  rows.flatMap(({ label, cells }) => {
    const cell = cells["uni.ratio"];
    return cell?.kind === "estimate" ? [[label, cell.value, cell.low, cell.high].join("|")] : [];
  });

/**
 * Models whose long table mostly repeats the univariable estimates of an earlier one: the same candidates of the same
 * outcome with one marker exchanged, or chosen by another rule. They stand in the supplement with all that belongs to them.
 */
function repeatedModels(tables: readonly ResultTable[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const table of tables) {
    if (table.rows.length < LONG_TABLE || !/^model\.[^.]+$/.test(table.id)) continue;
    const estimates = univariable(table);
    if (estimates.filter((estimate) => seen.has(estimate)).length > estimates.length / 2) repeated.add(table.id);
    else for (const estimate of estimates) seen.add(estimate);
  }
  return repeated;
}

/** A table or figure with the number that it has in the whole report, e.g. `3` or `S2`. */
export type OutlineItem =
  | { readonly kind: "table"; readonly number: string; readonly table: ResultTable }
  | {
      readonly kind: "figure";
      readonly number: string;
      readonly figure: ResultFigure;
      /** Titles of other figures that would be drawn the same; they are not drawn again. */
      readonly alsoFor: readonly string[];
    };

export interface OutlineSection {
  readonly id: string;
  readonly title: string;
  readonly supplement: boolean;
  readonly items: readonly OutlineItem[];
  /** Weaknesses of the design that concern what stands here. */
  readonly notes: readonly DesignNote[];
}

export interface Outline {
  readonly sections: readonly OutlineSection[];
  /** Notes on the patients and how they came in; they stand with the flow. */
  readonly flowNotes: readonly DesignNote[];
  /** Notes on the protocol or the study as a whole. */
  readonly generalNotes: readonly DesignNote[];
}

/** `Table 3` or `Figure S2`. */
export const itemName = (item: OutlineItem): string => `${item.kind === "table" ? "Table" : "Figure"} ${item.number}`;

/** Id of a table or figure. */
export const itemId = (item: OutlineItem): string => (item.kind === "table" ? item.table.id : item.figure.id);

/** Title of a table or figure in print. */
export const itemTitle = (item: OutlineItem): string =>
  item.kind === "table" ? tableTitle(item.table) : figureTitle(item.figure);

/** `OS: models. The same figure holds for: A; B.`, the words under a figure; what all titles end in is said once. */
export function caption(item: Extract<OutlineItem, { kind: "figure" }>, title = itemTitle(item)): string {
  if (item.alsoFor.length === 0) return title;
  const ending = /: [^:]*$/.exec(item.figure.title)?.[0] ?? "";
  const shared = ending !== "" && item.alsoFor.every((one) => one.endsWith(ending));
  const others = item.alsoFor.map((one) => typeset(shared ? one.slice(0, -ending.length) : one));
  return `${title.replace(/\.$/, "")}. The same figure holds for: ${others.join("; ")}`;
}

interface DrawnFigure {
  readonly figure: ResultFigure;
  readonly alsoFor: readonly string[];
}

/** Figures that differ in nothing but ids and title are drawn once: rules of choice may end in the same model. */
function distinct(figures: readonly ResultFigure[]): readonly DrawnFigure[] {
  const drawn = new Map<string, { readonly figure: ResultFigure; readonly alsoFor: string[] }>();
  for (const figure of figures) {
    const key = JSON.stringify(figure, (name, value: unknown) =>
      name === "id" || name === "title" ? undefined : value,
    );
    const same = drawn.get(key);
    if (same === undefined) drawn.set(key, { figure, alsoFor: [] });
    else same.alsoFor.push(figure.title);
  }
  return [...drawn.values()];
}

type Unnumbered = { readonly kind: "table"; readonly table: ResultTable } | ({ readonly kind: "figure" } & DrawnFigure);

/** What belongs together, tables before figures, in the order of its first table or figure. */
function gathered(tables: readonly ResultTable[], figures: readonly DrawnFigure[]): readonly Unnumbered[] {
  const stems = new Map<string, Unnumbered[]>();
  const put = (id: string, item: Unnumbered): void => {
    const stem = stemOf(id);
    stems.set(stem, [...(stems.get(stem) ?? []), item]);
  };
  for (const table of tables) put(table.id, { kind: "table", table });
  for (const one of figures) put(one.figure.id, { kind: "figure", ...one });
  return [...stems.values()].flat();
}

/** Topics of notes whose place does not name a table or figure, by code. */
const NOTE_TOPICS: { readonly [code: string]: Topic } = {
  "immortal-time": "survival",
  "many-thresholds": "survival",
  "censoring-after-last-scan": "survival",
  "competing-death": "survival",
  "repeated-treatments": "survival",
  "direction-disputed": "survival",
  "direction-against-expectation": "survival",
  "subgroup-without-interaction": "survival",
  "non-proportional-hazards": "models",
  "events-per-candidate": "models",
  "selection-on-the-same-data": "models",
  "post-baseline-covariate": "models",
  "collinear-together": "models",
  separation: "models",
  "tiny-group": "performance",
  "cut-off-on-the-tested-outcome": "performance",
  "change-within-measurement-error": "response",
  "scanner-changed": "response",
};

/**
 * The report's order: images, baseline, response, survival, models, performance, agreement, safety, then the supplement
 * by the same topics. Every table and figure has one number, counted through the main part (1, 2, …) and through the
 * supplement (S1, S2, …); a figure stands behind the table it belongs to. A long model table that repeats an earlier one's
 * univariable estimates goes to the supplement with its figures; a long forest plot shows the multivariable model alone;
 * figures that would be drawn the same are drawn once. Each note stands in the section that it
 * concerns, by the title that it names or by its code; with the flow, if it is about who came in; else it is general.
 * Sections without content are left out.
 * Example: `outline(results).sections.map(({ title }) => title)`.
 */
export function outline(results: Results): Outline {
  const counts = { table: 0, figure: 0, tableS: 0, figureS: 0 };
  const number = (kind: "table" | "figure", supplement: boolean): string => {
    const key = supplement ? (`${kind}S` as const) : kind;
    counts[key] += 1;
    return `${supplement ? "S" : ""}${counts[key]}`;
  };
  const repeated = repeatedModels(results.tables);
  const drawn = distinct(results.figures.map(shortForest));
  const planned = [false, true]
    .flatMap((supplement) =>
      SECTIONS.map(({ id, title }) => {
        const here = (of: string, { topic, ...place }: Place): boolean =>
          topic === id && (place.supplement || repeated.has(stemOf(of))) === supplement;
        const items = gathered(
          results.tables.filter((table) => here(table.id, tablePlace(table))),
          drawn.filter(({ figure }) => here(figure.id, figurePlace(figure))),
        ).map((item): OutlineItem => ({ ...item, number: number(item.kind, supplement) }));
        return {
          id: supplement ? `supplement-${id}` : id,
          supplement,
          title: supplement ? `Supplement: ${title.charAt(0).toLowerCase()}${title.slice(1)}` : title,
          items,
        };
      }),
    )
    .filter(({ items }) => items.length > 0);
  const titles = new Map<string, string>();
  for (const { id, items } of [...planned].reverse())
    for (const item of items) titles.set(item.kind === "table" ? item.table.title : item.figure.title, id);
  const sectionOf = (note: DesignNote): string | null => {
    if (note.code === "eligibility-looks-ahead") return "flow";
    const topic = NOTE_TOPICS[note.code];
    if (topic === "models" && planned.some(({ id }) => id === "models")) return "models";
    const named = note.where.split("; ").flatMap((title) => titles.get(title) ?? [])[0];
    return named ?? planned.find(({ id }) => id === topic)?.id ?? null;
  };
  const placed = results.notes.map((note) => ({ note, place: sectionOf(note) }));
  const notesOf = (place: string | null): readonly DesignNote[] =>
    placed.filter((one) => one.place === place).map(({ note }) => note);
  return {
    sections: planned.map((section) => ({ ...section, notes: notesOf(section.id) })),
    flowNotes: notesOf("flow"),
    generalNotes: notesOf(null),
  };
}

/** Numbers of tables and figures by id, as `Table 3`. */
export const itemNames = (results: Results): ReadonlyMap<string, string> =>
  new Map(
    outline(results).sections.flatMap(({ items }) => items.map((item) => [itemId(item), itemName(item)] as const)),
  );
