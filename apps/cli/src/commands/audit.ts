import { readFileSync, writeFileSync } from "node:fs";
import { type AuditDocument, auditDocuments } from "@livermark/analysis";
import { all, andThen, ok, type Result, refuse } from "@livermark/core";
import { auditHtml, findingsCsv, findingsText, MAX_AUDIT_BYTES, readAuditDocument } from "@livermark/pipeline";
import { type Command, text, usageIssue } from "../command.js";
import { fileSize } from "../files.js";

async function readDocument(path: string): Promise<Result<AuditDocument>> {
  const where = { file: path };
  const found = fileSize(path);
  if (!found.ok) return found;
  const size = found.value;
  if (size > MAX_AUDIT_BYTES)
    return refuse({
      code: "file-too-large",
      message: "The file is larger than a paper can be.",
      got: `${size} bytes`,
      wanted: `at most ${MAX_AUDIT_BYTES} bytes`,
      where,
    });
  return readAuditDocument(path, readFileSync(path));
}

function write(path: string, content: string): Result<null> {
  try {
    writeFileSync(path, content);
    return ok(null);
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error);
    return refuse({ code: "cannot-write", message: "The file cannot be written.", got, where: { file: path } });
  }
}

export const command: Command = {
  usage: "FILE… [--each] [--html FILE] [--csv FILE] [--json]",
  help: [
    "Finds what cannot be true in a paper or manuscript, by arithmetic alone, and shows the arithmetic.",
    "Reads txt, md, csv, html, docx, xlsx, pdf, tex and Livermark's results.json. Files given together are one work;",
    "with --each every file is a work of its own.",
    "contradiction: impossible whatever the rounding. unlikely: possible by an unusual convention. check: for a person.",
    "--html writes the text with the findings in its margin, --csv a table of the findings.",
    "Example:\n  livermark audit manuscript.docx supplement.xlsx --html audit.html",
  ].join("\n"),
  options: { each: { type: "boolean" }, html: { type: "string" }, csv: { type: "string" } },
  async run(positionals, values) {
    if (positionals.length === 0) return usageIssue("audit wants at least one file.");
    const documents = all(await Promise.all(positionals.map(readDocument)));
    return andThen(documents, (read) => {
      const each = values.each === true;
      const findings = each ? read.flatMap((document) => auditDocuments([document])) : auditDocuments(read);
      const [html, csv] = [text(values, "html"), text(values, "csv")];
      const written = all([
        html === undefined ? ok(null) : write(html, auditHtml(read, findings)),
        csv === undefined ? ok(null) : write(csv, findingsCsv(findings)),
      ]);
      return andThen(written, () => ok({ json: { findings }, text: findingsText(findings), issues: [] }));
    });
  },
};
