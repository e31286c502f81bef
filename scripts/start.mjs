// npm start: installs if needed, builds, makes and runs the example study, and serves its report on this machine only.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { build, ensureInstalled, root } from "./install.mjs";

const port = Number(process.env.PORT ?? 4180);
if (!Number.isInteger(port) || port < 0 || port > 65535) {
  console.error(`PORT wants a whole number from 0 to 65535, found ${process.env.PORT}`);
  process.exit(2);
}
const say = (text) => console.error(`livermark: ${text}`);
ensureInstalled(say);
say("building …");
build();

const study = join(root, ".livermark/example");
const stamp = join(study, ".made-by");

/** Hash of every compiled program and protocol: the example is made again when any of them changed. */
function programHash() {
  const hash = createHash("sha256");
  const folders = ["packages", "apps"].flatMap((base) =>
    readdirSync(join(root, base)).map((name) => join(root, base, name, "dist")),
  );
  for (const folder of [...folders, join(root, "protocols")].sort()) {
    if (!existsSync(folder)) continue;
    const names = readdirSync(folder, { recursive: true }).filter((name) => /\.(js|yaml)$/.test(name));
    for (const name of names.sort()) hash.update(name).update(readFileSync(join(folder, name)));
  }
  return hash.digest("hex");
}

/** The CLI as a user would call it; its progress goes to the terminal. */
function livermark(...args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, "apps/cli/dist/main.js"), ...args], {
      cwd: root,
      stdio: ["ignore", "ignore", "inherit"],
    });
    child.on("error", reject);
    child.on("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`livermark ${args.join(" ")} ended with ${code}`)),
    );
  });
}

const made = programHash();
if (existsSync(stamp) && readFileSync(stamp, "utf8") === made) {
  say("the example study is up to date");
} else {
  const fresh = `${study}.new`;
  rmSync(fresh, { recursive: true, force: true });
  say("making the example study from phantoms …");
  await livermark("phantom", "example", "--out", fresh);
  say("running it: images → measurements → statistics → report …");
  await livermark("run", fresh);
  writeFileSync(join(fresh, ".made-by"), made);
  rmSync(study, { recursive: true, force: true });
  renameSync(fresh, study);
}

// A closed list of files: nothing a request says becomes a path.
const pages = new Map([
  ["/", ["report.html", "text/html; charset=utf-8"]],
  ["/report.html", ["report.html", "text/html; charset=utf-8"]],
  ["/results.json", ["results.json", "application/json; charset=utf-8"]],
  ["/provenance.json", ["provenance.json", "application/json; charset=utf-8"]],
]);
const server = createServer((request, response) => {
  const page = pages.get((request.url ?? "/").split("?")[0]);
  if (page === undefined || (request.method !== "GET" && request.method !== "HEAD")) {
    response.writeHead(page === undefined ? 404 : 405, { "content-type": "text/plain; charset=utf-8" });
    response.end(
      page === undefined ? "There is no such page. The report is at /\n" : "This server only answers GET.\n",
    );
    return;
  }
  const body = readFileSync(join(study, "out", page[0]));
  response.writeHead(200, {
    "content-type": page[1],
    "content-length": body.length,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy":
      "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; font-src data:",
  });
  response.end(request.method === "HEAD" ? undefined : body);
});
server.on("error", (error) => {
  say(error.code === "EADDRINUSE" ? `port ${port} is in use; choose another with PORT=4181 npm start` : error.message);
  process.exit(1);
});
server.listen(port, "127.0.0.1", () => {
  say(`the example study's report is at http://127.0.0.1:${server.address().port}/  (Ctrl-C ends)`);
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => server.close(() => process.exit(0)));
