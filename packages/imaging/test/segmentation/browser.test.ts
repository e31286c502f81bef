import { readdirSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { describeWithTools, findTool, repositoryRoot } from "testkit";
import { build } from "vite";
import { afterAll, beforeAll, expect, it } from "vitest";
import { draftBits, type ShippedVolume } from "../browser/draft-bits.js";
import { hardMrPhantom, randomMrOptions } from "./hard-mr-phantom.js";
import { hardPhantom, randomOptions } from "./hard-phantom.js";

/** The draft with everything it imports, as one module for the page. */
async function bundle(): Promise<string> {
  const packages = join(repositoryRoot, "packages");
  const built = await build({
    configFile: false,
    logLevel: "error",
    resolve: {
      alias: readdirSync(packages).map((room) => ({
        find: new RegExp(`^@livermark/${room}$`),
        replacement: join(packages, room, "src/index.ts"),
      })),
    },
    build: {
      write: false,
      minify: true,
      target: "es2022",
      lib: { entry: join(packages, "imaging/test/browser/draft-bits.ts"), formats: ["es"], fileName: "draft" },
    },
  });
  const [output] = Array.isArray(built) ? built : [built];
  if (output === undefined || !("output" in output)) throw new Error("no bundle");
  return output.output[0].code;
}

describeWithTools("the draft in Node and in the browser", ["chromium"], () => {
  const files = new Map<string, { readonly body: string | Uint8Array; readonly type: string }>();
  let server: Server;
  let address = "";
  beforeAll(async () => {
    files.set("/", { body: "<!doctype html><title>draft</title>", type: "text/html" });
    files.set("/draft.js", { body: await bundle(), type: "text/javascript" });
    server = createServer((request, response) => {
      const file = files.get(request.url ?? "");
      response.writeHead(file === undefined ? 404 : 200, { "content-type": file?.type ?? "text/plain" });
      response.end(file?.body);
    });
    await new Promise<void>((done) => {
      server.listen(0, "127.0.0.1", done);
    });
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
  });

  it("is equal to the last bit, on CT with tumours and on MR with shading", async () => {
    const volumes = [
      hardPhantom({ ...randomOptions(310), size: [72, 58, 40], spacingMm: [4.7, 4.4, 4.8] }).volume,
      hardMrPhantom({ ...randomMrOptions(312), size: [80, 62, 34], spacingMm: [4.3, 4.2, 5.6] }).volume,
    ];
    const browser = await chromium.launch({ executablePath: findTool("chromium")!, args: ["--no-sandbox"] });
    try {
      const page = await browser.newPage();
      await page.goto(address);
      for (const [n, { data, ...rest }] of volumes.entries()) {
        const voxels = Float32Array.from(data);
        files.set(`/volume${n}`, { body: new Uint8Array(voxels.buffer), type: "application/octet-stream" });
        const shipped: ShippedVolume = { url: `/volume${n}`, rest };
        // As text: the test runner rewrites the imports of functions.
        const call = `import("/draft.js").then((d) => d.draftShipped(${JSON.stringify(shipped)}))`;
        const inBrowser = await page.evaluate<string[]>(call);
        const inNode = draftBits({ ...rest, data: voxels });
        // A mask and thirteen numbers; equal refusals would prove nothing.
        expect(inNode).toHaveLength(14);
        expect(inBrowser).toEqual(inNode);
      }
    } finally {
      await browser.close();
    }
  }, 600_000);
});
