import { errorIssue, type Issue, ok, type Result, refuseWith } from "@livermark/core";
import { ENDPOINT_LIBRARY, endpointDefinition } from "../endpoints/definitions.js";
import { didYouMean } from "../suggest.js";
import { type Protocol, protocolSchema } from "./schema.js";
import { protocolVariables } from "./variables.js";
import { parseYamlWith, pathText } from "./yaml-file.js";

/**
 * Reads a protocol file. Refuses YAML that does not parse, fields and words that the schema does not know, and names
 * that point nowhere (a group of an unknown biomarker, a comparison of an unknown endpoint …); every Issue carries
 * file, line, path, what was wanted and, for typing mistakes, what was probably meant.
 * Example: `parseProtocol(readFileSync("letb-tace.yaml", "utf8"), "letb-tace.yaml")`.
 */
export function parseProtocol(text: string, file: string): Result<Protocol> {
  const parsed = parseYamlWith(protocolSchema, text, file);
  if (!parsed.ok) return parsed;
  const { value, yaml } = parsed.value;
  const issues = checkReferences(value).map(({ path, ...found }) =>
    errorIssue({
      ...found,
      path: pathText(path),
      where: { file, line: yaml.lineOf(path) },
    }),
  );
  return issues.length > 0 ? refuseWith(issues) : ok(value);
}

interface Dangling {
  readonly path: readonly (string | number)[];
  readonly code: string;
  readonly message: string;
  readonly got: string;
  readonly wanted: string;
  readonly mend: string;
}

