import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unwrap } from "@livermark/core";
import { dateOffsetDays, pseudonymOf } from "@livermark/dicom";
import { exampleStudy } from "@livermark/phantom";
import { writeFolder } from "@livermark/pipeline";
import { temporaryFolder } from "testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { command as amend } from "../src/commands/amend.js";
import { command as derive } from "../src/commands/derive.js";
import { command as explain } from "../src/commands/explain.js";
import { command as importCommand } from "../src/commands/import.js";
import { command as scaffold } from "../src/commands/new.js";
import { command as validate } from "../src/commands/validate.js";
import { call, json, small } from "./support.js";

const KEY = "a key of the site, long enough";

const CLINIC = [
  "Fall-Nr;Name;Geschlecht;Geburtsdatum;TACE Datum;Todesdatum;Letzter Kontakt;ECOG;Albumin (g/dL);AFP (ng/mL)",
  "10023;Anna A;w;02.03.1959;15.01.2020;04.03.2021;;1;4,15;<20",
  "10024;Bert B;m;21.07.1965;01.02.2020;;06.05.2021;0;3,8;ND",
  "10025;Carl C;d;01.01.1950;31.02.2020;;01.06.2021;2;abc;5",
  "10024;Bert B;m;21.07.1965;01.02.2020;;06.05.2021;0;3,8;ND",
  "",
].join("\n");

