import { readFileSync } from "node:fs";
import { join } from "node:path";
import { planJsonSchema, planSteps, readPlan } from "@livermark/analysis";
import { repositoryRoot } from "testkit";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

const page = readFileSync(join(repositoryRoot, "docs/plan.md"), "utf8");

/** Names of the fields of one entry of a section, however its alternatives are nested. */
function fieldsOf(schema: unknown): readonly string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const { properties, items, anyOf, oneOf } = schema as {
    properties?: object;
    items?: unknown;
    anyOf?: unknown[];
    oneOf?: unknown[];
  };
  return [
    ...Object.keys(properties ?? {}),
    ...fieldsOf(items),
    ...[...(anyOf ?? []), ...(oneOf ?? [])].flatMap((one) => fieldsOf(one)),
  ];
}

describe("docs/plan.md", () => {
  const sections = Object.entries((planJsonSchema() as { properties: object }).properties).filter(
    ([key]) => key !== "schema",
  );

  it.each(sections)("has section %s with all its fields", (key, schema) => {
    const own = page.split(`\n## \`${key}\`\n`)[1]?.split("\n## ")[0] ?? "";
    const row = page.split("\n").find((line) => line.startsWith(`| \`${key}\` |`)) ?? "";
    // Every entry has an id and a label, which the page says once.
    const text = `${row} ${own} id label`;
    expect(page).toContain(`\`${key}\``);
    expect(fieldsOf(schema).filter((field) => !new RegExp(`\\b${field}\\b`).test(text))).toEqual([]);
  });

  it("names the sections in the order in which they run", () => {
    const keys = planSteps.map(({ key }) => key).filter((key) => !["treatment_table", "procedure_table"].includes(key));
    const table = page.slice(page.indexOf("| section |"), page.indexOf("\n## `cut_offs`"));
    expect([...table.matchAll(/^\| `([a-z_]+)` \| /gm)].map((found) => found[1])).toEqual(keys);
  });

  it("has an example that is a plan", () => {
    const example = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
    const { issues, sections: read } = readPlan(parse(example).plan, "example");
    expect(issues).toEqual([]);
    expect(Object.keys(read)).toEqual(["cut_offs", "models", "comparisons"]);
  });
});
