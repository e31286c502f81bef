import { auditDocuments } from "@livermark/analysis";
import { unwrap } from "@livermark/core";
import exceljs from "exceljs";
import { strToU8, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { auditHtml, findingsCsv, findingsText } from "../../src/audit/output.js";
import { MAX_AUDIT_BYTES, readAuditDocument } from "../../src/audit/read.js";

const read = async (file: string, content: string | Uint8Array) =>
  readAuditDocument(file, typeof content === "string" ? strToU8(content) : content);
const findings = async (file: string, content: string | Uint8Array) =>
  auditDocuments([unwrap(await read(file, content))]);

const word = (body: string): Uint8Array =>
  zipSync({
    "word/document.xml": strToU8(`<?xml version="1.0"?><w:document xmlns:w="w"><w:body>${body}</w:body></w:document>`),
  });
const paragraph = (text: string): string =>
  `<w:p>${text
    .split("|")
    .map((run) => `<w:r><w:t>${run}</w:t></w:r>`)
    .join("")}</w:p>`;

/** A one-page PDF whose single font shows `text`; empty text makes a page of nothing. */
function pdf(text: string): Uint8Array {
  const stream = text === "" ? "" : `BT /F1 12 Tf 72 700 Td (${text.replaceAll(/[()]/g, "\\$&")}) Tj ET`;
  const objects = [
    "<</Type/Catalog/Pages 2 0 R>>",
    "<</Type/Pages/Kids[3 0 R]/Count 1>>",
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
    `<</Length ${stream.length}>>stream\n${stream}\nendstream`,
    "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
  ];
  let out = "%PDF-1.4\n";
  const offsets = objects.map((object, i) => {
    const at = out.length;
    out += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const table = offsets.map((at) => `${String(at).padStart(10, "0")} 00000 n \n`).join("");
  return strToU8(
    `${out}xref\n0 6\n0000000000 65535 f \n${table}trailer<</Size 6/Root 1 0 R>>\nstartxref\n${out.length}\n%%EOF\n`,
  );
}

describe("the same error is found in every format", () => {
  const error = "The response was seen in 57 (65.9%) of the patients.";
  const quote = (line: number) => [
    expect.objectContaining({ quotes: [{ file: expect.any(String), line, text: "57 (65.9%)" }] }),
  ];
  it("txt and md", async () => {
    expect(await findings("a.txt", `Title\r\n\r\n${error}`)).toEqual(quote(3));
    const [row] = await findings("a.md", "# T\n\n| a | n (%) |\n|---|---|\n| ORR | 57 (65.9%) |\n");
    expect(row?.quotes[0]).toEqual({ file: "a.md", line: 5, text: "57 (65.9%)" });
  });
  it("md whose cells hold a stroke and an entity", async () => {
    const { blocks } = unwrap(await read("a.md", "| a\\|b | HR |\n|--|--|\n| x\\* | 2.31 (1.33–4.02) | &lt;.001 |\n"));
    expect(blocks.map((block) => (block.kind === "row" ? block.cells.map((cell) => cell.trim()) : []))).toEqual([
      ["a|b", "HR"],
      ["x*", "2.31 (1.33–4.02)", "<.001"],
    ]);
    expect(blocks[1]?.text).toContain("| <.001 |");
  });
  it("csv", async () => expect(await findings("a.csv", 'name,"n (%)"\nORR,"57 (65.9%)"\n')).toEqual(quote(2)));
  it("html", async () =>
    expect(
      await findings("a.html", `<html><script>57 (65.9%)</script><h1>T</h1><p>The <b>57</b> (65.9%)</p></html>`),
    ).toEqual(quote(2)));
  it("html tables", async () =>
    expect(
      await findings("a.html", `<table><tr><th>x</th><th>n</th></tr><tr><td>ORR</td><td>57 (65.9%)</td></tr></table>`),
    ).toEqual(quote(2)));
  it("docx, with runs that split a number", async () =>
    expect(await findings("a.docx", word(`${paragraph("Title")}${paragraph("it was 5|7 (65.|9%).")}`))).toEqual(
      quote(2),
    ));
  it("xlsx", async () => {
    const book = new exceljs.Workbook();
    const sheet = book.addWorksheet("T1");
    sheet.addRow(["Response", "n (%)"]);
    sheet.addRow(["ORR", "57 (65.9%)"]);
    expect(await findings("a.xlsx", new Uint8Array(await book.xlsx.writeBuffer()))).toEqual(quote(2));
  });
  it("xlsx, merged cells once", async () => {
    const book = new exceljs.Workbook();
    const sheet = book.addWorksheet("T1");
    sheet.addRow(["Response of 57 patients", "", ""]);
    sheet.mergeCells(1, 1, 1, 3);
    sheet.addRow(["Response", "n", "%"]);
    const { blocks } = unwrap(await readAuditDocument("a.xlsx", new Uint8Array(await book.xlsx.writeBuffer())));
    expect(blocks.map((block) => block.text.replace(/[ |]+$/, ""))).toEqual([
      "Response of 57 patients",
      "Response | n | %",
    ]);
  });
  it("results.json, as the report prints it", async () => {
    const interval = { id: "hr", kind: "estimate", value: 2, low: 2.5, high: 3, level: 0.95, decimals: 2, unit: "" };
    const table = {
      id: "t",
      title: "T",
      columns: [{ key: "hr", label: "HR (95% CI)" }],
      rows: [{ label: "Age", cells: { hr: interval } }],
      footnotes: [],
    };
    const [finding] = await findings(
      "results.json",
      JSON.stringify({ schema: "livermark.results/1", tables: [table] }),
    );
    expect(finding?.code).toBe("estimate-outside-limits");
  });
  it("pdf from a Node buffer", async () => {
    const document = unwrap(await readAuditDocument("a.pdf", Buffer.from(pdf(error))));
    expect(auditDocuments([document])).toEqual(quote(1));
  });
  it("pdf", async () => expect(await findings("a.pdf", pdf(error))).toEqual(quote(1)));
});

describe("what cannot be read is an Issue", () => {
  it.each([
    ["no-text-in-pdf", "scan.pdf", pdf("")],
    ["unreadable-document", "cut.pdf", strToU8("%PDF-1.4\nnothing more")],
    ["unreadable-document", "cut.docx", word(paragraph("57 (65.9%)")).slice(0, 60)],
    ["unreadable-document", "renamed.docx", strToU8("plain")],
    ["unknown-document", "other.zip", zipSync({ "a.txt": strToU8("5") })],
    ["not-text", "binary.txt", new Uint8Array([1, 2, 0, 255, 254])],
    ["wrong-schema", "other.json", strToU8('{"schema": 1}')],
    ["no-numbers", "words.txt", strToU8("No numbers here.")],
    ["no-numbers", "empty.txt", new Uint8Array()],
    ["file-too-large", "large.txt", new Uint8Array(MAX_AUDIT_BYTES + 1)],
  ])("%s: %s", async (code, file, bytes) => {
    const result = await readAuditDocument(file, bytes);
    expect(result.ok).toBe(false);
    expect(result.issues[0]?.code).toBe(code);
    expect(result.issues[0]?.where.file).toBe(file);
  });
});

describe("findings on paper", () => {
  it("name file, line, words and arithmetic in text, CSV and HTML", async () => {
    const document = unwrap(await read("a<b.txt", "x\n57 (65.9%)\n"));
    const found = auditDocuments([document]);
    expect(findingsText(found)).toContain("a<b.txt:2  57 (65.9%)");
    expect(findingsCsv(found).split("\n")[1]).toContain('contradiction,percent-of-count,"a<b.txt",2,"57 (65.9%)"');
    const page = auditHtml([document], found);
    expect(page).toContain("a&lt;b.txt");
    expect(page).toContain('<aside class="contradiction">');
    expect(findingsText([])).toContain("No contradiction found");
  });
});
