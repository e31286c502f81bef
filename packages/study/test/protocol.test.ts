import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "testkit";
import { describe, expect, it } from "vitest";
import { mappingJsonSchema, parseProtocol, parseStudyFile, protocolJsonSchema, tablesMarkdown } from "../src/index.js";
import { builtIn } from "./helpers.js";

const folder = join(repositoryRoot, "protocols");
const letb = readFileSync(join(folder, "letb-tace.yaml"), "utf8");

/** Written anew with `LIVERMARK_WRITE=1`, otherwise compared. */
function expectCurrent(path: string, content: string): void {
  if (process.env.LIVERMARK_WRITE === "1") writeFileSync(path, content);
  expect(existsSync(path) ? readFileSync(path, "utf8") : "absent").toBe(content);
}

describe("built-in protocols", () => {
  const files = readdirSync(folder).filter((file) => file.endsWith(".yaml"));

  it("are the five studies", () => {
    expect(files.sort()).toEqual([
      "adc-early-progression.yaml",
      "deb-tace.yaml",
      "letb-tace.yaml",
      "mpmri-nomogram.yaml",
      "ser-haic.yaml",
    ]);
  });

  it.each(files)("%s is valid and named after its file", (file) => {
    expect(builtIn(file.replace(".yaml", "")).id).toBe(file.replace(".yaml", ""));
  });

  it("have their published cut-offs", () => {
    const cut = (id: string, group: string): unknown => builtIn(id).groups.find((one) => one.id === group)?.cuts;
    expect(cut("ser-haic", "ser-high")).toEqual([1.04]);
    expect(cut("adc-early-progression", "adc-high")).toEqual([0.001028]);
    expect(cut("mpmri-nomogram", "t2-sir-f-cut")).toEqual([1.418]);
    expect(cut("letb-tace", "letb-m25-8")).toEqual([-25.8]);
    expect(builtIn("mpmri-nomogram").features).toHaveLength(18);
  });
});

describe("documents made from code", () => {
  it("docs/schema/protocol.json is current", () => {
    expectCurrent(
      join(repositoryRoot, "docs/schema/protocol.json"),
      `${JSON.stringify(protocolJsonSchema(), null, 2)}\n`,
    );
  });

  it("docs/schema/mapping.json is current", () => {
    expectCurrent(
      join(repositoryRoot, "docs/schema/mapping.json"),
      `${JSON.stringify(mappingJsonSchema(), null, 2)}\n`,
    );
  });

  it("docs/tables.md is current", () => {
    expectCurrent(join(repositoryRoot, "docs/tables.md"), tablesMarkdown());
  });
});

