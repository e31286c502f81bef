import type { DesignNote, Provenance, Results } from "@livermark/analysis";
import { canonicalJson, compareStrings, type Passport, sha256Hex } from "@livermark/core";
import { issueEntries } from "../documents/issue-list.js";
import { paragraphs, sentence } from "../documents/sentences.js";
import { conventionText } from "../documents/study-facts.js";
import { figureScene, figureSheets, naturalWidth } from "../figures/draw.js";
import { flowSvg } from "../figures/flow.js";
import { sceneSvg } from "../figures/scene.js";
import { escapeXml, scriptJson } from "../markup.js";
import { caption, itemId, itemName, itemTitle, type OutlineItem, type OutlineSection, outline } from "../outline.js";
import { tableHtml } from "../tables/html-table.js";
import { reportScript } from "./html-script.js";
import { reportStyle } from "./html-style.js";

/** Base64 of a SHA-256, as a content security policy names a script. */
function cspHash(text: string): string {
  const hex = sha256Hex(text);
  const bytes = hex.match(/../g)!.map((pair) => Number.parseInt(pair, 16));
  return btoa(String.fromCharCode(...bytes));
}

/** The passports that the page can reach: of the ids it shows, and of everything they were made from. */
function reachablePassports(html: string, provenance: Provenance): { readonly [id: string]: Passport } {
  const waiting = [...html.matchAll(/ data-id="([^"]*)"/g)].map((match) => unescapeXml(match[1]!));
  const found = new Map<string, Passport>();
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const passport = provenance.passports[id];
    if (passport === undefined || found.has(id)) continue;
    found.set(id, passport);
    for (const input of passport.inputs) if (input.kind === "result") waiting.push(input.id);
  }
  return Object.fromEntries([...found].sort(([a], [b]) => compareStrings(a, b)));
}

const unescapeXml = (text: string): string =>
  text
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, "&");

const fact = (name: string, value: string): string => `<dt>${escapeXml(name)}</dt><dd>${value}</dd>`;

function header(results: Results): string {
  const { study } = results;
  const conventions = conventionText(study);
  return `<header>
<p class="over">Livermark report</p>
<h1>${escapeXml(study.title)}</h1>
<p class="lede">${study.patients} patient${study.patients === 1 ? "" : "s"}, protocol ${escapeXml(study.protocol.id)} ${escapeXml(study.protocol.version)}</p>
<dl class="facts">
${fact("Data lock", escapeXml(study.lock ?? "none given"))}
${fact("Data", `<span class="hash">SHA-256 ${escapeXml(study.inputsSha256)}</span>`)}
${fact("Protocol file", `<span class="hash">SHA-256 ${escapeXml(study.protocol.sha256)}</span>`)}
${fact("Software", `${study.software.name} ${escapeXml(study.software.version)}`)}
${conventions === "" ? "" : fact("Conventions", escapeXml(conventions))}
</dl>
<p class="use"><b>For research use. Not a medical device</b>; not for decisions about a patient.</p>
</header>`;
}

const noteItem = (note: DesignNote): string =>
  `<li class="${note.severity}"><p><b>${escapeXml(sentence(note.why))}</b> ${escapeXml(sentence(note.remedy))}</p><p class="quiet">${escapeXml([note.severity, note.where, note.reference].filter((part) => part !== "").join(" · "))}</p></li>`;

const notesHtml = (notes: readonly DesignNote[]): string =>
  notes.length === 0
    ? ""
    : `<div class="design"><h3>Notes on the design</h3><ul class="plain">${notes.map(noteItem).join("\n")}</ul></div>`;

interface PagePart {
  readonly id: string;
  readonly title: string;
  readonly html: string;
  readonly items: readonly OutlineItem[];
}

const section = (id: string, title: string, body: string, items: readonly OutlineItem[] = []): readonly PagePart[] =>
  body === ""
    ? []
    : [
        {
          id,
          title,
          items,
          html: `<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>\n${body}\n</section>`,
        },
      ];

/** A figure, or its sheets one after the other: on paper a drawing higher than the page would be cut across its rows. */
function figureHtml(item: Extract<OutlineItem, { kind: "figure" }>): string {
  const { figure } = item;
  const wide = naturalWidth(figure) === "page" ? ' class="wide"' : "";
  return figureSheets(figure)
    .map((options, i, { length }) => {
      const scene = figureScene(figure, { ...options, theme: "auto" });
      const after = i === 0 ? "" : `-${i + 1}`;
      const title = `${itemTitle(item)}${length === 1 ? "" : ` (${i + 1} of ${length})`}`;
      return `<figure id="${escapeXml(`${figure.id}${after}`)}"${wide}><div class="draw">${sceneSvg({ ...scene, id: `${scene.id}${after}` })}</div>
<figcaption><b>${itemName(item)}.</b> ${escapeXml(sentence(caption(item, title)))}</figcaption></figure>`;
    })
    .join("\n");
}