describe("import", () => {
  const folder = temporaryFolder("import");
  const at = (name: string): string => join(folder, name);
  const bundle = at("study");
  const table = (name: string): string => readFileSync(join(bundle, "tables", name), "utf8");

  beforeAll(async () => {
    await json(scaffold, bundle, "--protocol", "deb-tace");
    writeFileSync(
      at("clinic.csv"),
      Uint8Array.from(`${CLINIC}`, (letter) => letter.charCodeAt(0)),
    );
    writeFileSync(at("site.key"), KEY);
  });

  it("drafts a mapping that works, saved once", async () => {
    const { draft } = await json<{ draft: string }>(
      importCommand,
      at("clinic.csv"),
      "--suggest",
      at("m.yaml"),
      "--into",
      bundle,
    );
    expect(readFileSync(at("m.yaml"), "utf8")).toBe(draft);
    expect(draft).toContain("names a person, left out on purpose: Name");
    expect(draft).toContain("{ from: Geschlecht, to: sex, values: { w: F, m: M } }  # d: M or F? add to values");
    expect(draft).toContain("name: albumin, unit: g/dL, to_unit: g/L");
    expect((await call(importCommand, at("clinic.csv"), "--suggest", at("m.yaml"))).issues[0]?.code).toBe(
      "file-exists",
    );
  });

  it("refuses to import identifiers without the site's key, and writes nothing", async () => {
    const before = table("patients.csv");
    const result = await call(importCommand, at("clinic.csv"), "--mapping", at("m.yaml"), "--into", bundle);
    expect(result.issues[0]?.code).toBe("no-key");
    expect(table("patients.csv")).toBe(before);
  });

  it("imports what can be read, lists what cannot, with row and column", async () => {
    const done = await json<{
      tables: { table: string; added: number }[];
      keyTable: string;
      issues: { code: string; severity: string; where: { line: number; column: string } }[];
    }>(
      importCommand,
      at("clinic.csv"),
      ...["--mapping", at("m.yaml"), "--into", bundle, "--key-file", at("site.key"), "--shift-dates"],
      ...["--by", "A", "--at", "2026-03-01T10:00:00Z", "--refused", at("refused.csv")],
    );
    expect(Object.fromEntries(done.tables.map(({ table: name, added }) => [name, added]))).toEqual({
      procedures: 2,
      patients: 3,
      events: 3,
      labs: 4,
    });
    const errors = done.issues.filter(({ severity }) => severity === "error");
    expect([...new Set(errors.map(({ where }) => `${where.line} ${where.column}`))].sort()).toEqual([
      "4 Albumin (g/dL)",
      "4 Geschlecht",
      "4 TACE Datum",
    ]);
    expect(readFileSync(at("refused.csv"), "utf8").split("\n")[0]).toBe("file,sheet,row,column,code,found,wanted,mend");
    const all = readdirSync(join(bundle, "tables")).map(table).join("\n");
    expect(all).not.toMatch(/10023|10024|Anna|Bert/);
    const name = pseudonymOf(KEY, "10023");
    const shift = dateOffsetDays(KEY, "10023");
    const moved = new Date(Date.UTC(2020, 0, 15) + shift * 86_400_000).toISOString().slice(0, 10);
    expect(table("procedures.csv")).toContain(`${name},${moved},p1,DEB-TACE`);
    expect(table("labs.csv")).toMatch(/albumin,41.5,g\/L/);
    expect(table("labs.csv")).toMatch(/afp,<20,ng\/mL/);
    expect(table("labs.csv")).toMatch(/afp,ND,ng\/mL/);
    expect(readFileSync(done.keyTable, "utf8")).toContain(`10023,${name}`);
    expect(done.keyTable.startsWith(`${bundle}/`)).toBe(false);
    expect(statSync(done.keyTable).mode & 0o077).toBe(0);
    expect(readdirSync(join(bundle, "tables")).filter((file) => file.startsWith("."))).toEqual([]);
  });

  it("a second import of the same file changes nothing; a changed one is refused, or amended with its reason", async () => {
    const options = ["--mapping", at("m.yaml"), "--into", bundle, "--key-file", at("site.key"), "--shift-dates"];
    const before = table("patients.csv");
    const again = await json<{ files: string[] }>(importCommand, at("clinic.csv"), ...options);
    expect(again.files).toEqual([]);
    writeFileSync(
      at("clinic.csv"),
      Uint8Array.from(CLINIC.replace(";1;4,15", ";2;4,15"), (letter) => letter.charCodeAt(0)),
    );
    const changed = await json<{ issues: { code: string }[] }>(importCommand, at("clinic.csv"), ...options);
    expect(changed.issues.map(({ code }) => code)).toContain("record-exists");
    expect(table("patients.csv")).toBe(before);
    expect((await call(importCommand, at("clinic.csv"), ...options, "--amend")).issues[0]?.code).toBe("usage");
    const mended = await json<{ tables: { table: string; amended: number }[] }>(
      importCommand,
      at("clinic.csv"),
      ...options,
      ...["--amend", "--why", "second reading", "--by", "B"],
    );
    expect(mended.tables.find(({ table: name }) => name === "patients")?.amended).toBe(1);
    expect(table("patients.csv")).toBe(before);
    expect(table("history.csv")).toMatch(/amend,patients,2,,ecog,1,2,second reading/);
  });

  it("the bundle then derives; edited rows and locks are noticed", async () => {
    const derived = await json<{ endpoints: { name: string; timeDays: number; event: number }[] }>(derive, bundle);
    expect(derived.endpoints.filter(({ name, event }) => name === "OS" && event === 1)).toMatchObject([
      { timeDays: 414 },
    ]);
    await json(amend, bundle, "--lock", "--by", "A", "--why", "data base closed");
    writeFileSync(at("more.csv"), "Fall-Nr;TACE Datum\n10030;15.01.2020\n");
    writeFileSync(
      at("more.yaml"),
      "schema: livermark.mapping/1\ntable: procedures\ncolumns: [{ from: Fall-Nr, to: patient }, { from: TACE Datum, to: date }]\nconstants: { procedure: p1, kind: DEB-TACE }\n",
    );
    const late = await call(importCommand, at("more.csv"), "--mapping", at("more.yaml"), "--into", bundle);
    expect(late.issues[0]?.code).toBe("table-locked");
    writeFileSync(join(bundle, "tables/events.csv"), table("events.csv").replace("death", "lost"));
    const checked = await call(validate, bundle);
    expect(checked.issues.map(({ code }) => code)).toContain("changed-record");
  });

  it("refuses to add to a table or a study file that is not UTF-8, and leaves its bytes", async () => {
    const other = at("latin");
    await json(scaffold, other, "--protocol", "deb-tace");
    const latin = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
    const options = ["--by", "A", "--why", "data base closed", "--lock"];
    for (const [name, content] of [
      ["tables/patients.csv", "patient,note\nP1,M\u00fcdigkeit\n"],
      ["study.yaml", "title: M\u00fcdigkeit\nprotocol: deb-tace\n"],
    ] as const) {
      const before = readFileSync(join(other, name));
      writeFileSync(join(other, name), latin(content));
      const refused = await call(amend, other, ...options);
      expect(refused.issues.map(({ code }) => code)).toEqual(["not-utf8"]);
      expect([...readFileSync(join(other, name))]).toEqual([...latin(content)]);
      writeFileSync(join(other, name), before);
    }
    await json(amend, other, ...options);
  });

  it("refuses a key table inside the bundle, a file that is not there, and a key too short", async () => {
    const other = at("other");
    await json(scaffold, other, "--protocol", "deb-tace");
    const options = ["--mapping", at("m.yaml"), "--into", other];
    const key = ["--key-file", at("site.key")];
    const inside = join(other, "key.csv");
    const code = async (...args: string[]): Promise<string | undefined> =>
      (await call(importCommand, ...args)).issues[0]?.code;
    expect(existsSync(at("none.csv"))).toBe(false);
    expect(await code(at("none.csv"), ...options, ...key)).toBe("file-not-found");
    expect(await code(at("clinic.csv"), ...options, ...key, "--key-table", inside)).toBe("key-table-in-bundle");
    expect(existsSync(inside)).toBe(false);
    writeFileSync(at("short.key"), "short");
    expect(await code(at("clinic.csv"), ...options, "--key-file", at("short.key"))).toBe("key-too-short");
  });
});