describe("mistakes in a protocol", () => {
  const line = (needle: string): number => letb.split("\n").findIndex((text) => text.includes(needle)) + 1;

  it.each([
    [
      "a mistyped field",
      "within_months: 6",
      "within_month: 6",
      "unknown-key",
      "treatments.within_month",
      'Did you mean "within_months"?',
    ],
    [
      "a mistyped word",
      "clock_from: first",
      "clock_from: fist",
      "unknown-word",
      "treatments.clock_from",
      'Did you mean "first"?',
    ],
    [
      "a mistyped profile",
      "recist-1.1/letb-paper, mrecist/papers]",
      "recist-1.1/letb-papr, mrecist/papers]",
      "unknown-word",
      "response.profiles[0]",
      'Did you mean "recist-1.1/letb-paper"?',
    ],
    [
      "a mistyped endpoint",
      "  - hepatic-PFS",
      "  - hepatic-PSF",
      "unknown-reference",
      "endpoints[2]",
      'Did you mean "hepatic-PFS"?',
    ],
    [
      "a mistyped biomarker",
      "label: LETB change, of: letb,",
      "label: LETB change, of: lteb,",
      "unknown-reference",
      "changes[0].of",
      'Did you mean "letb"?',
    ],
    [
      "a mistyped time point",
      "from: baseline, to: follow-up-1",
      "from: basline, to: follow-up-1",
      "unknown-reference",
      "changes[0].from",
      'Did you mean "baseline"?',
    ],
    [
      "a wrong kind of value",
      "within_months: 6",
      "within_months: six",
      "wrong-value",
      "treatments.within_months",
      "See docs/protocols.md.",
    ],
    [
      "a negative number",
      "within_months: 6",
      "within_months: -6",
      "wrong-value",
      "treatments.within_months",
      "See docs/protocols.md.",
    ],
    [
      "a version that is no version",
      "version: 1.0.0",
      "version: one",
      "wrong-value",
      "version",
      "See docs/protocols.md.",
    ],
    [
      "an old schema",
      "livermark.protocol/2",
      "livermark.protocol/9",
      "unknown-word",
      "schema",
      'Did you mean "livermark.protocol/1"?',
    ],
    [
      "a group label that does not exist",
      "reference: non-responder, better: low }\n  - { id: letb-0",
      "reference: nonresponder, better: low }\n  - { id: letb-0",
      "unknown-reference",
      "groups[0].reference",
      'Did you mean "non-responder"?',
    ],
  ])("%s", (_, from, to, code, path, mend) => {
    expect(letb).toContain(from);
    const result = parseProtocol(letb.replace(from, to), "letb-tace.yaml");
    expect(result.ok).toBe(false);
    const issue = result.issues.find((one) => one.code === code);
    expect(issue).toMatchObject({ path, mend, where: { file: "letb-tace.yaml" } });
    expect(issue?.where.line).toBeGreaterThan(0);
    expect(issue?.wanted).not.toBe("");
  });

  it("points to the line of the mistake", () => {
    const result = parseProtocol(letb.replace("within_months: 6", "within_month: 6"), "p.yaml");
    expect(result.issues[0]?.where.line).toBe(line("within_months: 6"));
  });

  it("says which field is missing", () => {
    const result = parseProtocol(letb.replace("title: Liver", "titel: Liver"), "p.yaml");
    expect(result.issues.map(({ code }) => code).sort()).toEqual(["missing-field", "unknown-key"]);
  });

  it("reports YAML that does not parse with its line", () => {
    const result = parseProtocol("schema: x\nid: [a\ntitle: T\n", "p.yaml");
    expect(result.ok).toBe(false);
    expect(result.issues[0]).toMatchObject({ code: "yaml-syntax", where: { file: "p.yaml" } });
  });

  it("refuses an eligibility rule that looks at two things or at none", () => {
    for (const rule of ["field: age, lab: alt", "at_least: 1"])
      expect(
        parseProtocol(letb.replace("field: age, at_least: 18", rule), "p.yaml").issues.map(({ code }) => code),
      ).toContain("rule-subject");
  });
});

describe("study.yaml", () => {
  it("reads overrides and the lock", () => {
    const result = parseStudyFile(
      "title: T\nprotocol: letb-tace\nlock_date: 2020-05-30\noverrides:\n  endpoints: { PFS_death: tumour }\n",
      "study.yaml",
    );
    expect(result).toMatchObject({ ok: true, value: { seed: 1, lock: { text: "2020-05-30" } } });
  });

  it.each([
    ["overides: {}", "unknown-key"],
    ["overrides: { response: { profile: recist } }", "unknown-word"],
    ["lock_date: 2020-02-30", "wrong-value"],
    ["lock_date: 30.05.2020", "wrong-value"],
    ["lock_date: 2020-05-30\nlock_day: 4", "two-locks"],
    ["seed: -1", "wrong-value"],
  ])("refuses %s", (text, code) => {
    const result = parseStudyFile(`title: T\nprotocol: letb-tace\n${text}\n`, "study.yaml");
    expect(result.ok).toBe(false);
    expect(result.issues[0]?.code).toBe(code);
  });
});