/** Tables one under the other; neighbouring figures side by side where they are narrow. */
function itemsHtml(items: readonly OutlineItem[]): string {
  const blocks: string[] = [];
  let figures: string[] = [];
  const flush = (): void => {
    if (figures.length > 0) blocks.push(`<div class="figures">\n${figures.join("\n")}\n</div>`);
    figures = [];
  };
  for (const item of items) {
    if (item.kind === "figure") {
      figures.push(figureHtml(item));
      continue;
    }
    flush();
    blocks.push(tableHtml(item.table, item.number));
  }
  flush();
  return blocks.join("\n");
}

const resultPart = ({ id, title, items, notes }: OutlineSection): readonly PagePart[] =>
  section(id, escapeXml(title), `${itemsHtml(items)}\n${notesHtml(notes)}`, items);

function pageParts(results: Results): readonly PagePart[] {
  const { sections, flowNotes, generalNotes } = outline(results);
  const flow =
    results.flow.length === 0
      ? ""
      : `<figure><div class="draw">${flowSvg({ id: "flow-chart", kind: "flow", title: "Flow of patients and treatments", steps: results.flow, arms: [] }, { theme: "auto" })}</div></figure>`;
  return [
    section("flow", "Flow", `${flow}${notesHtml(flowNotes)}`),
    ...sections.filter(({ supplement }) => !supplement).flatMap(resultPart),
    section(
      "methods",
      "Methods",
      paragraphs(results.methods)
        .map((one) => `<p>${escapeXml(one)}</p>`)
        .join("\n"),
    ),
    section(
      "design",
      "Notes on the study as a whole",
      generalNotes.length === 0 ? "" : `<ul class="plain">${generalNotes.map(noteItem).join("\n")}</ul>`,
    ),
    section(
      "left-out",
      "What was left out, and why",
      results.issues.length === 0
        ? "<p>Nothing was left out.</p>"
        : `<ul class="plain">${issueEntries(results.issues)
            .map(
              ({ severity, text, place }) =>
                `<li class="${severity}"><p>${escapeXml(text)}</p><p class="quiet">${escapeXml(place)}</p></li>`,
            )
            .join("\n")}</ul>`,
    ),
    ...sections.filter(({ supplement }) => supplement).flatMap(resultPart),
  ].flat();
}

/** Sections as links; under them, folded, every table and figure by number. */
function contents(parts: readonly PagePart[]): string {
  const links = parts.map(({ id, title }) => `<a href="#${id}">${title}</a>`);
  const lists = parts.filter(({ items }) => items.length > 0);
  const all = lists.map(
    ({ title, items }) =>
      `<li>${title}<ul>${items.map((item) => `<li><a href="#${escapeXml(itemId(item))}">${itemName(item)}</a> ${escapeXml(itemTitle(item))}</li>`).join("\n")}</ul></li>`,
  );
  const folded =
    lists.length === 0
      ? ""
      : `\n<details><summary>All tables and figures</summary><ul class="all">${all.join("\n")}</ul></details>`;
  return `<nav aria-label="Contents">${links.join("\n")}${folded}</nav>`;
}

/** How many weaknesses the notes name, for the head of the page. */
function notesLine(notes: readonly DesignNote[]): string {
  if (notes.length === 0) return "";
  const serious = notes.filter((note) => note.severity === "serious").length;
  const many = notes.length === 1 ? "1 note on the design stands" : `${notes.length} notes on the design stand`;
  return `<p>${many} where ${notes.length === 1 ? "it applies" : "they apply"}${serious === 0 ? "" : `, ${serious} of them serious`}.</p>\n`;
}

/**
 * The whole report as one HTML file that needs no network: a content security policy forbids any request and any script
 * but its own. Every number with a passport opens it on click or Enter; figures follow the screen's light or dark scheme;
 * print gives A4 or Letter pages. The same results and provenance give the same bytes.
 * Example: `writeFileSync("report.html", htmlReport(results, provenance))`.
 */
export function htmlReport(results: Results, provenance: Provenance): string {
  const parts = pageParts(results);
  const main = `${header(results)}
${contents(parts)}
<main>
${notesLine(results.notes)}<p class="quiet screen" id="hint">A click on a number, or Enter on it, shows what it was made from; arrow keys move between numbers.</p>
${parts.map((part) => part.html).join("\n")}
</main>
<footer>${escapeXml(results.study.software.name)} ${escapeXml(results.study.software.version)}. For research use; not a medical device. ${provenance.files.length} input files, SHA-256 <span class="hash">${escapeXml(results.study.inputsSha256)}</span>.</footer>`;
  const passports = scriptJson(canonicalJson(reachablePassports(main, provenance)));
  const policy = `default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:; script-src 'sha256-${cspHash(reportScript)}'; base-uri 'none'; form-action 'none'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="${escapeXml(results.study.software.name)} ${escapeXml(results.study.software.version)}">
<title>${escapeXml(results.study.title)}</title>
<style>
${reportStyle()}</style>
</head>
<body>
<div class="page">
${main}
</div>
<dialog id="zoom" aria-label="Enlarged figure"><div class="bar"><button class="close" type="button">Close</button></div><div class="body"></div></dialog>
<dialog id="passport" aria-labelledby="passport-title"><div class="bar"><h2 id="passport-title">Passport</h2><button class="close" type="button">Close</button></div><div class="body"></div></dialog>
<script type="application/json" id="passports">${passports}</script>
<script>${reportScript}</script>
</body>
</html>
`;
}
