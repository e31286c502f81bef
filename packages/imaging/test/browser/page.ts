import { readdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { chromium, type Page } from "playwright-core";
import { findTool, repositoryRoot } from "testkit";
import { build } from "vite";

/** A page in Chromium beside which a module of ours and files lie. */
export interface ServedPage {
  readonly page: Page;
  /** Lays a file beside the page. Example: `serve("/volume0", bytes)`. */
  readonly serve: (path: string, body: Uint8Array) => void;
  readonly close: () => Promise<void>;
}

/** A module of this folder with everything it imports. */
async function bundle(entry: string): Promise<string> {
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
      lib: { entry: join(packages, "imaging/test/browser", entry), formats: ["es"], fileName: "module" },
    },
  });
  const [output] = Array.isArray(built) ? built : [built];
  if (output === undefined || !("output" in output)) throw new Error("no bundle");
  return output.output[0].code;
}

/** Opens an empty page that can import the module as `/module.js`. Example: `await servedPage("draft-bits.ts")`. */
export async function servedPage(entry: string): Promise<ServedPage> {
  const files = new Map<string, { readonly body: string | Uint8Array; readonly type: string }>([
    ["/", { body: "<!doctype html><title>test</title>", type: "text/html" }],
    ["/module.js", { body: await bundle(entry), type: "text/javascript" }],
  ]);
  const server = createServer((request, response) => {
    const file = files.get(request.url ?? "");
    response.writeHead(file === undefined ? 404 : 200, { "content-type": file?.type ?? "text/plain" });
    response.end(file?.body);
  });
  await new Promise<void>((done) => {
    server.listen(0, "127.0.0.1", done);
  });
  const browser = await chromium.launch({ executablePath: findTool("chromium")!, args: ["--no-sandbox"] });
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return {
    page,
    serve: (path, body) => files.set(path, { body, type: "application/octet-stream" }),
    close: async () => {
      await browser.close();
      server.close();
    },
  };
}
