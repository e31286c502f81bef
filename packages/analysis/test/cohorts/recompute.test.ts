import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { recomputeFiles } from "@livermark/report";
import { describeWithTools, runTool, temporaryFolder } from "testkit";
import { expect, it } from "vitest";
import { analyseBundle, builtIn, cohortOf, readBundle } from "./bundle.js";

describeWithTools("recompute.R of a whole plan", ["Rscript"], () => {
  const folder = temporaryFolder("recompute-plan");

  it.each(["letb-tace", "deb-tace"])(
    "%s: R gives every number again",
    (id) => {
      const protocol = builtIn(id);
      const { recompute, ...analysis } = analyseBundle(readBundle(cohortOf(id, 1).files, protocol), protocol);
      const files = recomputeFiles({
        schema: "livermark.results/1",
        study: {
          title: id,
          protocol: { id, version: "1.0.0", sha256: "" },
          lock: null,
          software: { name: "livermark", version: "0" },
          conventions: {},
          inputsSha256: "",
          patients: 1,
        },
        flow: [],
        ...analysis,
        recompute,
      });
      const at = join(folder, id);
      for (const file of files) {
        mkdirSync(dirname(join(at, file.path)), { recursive: true });
        writeFileSync(join(at, file.path), file.bytes);
      }
      const script = files.find(({ path }) => path.endsWith("recompute.R"));
      const printed = runTool("Rscript", [join(at, script?.path ?? "")], dirname(join(at, script?.path ?? "")));
      const [agree, all] = /(\d+) of (\d+) numbers agree/.exec(printed)?.slice(1).map(Number) ?? [];
      if (process.env.LIVERMARK_RATES !== undefined) process.stdout.write(`${id}: ${agree} of ${all}\n`);
      expect(all).toBeGreaterThan(300);
      expect(agree).toBe(all);
    },
    300_000,
  );
});
