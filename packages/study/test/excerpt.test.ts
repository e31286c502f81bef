import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "testkit";
import { describe, expect, it } from "vitest";
import { issueExcerpt, parseProtocol, parseStudyFile, readTable } from "../src/index.js";

const letb = readFileSync(join(repositoryRoot, "protocols", "letb-tace.yaml"), "utf8");

/** Ten mistakes as people make them, and four more in study.yaml and tables. */
const MISTAKES: readonly (readonly [string, string | RegExp, string])[] = [
  ["a mistyped field", "within_months: 6", "within_month: 6"],
  ["a mistyped section", /^treatments:/m, "treatmnts:"],
  ["a mistyped word", "clock_from: first", "clock_from: fist"],
  ["a mistyped endpoint", "  - hepatic-PFS", "  - hepatic-PSF"],
  ["a word for a number", "within_months: 6", "within_months: six"],
  ["a number out of range", "repeats: 3", "repeats: 0"],
  ["a field that is missing", "title: Liver", "titel: Liver"],
  ["a tab as indentation", "  clock_from", "\tclock_from"],
  ["a colon in a text", /^title: .*$/m, "title: LETB: a study"],
  ["a line indented by one more", "  clock_from", "   clock_from"],
  [
    "a label that does not exist, in a long line",
    "reference: non-responder, better: low }\n  - { id: letb-0",
    "reference: nonresponder, better: low }\n  - { id: letb-0",
  ],
  ["an id defined twice", "id: unenhanced,", "id: arterial,"],
];

describe("mistakes, explained like by a good compiler", () => {
  it("in protocols, study.yaml and tables read as the golden file shows", async () => {
    const parts: string[] = [];
    for (const [what, from, to] of MISTAKES) {
      const text = letb.replace(from, to);
      expect(text).not.toBe(letb);
      const { issues } = parseProtocol(text, "letb-tace.yaml");
      expect(issues.length).toBeGreaterThan(0);
      parts.push(`# ${what}\n`, ...issues.slice(0, 2).map((issue) => issueExcerpt(issue, text)));
    }
    const study =
      "title: T\nprotocol: letb-tace\nlock_date: 2020-31-12\noverrides:\n  treatments: { patient_form: best }\n";
    for (const issue of parseStudyFile(study, "study.yaml").issues)
      parts.push("# study.yaml\n", issueExcerpt(issue, study));
    const table = 'patient,date,event,note\nP1,3/4/2020,deth,"a, b"\nP2,2020-05-06,death\n';
    const { issues } = readTable("events", table, "events.csv");
    parts.push("# a table\n", ...issues.map((issue) => issueExcerpt(issue, table)));
    const wide = "patient,day,event,cause\n患者一,90,去世,tumour\n";
    parts.push(
      "# wide characters\n",
      ...readTable("events", wide, "events.csv").issues.map((issue) => issueExcerpt(issue, wide)),
    );
    await expect(parts.join("\n")).toMatchFileSnapshot("golden/mistakes.txt");
  });

  it("every mark lies under what it means", () => {
    for (const [, from, to] of MISTAKES) {
      const text = letb.replace(from, to);
      for (const issue of parseProtocol(text, "p.yaml").issues) {
        if (issue.mend.includes("tabs")) continue;
        const lines = issueExcerpt(issue, text).split("\n");
        const mark = lines.findIndex((line) => /\| *\^+$/.test(line));
        expect(mark).toBeGreaterThan(0);
        const start = lines[mark]!.indexOf("^");
        expect(lines[mark - 1]!.slice(start)[0]).toMatch(/\S/);
      }
    }
  });

  it("without the source the rest is still said", () => {
    const [issue] = parseProtocol(letb.replace("clock_from: first", "clock_from: fist"), "p.yaml").issues;
    expect(issueExcerpt(issue!, null)).toContain('Did you mean "first"?');
  });
});
