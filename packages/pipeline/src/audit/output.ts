import type { AuditDocument, AuditFinding } from "@livermark/analysis";

const escapeHtml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** Findings for a person, one paragraph each. */
export function findingsText(findings: readonly AuditFinding[]): string {
  if (findings.length === 0) return "No contradiction found. That is no proof that there is none.";
  return findings
    .map(({ code, certainty, quotes, arithmetic, message }) =>
      [
        `${certainty.toUpperCase()} ${code}: ${message}`,
        ...quotes.map(({ file, line, text }) => `  ${file}:${line}  ${text}`),
        `  ${arithmetic}`,
      ].join("\n"),
    )
    .join("\n\n");
}

// A spreadsheet must not take a quoted text for a formula.
const csvCell = (text: string): string => `"${(/^[=+\-@]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;

/** Findings as CSV, one row per finding: certainty, code, file, line, quotes, arithmetic, message. */
export const findingsCsv = (findings: readonly AuditFinding[]): string =>
  [
    "certainty,code,file,line,quotes,arithmetic,message",
    ...findings.map(({ certainty, code, quotes, arithmetic, message }) =>
      [
        certainty,
        code,
        csvCell(quotes[0]?.file ?? ""),
        String(quotes[0]?.line ?? ""),
        csvCell(quotes.map(({ text }) => text).join(" … ")),
        csvCell(arithmetic),
        csvCell(message),
      ].join(","),
    ),
    "",
  ].join("\n");

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem}
.row{display:grid;grid-template-columns:3.5rem minmax(0,2fr) minmax(0,1fr);gap:.2rem 1rem}
.n{color:#767676;text-align:right}pre{margin:0;white-space:pre-wrap;font:inherit}
.hit{background:#fff3c4}aside{border-left:4px solid #555;padding:.2rem .6rem;margin-bottom:.4rem;font-size:.9em}
.contradiction{border-color:#b00020}.unlikely{border-color:#a85b00}.check{border-color:#2457a8}`;

/** The documents as a web page, with each finding in the margin beside its first quote. No script, nothing fetched. */
export function auditHtml(documents: readonly AuditDocument[], findings: readonly AuditFinding[]): string {
  const parts = documents.map(({ file, blocks }) => {
    const here = findings.filter(({ quotes }) => quotes[0]?.file === file);
    const lines = blocks.flatMap((block) =>
      block.kind === "row"
        ? [{ line: block.line, text: block.text }]
        : block.text.split("\n").map((text, i) => ({ line: block.line + i, text })),
    );
    const shown = new Set<AuditFinding>();
    const rows = lines.map(({ line, text }) => {
      const notes = here.filter((finding) => finding.quotes[0]?.line === line && !shown.has(finding));
      for (const note of notes) shown.add(note);
      const asides = notes.map(
        ({ code, certainty, arithmetic, message }) =>
          `<aside class="${certainty}"><b>${certainty}</b> ${escapeHtml(code)}<br>${escapeHtml(message)}<br>${escapeHtml(arithmetic)}</aside>`,
      );
      const hit = notes.length > 0 ? ' class="hit"' : "";
      return `<div class="row"><span class="n">${line}</span><pre${hit}>${escapeHtml(text)}</pre><div>${asides.join("")}</div></div>`;
    });
    return `<h2>${escapeHtml(file)}</h2><p>${here.length} finding${here.length === 1 ? "" : "s"}</p>${rows.join("\n")}`;
  });
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Audit</title><style>${STYLE}</style></head><body><h1>Audit</h1>${parts.join("\n")}</body></html>\n`;
}
