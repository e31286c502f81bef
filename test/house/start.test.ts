import { spawn } from "node:child_process";
import { request } from "node:http";
import { join } from "node:path";
import { repositoryRoot } from "testkit";
import { expect, it } from "vitest";

/** Answers of the server for a raw path, without a client that tidies it. */
const get = (
  address: string,
  path: string,
  method = "GET",
): Promise<{ readonly status: number; readonly body: string; readonly headers: object }> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(address);
    const call = request({ hostname, port, path, method }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        body += part;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }));
    });
    call.on("error", reject);
    call.end();
  });

it("npm start serves the example study's report, and nothing else", async () => {
  const child = spawn(process.execPath, [join(repositoryRoot, "scripts/start.mjs")], {
    cwd: repositoryRoot,
    env: { ...process.env, PORT: "0" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  try {
    const address = await new Promise<string>((resolve, reject) => {
      let said = "";
      child.stderr.setEncoding("utf8");
      child.stderr.on("data", (text: string) => {
        said += text;
        const found = /report is at (http:\/\/127\.0\.0\.1:\d+\/)/.exec(said);
        if (found?.[1] !== undefined) resolve(found[1]);
      });
      child.on("exit", (code) => reject(new Error(`ended with ${code}: ${said}`)));
    });
    const report = await get(address, "/");
    expect(report.status).toBe(200);
    expect(report.body).toContain("Example study");
    expect(report.headers).toMatchObject({ "x-content-type-options": "nosniff" });
    expect((await get(address, "/results.json")).status).toBe(200);
    for (const path of ["/../package.json", "/..%2fstudy.yaml", "/study.yaml", "//etc/passwd"])
      expect((await get(address, path)).status).toBe(404);
    expect((await get(address, "/", "POST")).status).toBe(405);
  } finally {
    child.kill();
  }
});
