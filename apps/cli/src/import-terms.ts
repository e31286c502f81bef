import { join } from "node:path";
import { ok, type Result } from "@livermark/core";
import { ctcaeTable, ctcaeTerms } from "@livermark/study";
import { openTables } from "./bundle-tables.js";
import { type Output, usageIssue, type Values } from "./command.js";
import { foreignTables } from "./foreign-tables.js";
import { actOf, planImport } from "./import-tables.js";
import { replaceFiles } from "./replace-files.js";

/** The terms of the official CTCAE spreadsheet, from whichever of its sheets holds them. */
export async function importTerms(
  paths: readonly string[],
  bundle: string | undefined,
  scale: string,
  values: Values,
): Promise<Result<Output>> {
  const [path] = paths;
  if (
    path === undefined ||
    paths.length > 1 ||
    bundle === undefined ||
    (scale !== "CTCAE-5.0" && scale !== "CTCAE-6.0")
  )
    return usageIssue("--ctcae wants CTCAE-5.0 or CTCAE-6.0, one SHEET, and --into BUNDLE.");
  const opened = openTables(bundle);
  if (!opened.ok) return opened;
  const sheets = await foreignTables([path]);
  if (!sheets.ok) return sheets;
  const read = sheets.value.map(({ raw }) => ctcaeTerms(raw, path));
  const terms = read.find((one) => one.ok) ?? read[0];
  if (terms === undefined || !terms.ok) return terms ?? usageIssue("The workbook is empty.");
  const plan = planImport(opened.value, [ctcaeTable(terms.value, scale)], actOf(values), false);
  if (!plan.ok) return plan;
  replaceFiles([...plan.value.files].map(([name, bytes]) => ({ path: join(bundle, "tables", name), bytes })));
  return ok({
    json: { into: bundle, tables: plan.value.tables, issues: plan.value.issues },
    text: `${terms.value.length} terms of ${scale}: ${plan.value.tables.map(({ added, same }) => `${added} added, ${same} there already`).join()}`,
    issues: plan.value.issues,
  });
}
