import { dirname, join } from "node:path";
import { type CaseTable, readCaseTable, runCase } from "@livermark/analysis";
import { errorIssue, type Issue, type Json, locate, ok, type Result, refuse, refuseWith } from "@livermark/core";
import { type Command, flag, text, usageIssue } from "../command.js";
import { readJsonFile, readTextFile } from "../files.js";

interface Case {
  readonly id: string;
  readonly method: string;
  readonly data: string | null;
  readonly spec: { readonly [option: string]: Json };
}

const isRecord = (value: unknown): value is { readonly [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function readCase(value: unknown, file: string, index: number): Result<Case> {
  const wrong = (got: string): Result<never> =>
    refuse({
      code: "invalid-case",
      message: "A case wants a method, a data file name or null, and a spec.",
      got,
      wanted: '{"method": "kaplanMeier", "data": "lung.csv", "spec": {…}}',
      path: index < 0 ? "" : `cases.${index}`,
      where: { file },
    });
  if (!isRecord(value)) return wrong(JSON.stringify(value)?.slice(0, 80) ?? "nothing");
  const { id, method, data = null, spec = {} } = value;
  if (typeof method !== "string") return wrong("no method");
  if (data !== null && typeof data !== "string") return wrong("data that is not a file name");
  if (!isRecord(spec)) return wrong("a spec that is not an object");
  return ok({ id: typeof id === "string" ? id : method, method, data, spec });
}

/** Tables by plain file name inside one folder; a name with a path in it is refused. */
function tableLoader(folder: string): (name: string) => Result<CaseTable> {
  const loaded = new Map<string, Result<CaseTable>>();
  return (name) => {
    if (!/^[^/\\]+$/.test(name) || name.startsWith("."))
      return refuse({
        code: "invalid-data-name",
        message: "A case names its table by file name only.",
        got: name,
        wanted: "a name without folders",
      });
    let table = loaded.get(name);
    if (table === undefined) {
      const content = readTextFile(join(folder, name));
      table = content.ok ? readCaseTable(content.value) : content;
      if (!table.ok) table = refuseWith(table.issues.map((issue) => locate(issue, { file: name })));
      loaded.set(name, table);
    }
    return table;
  };
}

export const command: Command = {
  usage: "CASE.json [--data DIR] [--json]   |   --batch FILE.json [--data DIR]",
  help: [
    "Computes one statistic. CASE holds {method, data, spec}; data names a CSV in DIR (default: the case's own folder).",
    "With --batch, FILE holds {cases: […]} and every case is answered: its result or its Issue.",
    "Example:\n  livermark stat km-lung.json --data tables --json",
  ].join("\n"),
  options: { data: { type: "string" }, batch: { type: "string" } },
  async run(positionals, values) {
    const batch = text(values, "batch");
    const file = batch ?? positionals[0];
    if (file === undefined || positionals.length > (batch === undefined ? 1 : 0))
      return usageIssue("stat wants one CASE.json, or --batch FILE.json.");
    const content = readJsonFile(file);
    if (!content.ok) return content;
    const load = tableLoader(text(values, "data") ?? dirname(file));
    if (batch === undefined) {
      const one = readCase(content.value, file, -1);
      if (!one.ok) return one;
      const result = runCase(one.value, load);
      if (!result.ok) return result;
      return ok({ json: result.value, text: JSON.stringify(result.value, null, 2), issues: result.issues });
    }
    if (!isRecord(content.value) || !Array.isArray(content.value.cases))
      return refuse({
        code: "invalid-batch",
        message: "A batch file wants a list of cases.",
        wanted: '{"cases": […]}',
        where: { file },
      });
    const results = content.value.cases.map((value: Json, index: number) => {
      const one = readCase(value, file, index);
      const result = one.ok ? runCase(one.value, load) : one;
      const id = one.ok ? one.value.id : String(index);
      return result.ok ? { id, actual: result.value } : { id, issue: firstError(result.issues) };
    });
    const refused = results.filter((entry: { issue?: Issue }) => entry.issue !== undefined).length;
    return ok({
      json: { results },
      text: flag(values, "json") ? "" : `${results.length - refused} computed, ${refused} refused`,
      issues: [],
    });
  },
};

const firstError = (issues: readonly Issue[]): Issue =>
  issues.find((issue) => issue.severity === "error") ??
  errorIssue({ code: "refused", message: "The case was refused." });