describe("REDCap into a bundle", () => {
  const folder = temporaryFolder("redcap");
  const at = (name: string): string => join(folder, name);

  it("repeating labs and a one-time form, by the dictionary beside the mapping", async () => {
    await json(scaffold, at("study"), "--protocol", "deb-tace");
    const head =
      'Variable / Field Name,Form Name,Field Type,Field Label,"Choices, Calculations, OR Slider Labels",Identifier?\n';
    writeFileSync(
      at("dictionary.csv"),
      `${head}record_id,base,text,Record,,y\nsex,base,radio,Sex,"1, Male | 2, Female",\ndob,base,text,Born,,\nlab_date,labs,text,Date,,\nalb,labs,text,Albumin,,\n`,
    );
    writeFileSync(
      at("data.csv"),
      "record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,sex,dob,lab_date,alb\n7001,base_arm_1,,,2,1960-05-05,,\n7001,base_arm_1,labs,1,,,2020-01-02,41\n7001,base_arm_1,labs,2,,,2020-02-02,-999\n",
    );
    writeFileSync(
      at("m.yaml"),
      [
        "schema: livermark.mapping/2",
        "imports:",
        "  - table: patients",
        "    source: { redcap: { dictionary: dictionary.csv, forms: [base] } }",
        "    columns: [{ from: record, to: patient }, { from: sex, to: sex, values: { Male: M, Female: F } }, { from: dob, to: birth_date }]",
        "  - table: labs",
        "    source: { redcap: { dictionary: dictionary.csv, forms: [labs], instrument: labs, missing_codes: ['-999'] } }",
        "    columns: [{ from: record, to: patient }, { from: lab_date, to: date }, { from: alb, to: value }]",
        "    constants: { name: albumin, unit: g/L }",
        "",
      ].join("\n"),
    );
    await json(importCommand, at("data.csv"), "--mapping", at("m.yaml"), "--into", at("study"));
    expect(readFileSync(at("study/tables/patients.csv"), "utf8")).toBe("patient,sex,birth_date\n7001,F,1960-05-05\n");
    expect(readFileSync(at("study/tables/labs.csv"), "utf8")).toBe(
      "patient,date,value,name,unit\n7001,2020-01-02,41,albumin,g/L\n7001,2020-02-02,,albumin,g/L\n",
    );
  });
});

