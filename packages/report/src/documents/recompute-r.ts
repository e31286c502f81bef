import type { Computation, RecomputePlan, Results } from "@livermark/analysis";
import { compareStrings, type Json } from "@livermark/core";
import { exactCsv } from "../tables/csv.js";
import { rHelpers, rMethods } from "./r-methods.js";
import { coverageLines, coverageOf } from "./recompute-left-out.js";
import { type ReportFile, textFile } from "./zip.js";

const rString = (text: string): string =>
  `"${text.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n").replace(/\r/g, "\\r").replace(/\t/g, "\\t")}"`;

/** JSON as an R expression: arrays of one kind of scalar as vectors, everything else as lists. */
function rValue(value: Json): string {
  if (value === null) return "NA";
  if (typeof value === "boolean") return value ? "TRUE" : "FALSE";
  if (typeof value === "number")
    return Number.isInteger(value) && Math.abs(value) < 1e15 ? String(value) : value.toPrecision(17);
  if (typeof value === "string") return rString(value);
  if (isList(value)) {
    const kinds = new Set(value.map((item) => (item === null ? "null" : typeof item)));
    kinds.delete("null");
    const plain = kinds.size === 1 && !kinds.has("object");
    return `${plain ? "c" : "list"}(${value.map(rValue).join(", ")})`;
  }
  // An option without a value is an option not given: in R, NULL rather than NA.
  const members = Object.entries(value)
    .filter(([, item]) => item !== null)
    .sort(([a], [b]) => compareStrings(a, b))
    .map(([key, item]) => `\`${key.replace(/`/g, "\\`")}\` = ${rValue(item)}`);
  return `list(${members.join(", ")})`;
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

const comparison = `# One line for each number: ours, R's, and whether they agree.
log <- list()
agree <- function(ours, theirs) {
  if (is.character(ours) && ours %in% c("Inf", "-Inf", "NaN")) ours <- as.numeric(ours)
  if (is.character(ours) || is.character(theirs)) return(identical(as.character(ours), as.character(theirs)))
  if (is.na(ours) || is.na(theirs)) return(is.na(ours) && is.na(theirs))
  if (!is.finite(ours) || !is.finite(theirs)) return(ours == theirs)
  abs(ours - theirs) <= max(1e-9, 1e-6 * abs(theirs))
}
note <- function(id, field, ours, theirs, ok) log[[length(log) + 1]] <<- data.frame(id = id, field = field, livermark = as.character(ours), R = as.character(theirs), agrees = ok)
show <- function(x) if (is.numeric(x)) formatC(x, digits = 10, format = "g") else as.character(x)
check <- function(id, method, data, spec, ours) {
  answer <- tryCatch(method(data, spec), error = function(e) { note(id, "all", "", paste("R stopped:", conditionMessage(e)), FALSE); NULL })
  if (is.null(answer)) return(invisible())
  for (field in names(ours)) {
    a <- unlist(ours[[field]]); b <- unlist(answer[[field]])
    if (is.null(b)) { note(id, field, show(a[1]), "not computed by this script", FALSE); next }
    if (length(a) != length(b)) { note(id, field, paste(length(a), "values"), paste(length(b), "values"), FALSE); next }
    for (i in seq_along(a)) note(id, if (length(a) == 1) field else sprintf("%s[%d]", field, i), show(a[i]), show(b[i]), agree(a[i], b[i]))
  }
}`;

const ending = String.raw`# The comparison, and a last line for machines; exit status 1 if any number differs.
result <- if (length(log)) do.call(rbind, log) else data.frame(id = character(), field = character(), livermark = character(), R = character(), agrees = logical())
write.csv(result, "recompute-comparison.csv", row.names = FALSE)
options(width = 200)
print(result, row.names = FALSE, right = FALSE)
AFTER
cat(sprintf("%d of %d numbers agree\n", sum(result$agrees), nrow(result)))
if (!all(result$agrees)) quit(status = 1)`;

function sourcesFor(methods: readonly string[]): {
  readonly packages: readonly string[];
  readonly sources: readonly string[];
} {
  const packages = new Set<string>();
  const helpers = new Set<string>();
  for (const name of methods) {
    for (const one of rMethods[name]!.packages) packages.add(one);
    for (const one of rMethods[name]!.uses) helpers.add(one);
  }
  const named = [...helpers].sort(compareStrings).map((name) => rHelpers[name]!);
  return {
    packages: [...packages].sort(compareStrings),
    sources: [...named, ...methods.map((name) => rMethods[name]!.source)],
  };
}

const callLine = (one: Computation): string =>
  `check(${rString(one.id)}, ${one.method}, data[[${rString(one.data)}]],\n  spec = ${rValue(one.spec)},\n  ours = ${rValue(one.answer)})`;

/**
 * `recompute.R`: a plain script that reads the data beside it, computes every statistic of the plan with R's own
 * packages, and prints ours and R's number line by line. It says in its head and at its end which numbers of the report it
 * does not repeat, by kind and reason. A method that the script does not know is a failing line, not a
 * silent gap. Run it in its folder: `Rscript recompute.R`.
 */
export function recomputeScript(results: Results, plan: RecomputePlan): string {
  const known = plan.computations.filter((one) => rMethods[one.method] !== undefined);
  const unknown = plan.computations.filter((one) => rMethods[one.method] === undefined);
  const methods = [...new Set(known.map((one) => one.method))].sort(compareStrings);
  const { packages, sources } = sourcesFor(methods);
  const { study } = results;
  const said = coverageLines(coverageOf(results, plan));
  return `# ${study.title.replace(/[\r\n]+/g, " ")}
# Recomputes the statistics of this report in R. Run in this folder: Rscript recompute.R
# Protocol ${study.protocol.id} ${study.protocol.version}; ${study.software.name} ${study.software.version}; data SHA-256 ${study.inputsSha256}
# Times are days or months since treatment; the tables hold pseudonyms and no date.
${said.map((line) => `# ${line}`).join("\n")}
${packages.map((name) => `suppressPackageStartupMessages(library(${name}))`).join("\n")}

# Columns of numbers become numbers; T and F stay letters.
read <- function(name) {
  table <- read.csv(file.path("data", name), na.strings = "", check.names = FALSE, colClasses = "character")
  for (one in names(table)) { x <- suppressWarnings(as.numeric(table[[one]])); if (!any(is.na(x) & !is.na(table[[one]]))) table[[one]] <- x }
  table
}
data <- sapply(c(${[...new Set(plan.tables.map((table) => table.name))].map(rString).join(", ")}), read, simplify = FALSE)

${sources.join("\n\n")}

${comparison}

${[...known.map(callLine), ...unknown.map((one) => `note(${rString(one.id)}, "all", ${rString(one.method)}, "not computed by this script", FALSE)`)].join("\n")}

${ending.replace("AFTER", () => said.map((line) => `cat(${rString(`${line}\n`)})`).join("\n"))}
`;
}

/** The script and its data, as files beside the report; empty when the results hold no plan. */
export function recomputeFiles(results: Results): readonly ReportFile[] {
  const plan = results.recompute;
  if (plan === undefined) return [];
  return [
    textFile("recompute.R", recomputeScript(results, plan)),
    ...plan.tables.map((table) => textFile(`data/${table.name}`, exactCsv([table.columns, ...table.rows]))),
  ];
}
