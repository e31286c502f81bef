import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot, temporaryFolder } from "testkit";
import { describe, expect, it } from "vitest";
import { livermark as program } from "../src/program.js";

const main = join(repositoryRoot, "apps/cli/dist/main.js");

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program as a user runs it; the test command has built it. */
const started = (...args: string[]): Ended => spawnSync(process.execPath, [main, ...args], { encoding: "utf8" });

/** The same command line without a process of its own. */
async function livermark(...args: string[]): Promise<Ended> {
  let [stdout, stderr] = ["", ""];
  const status = await program(args, {
    out: async (text) => {
      stdout += text;
    },
    err: (text) => {
      stderr += text;
    },
    watched: false,
  });
  return { status, stdout, stderr };
}

describe("the program", () => {
  const work = temporaryFolder("cli");

  it("lists its commands, and each has help with an example", async () => {
    const { status, stderr } = await livermark("--help");
    expect(status).toBe(0);
    const names = [...stderr.matchAll(/^ {2}([a-z]+) {2,}\S/gm)].map((match) => match[1] ?? "");
    expect(names).toContain("run");
    for (const name of names) {
      const help = await livermark(name, "--help");
      expect(help.status).toBe(0);
      expect(help.stderr).toMatch(/Examples?:/);
      expect(help.stderr).toMatch(new RegExp(`livermark ${name}`));
    }
  });

  it("ends with 2 on wrong use, 1 on refusal, 0 when done", () => {
    expect(started().status).toBe(2);
    expect(started("frobnicate").status).toBe(2);
    expect(started("measure", "ser", "--nonsense").status).toBe(2);
    expect(started("measure", "ser", "--si-pre", "0", "--si-portal", "1").status).toBe(1);
    expect(started("measure", "ser", "--si-pre", "297", "--si-portal", "709").status).toBe(0);
  });

  it("prints JSON alone on stdout, and Issues as JSON lines alone on stderr", () => {
    const done = started("measure", "ser", "--si-pre", "297", "--si-portal", "709", "--json");
    expect(done.stderr).toBe("");
    expect((JSON.parse(done.stdout) as { value: number }).value).toBeCloseTo(412 / 297, 12);
    const refused = started("run", join(work, "nowhere"), "--json");
    expect(refused.status).toBe(1);
    expect(refused.stdout).toBe("");
    for (const line of refused.stderr.trim().split("\n")) {
      expect(Object.keys(JSON.parse(line) as object).sort()).toEqual([
        "code",
        "got",
        "mend",
        "message",
        "path",
        "severity",
        "wanted",
        "where",
      ]);
    }
  });

  it("says what it is, and answers wrong use in JSON where JSON was asked for", async () => {
    expect(await livermark("--version")).toMatchObject({ status: 0, stderr: "" });
    expect((await livermark("--version")).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    for (const args of [["frobnicate"], ["doctor", "extra"], ["measure", "ser", "--nonsense"]]) {
      const { status, stdout, stderr } = await livermark(...args, "--json");
      expect([status, stdout, (JSON.parse(stderr) as { code: string }).code]).toEqual([2, "", "usage"]);
    }
  });

  it("refuses a folder where a file is wanted, and a place where nothing can be written", async () => {
    const file = join(work, "a-file");
    writeFileSync(file, "");
    const codeOf = async (...args: string[]): Promise<string> =>
      (JSON.parse((await livermark(...args, "--json")).stderr) as { code: string }).code;
    // Sparse: takes no room on the disk.
    const huge = join(work, "huge.csv");
    writeFileSync(huge, "");
    truncateSync(huge, 3 * 2 ** 30);
    expect(await codeOf("import", huge, "--suggest", join(work, "mapping.yaml"))).toBe("file-too-large");
    expect(await codeOf("stat", work)).toBe("not-a-file");
    expect(await codeOf("audit", work)).toBe("not-a-file");
    expect(await codeOf("predict", "mpmri-nomogram", "--input", work)).toBe("not-a-file");
    expect(await codeOf("predict", work, "--input", "{}")).toBe("not-a-file");
    expect(await codeOf("new", join(file, "study"), "--protocol", "letb-tace")).toBe("file-system");
  });

  it("computes a statistic, one or many", async () => {
    mkdirSync(join(work, "data"));
    writeFileSync(join(work, "data/a.csv"), "t,e\n1,1\n2,0\n3,1\n");
    const km = { id: "k", method: "kaplanMeier", data: "a.csv", spec: { time: "t", event: "e" } };
    writeFileSync(join(work, "case.json"), JSON.stringify(km));
    writeFileSync(
      join(work, "batch.json"),
      JSON.stringify({ cases: [km, { ...km, id: "x", method: "nothing" }, { ...km, id: "y", data: "../a.csv" }] }),
    );
    const one = await livermark("stat", join(work, "case.json"), "--data", join(work, "data"), "--json");
    expect(one.status).toBe(0);
    expect(JSON.parse(one.stdout)).toMatchObject({ n: 3, events: 2 });
    const many = await livermark("stat", "--batch", join(work, "batch.json"), "--data", join(work, "data"), "--json");
    const { results } = JSON.parse(many.stdout) as {
      results: { id: string; actual?: unknown; issue?: { code: string } }[];
    };
    expect(results.map(({ id, actual }) => [id, actual !== undefined])).toEqual([
      ["k", true],
      ["x", false],
      ["y", false],
    ]);
    expect(results[2]?.issue?.code).toBe("invalid-data-name");
  });

  it("makes an empty bundle that validates, and does not overwrite one", async () => {
    const bundle = join(work, "fresh");
    for (const protocol of ["letb-tace", "ser-haic"]) {
      const made = await livermark("new", `${bundle}-${protocol}`, "--protocol", protocol, "--json");
      expect(made.stderr).toBe("");
      expect((await livermark("validate", `${bundle}-${protocol}`)).status).toBe(0);
      expect(existsSync(join(`${bundle}-${protocol}`, "study.yaml"))).toBe(true);
    }
    expect((await livermark("new", `${bundle}-letb-tace`, "--protocol", "letb-tace")).status).toBe(1);
    expect((await livermark("new", join(work, "other"), "--protocol", "letb")).status).toBe(1);
  });

  it("makes a bundle for a protocol of one's own, which it takes along", async () => {
    const file = join(work, "own.yaml");
    const bundle = join(work, "own");
    const page = readFileSync(join(repositoryRoot, "docs", "protocols.md"), "utf8");
    writeFileSync(file, /```yaml\n(schema: livermark\.protocol[\s\S]*?)```/.exec(page)?.[1] ?? "");
    expect((await livermark("new", bundle, "--protocol", file)).status).toBe(0);
    expect(readFileSync(join(bundle, "protocol.yaml"))).toEqual(readFileSync(file));
    expect((await livermark("validate", bundle)).status).toBe(0);
    expect((await livermark("new", join(work, "none"), "--protocol", join(work, "none.yaml"))).status).toBe(1);
  });

  it("makes the same phantom from the same seed", async () => {
    const read = (folder: string): string => readFileSync(join(work, folder, "truth.json"), "utf8");
    expect(started("phantom", "cohort", "--out", join(work, "a"), "--seed", "5").status).toBe(0);
    expect((await livermark("phantom", "cohort", "--out", join(work, "b"), "--seed", "5")).status).toBe(0);
    expect((await livermark("phantom", "cohort", "--out", join(work, "c"), "--seed", "6")).status).toBe(0);
    expect(read("a")).toBe(read("b"));
    expect(read("a")).not.toBe(read("c"));
  });

  it("says what is on this machine", () => {
    const { status, stdout } = started("doctor", "--json");
    expect(status).toBe(0);
    expect((JSON.parse(stdout) as { parts: { name: string }[] }).parts.map((part) => part.name)).toContain("R");
  });
});