describe("CTCAE terms into a bundle", () => {
  const folder = temporaryFolder("ctcae");
  const at = (name: string): string => join(folder, name);

  it("from a table laid out like the official one; adverse events are then checked", async () => {
    await json(scaffold, at("study"), "--protocol", "deb-tace");
    writeFileSync(
      at("ctcae.csv"),
      "MedDRA Code,MedDRA SOC,CTCAE Term,Grade 1,Grade 2,Grade 3,Grade 4,Grade 5\n10016558,General,Fever,a,b,c,d,e\n10028813,Gut,Nausea,a,b,c,-,-\n",
    );
    await json(importCommand, at("ctcae.csv"), "--ctcae", "CTCAE-5.0", "--into", at("study"), "--by", "A");
    expect(readFileSync(at("study/tables/ae-terms.csv"), "utf8")).toContain("CTCAE-5.0,Nausea,10028813,Gut,1|2|3");
    writeFileSync(at("study/tables/patients.csv"), "patient\nP1\n");
    writeFileSync(at("study/tables/procedures.csv"), "patient,procedure,date,kind\nP1,a,2020-01-01,DEB-TACE\n");
    writeFileSync(
      at("study/tables/adverse-events.csv"),
      "patient,procedure,date,scale,term,grade\nP1,a,2020-01-02,CTCAE-5.0,Fever,2\nP1,a,2020-01-02,CTCAE-5.0,Nausae,1\nP1,a,2020-01-02,CTCAE-5.0,nausea,4\n",
    );
    const { issues } = await json<{ issues: { code: string; mend: string }[] }>(derive, at("study"));
    expect(issues.find(({ code }) => code === "unknown-term")?.mend).toBe('Did you mean "Nausea"?');
    expect(issues.filter(({ code }) => code === "grade-of-term")).toHaveLength(1);
  });
});

describe("explain, without a run", () => {
  const folder = temporaryFolder("explain");
  // Every call reads its bundle anew: only the one that asks for a measured value gets images.
  const bundle = join(folder, "study");
  const withImages = join(folder, "with-images");
  interface Explained {
    readonly title: string;
    readonly steps: readonly string[];
    readonly records: readonly { readonly file: string; readonly line: number; readonly cells: object }[];
    readonly measured: readonly unknown[];
  }
  let ids: readonly string[] = [];

  beforeAll(async () => {
    writeFolder(bundle, unwrap(exampleStudy({ seed: 9, patients: 12, imaged: [] })).files);
    writeFolder(withImages, unwrap(exampleStudy({ seed: 9, patients: 12, imaged: [[40, 20]], ...small })).files);
    const { found } = await json<{ found: { id: string }[] }>(explain, bundle, "--find", "");
    ids = found.map(({ id }) => id);
  });
  const first = (start: string): string => {
    const id = ids.find((one) => one.startsWith(start));
    if (id === undefined) throw new Error(`no id ${start}`);
    return id;
  };

  it("one OS: the arithmetic, and the row that decided with what stands in it", async () => {
    const { title, steps, records } = await json<Explained>(explain, bundle, first("endpoint/OS/"));
    expect(title).toMatch(/^OS of patient .*: \d+ days, (event|censored)$/);
    expect(steps.join("\n")).toMatch(/from \S+ \(start of treatment 1\) to .*(death|last-contact)/);
    expect(steps.join("\n")).toMatch(/\d+ days \/ 30.4375 = [\d.]+ months/);
    expect(records[0]).toMatchObject({ file: "tables/events.csv", cells: { patient: expect.any(String) } });
  });

  it("one best response: every visit's sum", async () => {
    const { steps, records } = await json<Explained>(explain, bundle, first("best/"));
    expect(steps.join("\n")).toMatch(/mm.*→ (CR|PR|SD|PD)/);
    expect(records.length).toBeGreaterThan(0);
    expect(records.every(({ file }) => file === "tables/lesions.csv")).toBe(true);
  });

  it("one verdict on eligibility", async () => {
    const { title, steps } = await json<Explained>(explain, bundle, first("eligibility/"));
    expect(title).toMatch(/: (eligible|excluded|unknown)$/);
    expect(steps.length).toBeGreaterThan(0);
  });

  it("a measured value, down to regions and series", async () => {
    const patient = first("eligibility/").split("/")[1];
    const { measured } = await json<Explained>(explain, withImages, `value/letb@baseline/${patient}`);
    expect(JSON.stringify(measured)).toContain('"kind":"region"');
    expect(JSON.stringify(measured)).toContain('"kind":"series"');
  });

  it("an unknown id is refused with the nearest one", async () => {
    const result = await call(explain, bundle, `${first("endpoint/OS/")}9`);
    expect(result.issues[0]?.mend).toMatch(/Did you mean "endpoint\/OS\//);
  });
});
