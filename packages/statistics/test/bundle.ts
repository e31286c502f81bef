import { join } from "node:path";
import { rolldown } from "rolldown";
import { repositoryRoot } from "testkit";

const room = (name: string): string => join(repositoryRoot, "packages", name, "src/index.ts");
const ENTRY = "\0entry";

/** Bundles a module of source text against the library's sources, for the browser. */
export async function bundle(source: string): Promise<string> {
  const build = await rolldown({
    input: ENTRY,
    platform: "browser",
    treeshake: true,
    resolve: {
      alias: { "@livermark/core": room("core"), "@livermark/statistics": room("statistics") },
      extensionAlias: { ".js": [".ts", ".js"] },
    },
    plugins: [
      {
        name: "entry",
        resolveId: (id) => (id === ENTRY ? id : null),
        load: (id) => (id === ENTRY ? { code: source, moduleType: "ts" as const } : null),
      },
    ],
  });
  const { output } = await build.generate({ format: "iife", name: "program", minify: true });
  await build.close();
  return output[0].code;
}
