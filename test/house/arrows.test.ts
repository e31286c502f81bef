import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { repositoryRoot } from "testkit";
import ts from "typescript";
import { describe, expect, it } from "vitest";

/** Floors of the house (architecture.md). A room may import from lower floors only, never from its own. */
const floors: Readonly<Record<string, number>> = {
  cli: 7,
  server: 6,
  web: 6,
  pipeline: 5,
  platform: 5,
  report: 4,
  phantom: 4,
  analysis: 3,
  study: 2,
  dicom: 2,
  imaging: 1,
  statistics: 1,
  core: 0,
};

/** What a room must not know although it lies below it. */
const forbidden: Readonly<Record<string, readonly string[]>> = {
  study: ["statistics", "imaging"],
  dicom: ["study", "statistics"],
  analysis: ["imaging", "dicom"],
  report: ["study", "dicom"],
};

/** Rooms that run in the browser: no Node module in their sources. */
const browserSafe = ["core", "imaging", "statistics", "analysis"];

/** The one folder of a browser-safe room that may use Node, exported by its own entry point. */
const nodeOnly = ["packages/imaging/src/registration/node/"];

interface Import {
  readonly from: string;
  readonly to: string;
}

const sourceFiles = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

function importsOf(file: string): Import[] {
  const found = ts.preProcessFile(readFileSync(file, "utf8"), true, true);
  return found.importedFiles.map((entry) => ({ from: file, to: entry.fileName }));
}

const rooms = ["packages", "apps"].flatMap((base) =>
  readdirSync(join(repositoryRoot, base)).map((name) => ({ name, src: join(repositoryRoot, base, name, "src") })),
);
const all = rooms.map((room) => ({ ...room, imports: sourceFiles(room.src).flatMap(importsOf) }));

describe("the house", () => {
  it("has a floor for every room", () => {
    expect(rooms.map((room) => room.name).filter((name) => floors[name] === undefined)).toEqual([]);
  });

  it.each(all)("$name imports downwards only, and declares what it imports", ({ name, src, imports }) => {
    const manifest = JSON.parse(readFileSync(join(src, "../package.json"), "utf8")) as {
      dependencies?: Record<string, string>;
      peerDependencies?: Record<string, string>;
    };
    const declared = new Set(Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }));
    const wrong: string[] = [];
    for (const { from, to } of imports) {
      const place = `${relative(repositoryRoot, from)} imports ${to}`;
      if (to.startsWith(".")) {
        if (!join(from, "..", to).startsWith(src)) wrong.push(`${place}: leaves its room`);
        continue;
      }
      if (to.startsWith("node:")) {
        const file = relative(repositoryRoot, from);
        if (browserSafe.includes(name) && !nodeOnly.some((folder) => file.startsWith(folder)))
          wrong.push(`${place}: this room runs in the browser`);
        continue;
      }
      const room = /^@livermark\/([a-z]+)/.exec(to)?.[1];
      const dependency = to
        .split("/")
        .slice(0, to.startsWith("@") ? 2 : 1)
        .join("/");
      if (!declared.has(dependency)) wrong.push(`${place}: not in package.json`);
      if (room === undefined) continue;
      if ((floors[room] ?? 99) >= (floors[name] ?? 0)) wrong.push(`${place}: up or sideways`);
      if (forbidden[name]?.includes(room)) wrong.push(`${place}: ${name} must not know ${room}`);
    }
    expect(wrong).toEqual([]);
  });

  it.each(all)("$name has no import cycle", ({ src, imports }) => {
    const next = new Map<string, string[]>();
    for (const { from, to } of imports) {
      if (!to.startsWith(".")) continue;
      const target = join(from, "..", to).replace(/\.js$/, ".ts");
      next.set(from, [...(next.get(from) ?? []), target]);
    }
    const done = new Set<string>();
    const cycles: string[] = [];
    const walk = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) {
        cycles.push([...path.slice(path.indexOf(file)), file].map((f) => relative(src, f)).join(" → "));
        return;
      }
      if (done.has(file)) return;
      for (const target of next.get(file) ?? []) walk(target, [...path, file]);
      done.add(file);
    };
    for (const file of next.keys()) walk(file, []);
    expect(cycles).toEqual([]);
  });
});
