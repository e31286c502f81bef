import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unwrap } from "@livermark/core";
import { pseudonymsOf, scanForLeaks } from "@livermark/dicom";
import { exampleStudy } from "@livermark/phantom";
import { writeFolder } from "@livermark/pipeline";
import type { Derived } from "@livermark/study";
import { temporaryFolder } from "testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { command as deidentify } from "../src/commands/deidentify.js";
import { command as derive } from "../src/commands/derive.js";
import { command as run } from "../src/commands/run.js";
import { call, json, small } from "./support.js";

const KEY = "a secret of the site, long enough";

/** Inside the follow-up of many patients. */
const LOCK = "2018-06-30";

interface Printed {
  readonly endpoints: Derived["endpoints"];
  readonly treatments: Derived["treatments"];
  readonly eligibility: Derived["eligibility"];
}

describe("a bundle without identity", () => {
  const folder = temporaryFolder("deidentify-bundle");
  const from = join(folder, "study");
  const to = join(folder, "clean");
  const key = join(folder, "site.key");
  const pseudonyms = unwrap(pseudonymsOf(KEY));
  let codes: readonly string[];
  let before: Printed;
  let after: Printed;

  beforeAll(async () => {
    const { files } = unwrap(exampleStudy({ seed: 3, patients: 24, imaged: [[34, 18]], ...small }));
    writeFolder(from, files);
    const study = readFileSync(join(from, "study.yaml"), "utf8").replace(/^lock_date:.*\n/m, "");
    writeFileSync(join(from, "study.yaml"), `${study.trimEnd()}\nlock_date: ${LOCK}\n`);
    writeFileSync(key, KEY);
    before = await json(derive, from);
    const done = await json<{ issues: readonly { code: string }[] }>(deidentify, from, to, "--key-file", key);
    codes = done.issues.map(({ code }) => code);
    after = await json(derive, to);
  });

  it("has the same endpoints, treatments and eligibility to the day, lock included", () => {
    const begun = new Set(
      before.treatments
        .filter(({ start }) => String(start) <= LOCK)
        .map(({ patient, treatment }) => `${pseudonyms.of(patient)} ${treatment}`),
    );
    const later = new Set(
      before.treatments.filter(({ start }) => String(start) > LOCK).map(({ patient }) => pseudonyms.of(patient)),
    );
    const named = (printed: Printed, of: (patient: string) => string) => ({
      endpoints: printed.endpoints
        .map(({ patient, treatment, name, timeDays, event }) => [of(patient), treatment, name, timeDays, event].join())
        .sort(),
      // A treatment that begins after the lock has no endpoint, and is not in the copy.
      treatments: printed.treatments
        .filter(({ patient, treatment }) => begun.has(`${of(patient)} ${treatment}`))
        .map(({ patient, treatment, procedures }) => [of(patient), treatment, procedures.length]),
      eligibility: printed.eligibility
        .filter(({ patient }) => !later.has(of(patient)))
        .map(({ patient, verdict }) => [of(patient), verdict]),
    });
    expect(before.endpoints.length).toBeGreaterThan(50);
    expect(before.endpoints.some(({ deciding }) => deciding.table === "study")).toBe(true);
    expect(named(after, (patient) => patient)).toEqual(named(before, pseudonyms.of));
  });

  it("moves every date of a patient by one number of weeks, and different patients by different ones", () => {
    const starts = before.treatments.flatMap(({ patient, treatment, start }) => {
      const moved = after.treatments.find(
        (one) => one.patient === pseudonyms.of(patient) && one.treatment === treatment,
      );
      if (moved === undefined) return [];
      const days = (Date.parse(String(moved.start)) - Date.parse(String(start))) / 86_400_000;
      return [{ days, wanted: pseudonyms.shiftDays(patient) }];
    });
    for (const { days, wanted } of starts) expect(days).toBe(wanted);
    expect(new Set(starts.map(({ days }) => days)).size).toBeGreaterThan(10);
  });

  it("keeps images and tables together: a run of both measures the same", async () => {
    const measured = async (bundle: string): Promise<readonly number[]> => {
      await json(run, bundle, "--keep-going", "--steps", "measure");
      const rows = JSON.parse(readFileSync(join(bundle, "out/measurements.json"), "utf8")) as { value: number }[];
      return rows.map(({ value }) => value).sort((a, b) => a - b);
    };
    const original = await measured(from);
    expect(original.length).toBeGreaterThan(0);
    expect(await measured(to)).toEqual(original);
  });

  it("holds no identifier that the leak scanner knows, and no lock date", () => {
    expect(codes).not.toContain("possible-leak");
    expect(codes).not.toContain("endpoint-moved");
    expect(codes).toContain("after-lock-left-out");
    expect(unwrap(scanForLeaks(join(to, "images"), [LOCK]))).toEqual([]);
    const patients = [...new Set(before.treatments.map(({ patient }) => patient))];
    const tables = ["patients", "events", "procedures", "images", "regions"].map((name) =>
      readFileSync(join(to, "tables", `${name}.csv`), "utf8"),
    );
    for (const text of tables) for (const patient of patients) expect(text).not.toMatch(new RegExp(`\\b${patient}\\b`));
    expect(readFileSync(join(to, "study.yaml"), "utf8")).not.toContain("lock_date");
  });

  it("refuses a folder that is there, a short key, and dates removed from a study", async () => {
    expect((await call(deidentify, from, to, "--key-file", key)).issues[0]?.code).toBe("folder-exists");
    const short = join(folder, "short.key");
    writeFileSync(short, "short");
    expect((await call(deidentify, from, join(folder, "x"), "--key-file", short)).issues[0]?.code).toBe("weak-key");
    const removed = await call(deidentify, from, join(folder, "y"), "--key-file", key, "--remove-dates");
    expect(removed.issues[0]?.code).toBe("dates-needed");
  });
});
