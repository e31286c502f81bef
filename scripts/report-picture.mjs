// Makes docs/report.png, the README's picture: parts of the example study's report, as Chromium shows them.
// Run `npm start` once before, so that the example study is there.
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { root } from "./install.mjs";

const report = `${root}.livermark/example/out/report.html`;
const browser = process.env.CHROMIUM ?? "/usr/bin/chromium";
if (!existsSync(report) || !existsSync(browser)) {
  console.error("wanted: the example study (npm start) and Chromium (CHROMIUM=path)");
  process.exit(1);
}
const shown = await chromium.launch({
  executablePath: browser,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
const page = await shown.newPage({ viewport: { width: 1000, height: 1200 } });
await page.goto(pathToFileURL(report).href);
await page.evaluate(() => {
  const keep = new Set(["measurements", "survival.OS"]);
  for (const table of document.querySelectorAll("section.table")) if (!keep.has(table.id)) table.remove();
  for (const part of ["flow", "methods", "design", "left-out", "figures", "tables"]) {
    const heading = document.getElementById(part);
    const section = heading?.closest("section");
    if (part === "figures" || part === "tables") heading?.remove();
    else section?.remove();
  }
  document.querySelector("nav")?.remove();
  document.getElementById("hint")?.remove();
  const curves = [...document.querySelectorAll("figure")];
  const compared = curves.find((figure) => /LETB change/.test(figure.textContent ?? ""));
  for (const figure of curves) if (figure !== compared) figure.remove();
  if (compared !== undefined) compared.style.cssText = "max-width: 620px";
  document.querySelector("footer")?.remove();
});
await page.screenshot({ path: `${root}docs/report.png`, fullPage: true });
await shown.close();