function checkReferences(protocol: Protocol): readonly Dangling[] {
  const found: Dangling[] = [];
  const refer = (path: readonly (string | number)[], name: string, known: readonly string[], what: string): void => {
    if (known.includes(name)) return;
    found.push({
      path,
      code: "unknown-reference",
      message: `There is no ${what} "${name}"${what.includes("library") ? "" : " in this protocol"}.`,
      got: name,
      wanted: known.length === 0 ? `a ${what}; the protocol defines none` : [...new Set(known)].join(", "),
      mend: didYouMean(name, known) || `Define the ${what}, or name one that exists.`,
    });
  };
  const unique = (path: string, ids: readonly string[]): void => {
    ids.forEach((id, i) => {
      if (ids.indexOf(id) !== i)
        found.push({
          path: [path, i],
          code: "repeated-id",
          message: `"${id}" is defined twice in ${path}.`,
          got: id,
          wanted: "one definition for each id",
          mend: "Rename one of them.",
        });
    });
  };
  const timePoints = protocol.time_points.map(({ id }) => id);
  const images = protocol.images.map(({ id }) => id);
  const regions = protocol.regions.map(({ id }) => id);
  const biomarkers = protocol.biomarkers.map(({ id }) => id);
  const endpoints = protocol.endpoints.map((entry) => endpointDefinition(entry).name);
  const variables = protocolVariables(protocol);

  unique("time_points", timePoints);
  unique("images", images);
  unique("regions", regions);
  unique("biomarkers", biomarkers);
  unique("endpoints", endpoints);
  unique(
    "groups",
    protocol.groups.map(({ id }) => id),
  );
  unique(
    "eligibility",
    protocol.eligibility.map(({ id }) => id),
  );

  const timed = ["images", "regions", "biomarkers", "features"] as const;
  for (const list of timed)
    protocol[list].forEach((item, i) => {
      item.time_points.forEach((name, j) => {
        refer([list, i, "time_points", j], name, timePoints, "time point");
      });
    });
  protocol.acquisition.forEach((rule, i) => {
    rule.images.forEach((name, j) => {
      refer(["acquisition", i, "images", j], name, images, "image");
    });
  });
  protocol.regions.forEach((region, i) => {
    refer(["regions", i, "drawn_on"], region.drawn_on, images, "image");
  });
  protocol.biomarkers.forEach((marker, i) => {
    for (const [input, name] of Object.entries(marker.images))
      refer(["biomarkers", i, "images", input], name, images, "image");
    for (const [input, name] of Object.entries(marker.regions))
      refer(["biomarkers", i, "regions", input], name, regions, "region");
  });
  protocol.changes.forEach((change, i) => {
    refer(["changes", i, "of"], change.of, biomarkers, "biomarker");
    refer(["changes", i, "from"], change.from, timePoints, "time point");
    refer(["changes", i, "to"], change.to, timePoints, "time point");
  });
  refer(["response", "baseline"], protocol.response.baseline, timePoints, "time point");
  if (protocol.response.time_point !== undefined)
    refer(["response", "time_point"], protocol.response.time_point, timePoints, "time point");
  protocol.eligibility.forEach((rule, i) => {
    if (rule.time_point !== undefined)
      refer(["eligibility", i, "time_point"], rule.time_point, timePoints, "time point");
    (rule.images ?? []).forEach((name, j) => {
      refer(["eligibility", i, "images", j], name, images, "image");
    });
    const subjects = ["field", "lab", "index", "procedures", "time_point", "measurable_lesions", "follow_up"] as const;
    if (subjects.filter((subject) => rule[subject] !== undefined).length !== 1)
      found.push({
        path: ["eligibility", i],
        code: "rule-subject",
        message: `Rule "${rule.id}" must look at exactly one thing.`,
        got: subjects.filter((subject) => rule[subject] !== undefined).join(", ") || "nothing",
        wanted: subjects.join(" | "),
        mend: "Name one of them; `images` goes with `time_point`.",
      });
  });
  const library = ENDPOINT_LIBRARY.map(({ name }) => name);
  protocol.endpoints.forEach((entry, i) => {
    const { name, ...said } = typeof entry === "string" ? { name: entry } : entry;
    const defines = Object.keys(said).some((key) => key !== "label" && key !== "per");
    if (!defines) refer(["endpoints", i], name, library, "endpoint of the library");
  });
  protocol.groups.forEach((group, i) => {
    refer(["groups", i, "of"], group.of, variables.continuous, "variable");
    refer(["groups", i, "reference"], group.reference, group.labels, "group label");
    const cuts = group.cuts ?? [];
    if ((group.cuts === undefined) === (group.derive === undefined))
      found.push({
        path: ["groups", i],
        code: "group-cut",
        message: `Group "${group.id}" needs either fixed cuts or a rule that derives them.`,
        got: group.cuts === undefined ? "neither" : "both",
        wanted: "cuts or derive",
        mend: "Keep one of `cuts` and `derive`.",
      });
    else if (cuts.length > 0 && (cuts.length + 1 !== group.labels.length || cuts.some((cut, k) => cut <= cuts[k - 1]!)))
      found.push({
        path: ["groups", i, "cuts"],
        code: "group-cut",
        message: `Group "${group.id}" needs ascending cuts and one label more than cuts.`,
        got: `${cuts.join(", ")} with ${group.labels.length} labels`,
        wanted: `${cuts.length + 1} labels`,
        mend: "Order the cuts and give every interval a label.",
      });
  });
  protocol.comparisons.forEach((comparison, i) => {
    refer(["comparisons", i, "endpoint"], comparison.endpoint, endpoints, "endpoint");
    refer(["comparisons", i, "by"], comparison.by, variables.categorical, "grouping variable");
  });
  protocol.models.forEach((model, i) => {
    const outcomes = model.kind === "cox" ? endpoints : variables.categorical;
    refer(["models", i, "outcome"], model.outcome, outcomes, "outcome");
    model.covariates.forEach((name, j) => {
      refer(["models", i, "covariates", j], name, variables.all, "variable");
    });
  });
  protocol.baseline_table.forEach((name, i) => {
    refer(["baseline_table", i], name, variables.all, "variable");
  });
  return found;
}

/** Issues of a protocol file without using it: what `livermark validate` prints. */
export const validateProtocol = (text: string, file: string): readonly Issue[] => parseProtocol(text, file).issues;
