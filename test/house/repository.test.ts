import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "testkit";
import { describe, expect, it } from "vitest";

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const read = (...parts: string[]): string => readFileSync(join(repositoryRoot, ...parts), "utf8");
const workspaces = ["packages", "apps"].flatMap((base) =>
  readdirSync(join(repositoryRoot, base)).map((name) => `${base}/${name}`),
);
const manifests = [".", ...workspaces].map((folder) => ({
  folder,
  manifest: JSON.parse(read(folder, "package.json")) as Manifest,
}));

describe("the repository", () => {
  it("pins every version exactly", () => {
    const loose = manifests.flatMap(({ folder, manifest }) =>
      Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
        .filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))
        .map(([name, version]) => `${folder}: ${name}@${version}`),
    );
    expect(loose).toEqual([]);
  });

  it("holds no download address in its lock file", () => {
    expect(read("package-lock.json")).not.toMatch(/"resolved": "(https?|git|file):/);
  });

  it("explains every dependency in docs/dependencies.md", () => {
    const page = read("docs/dependencies.md");
    const names = new Set(
      manifests.flatMap(({ manifest }) => Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })),
    );
    const unexplained = [...names].filter((name) => !name.startsWith("@livermark/") && !page.includes(`\`${name}\``));
    expect(unexplained).toEqual([]);
  });

  it("gives every workspace a README", () => {
    expect(workspaces.filter((folder) => !existsSync(join(repositoryRoot, folder, "README.md")))).toEqual([]);
  });

  it("tracks no build output and no large file", () => {
    const tracked = execFileSync("git", ["ls-files", "-z"], { cwd: repositoryRoot, encoding: "utf8" }).split("\0");
    expect(tracked.filter((file) => /(^|\/)(dist|node_modules)\//.test(file))).toEqual([]);
  });
});
