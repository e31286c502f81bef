import type { AuditBlock, AuditDocument } from "@livermark/analysis";
import { ok, type Result, refuse } from "@livermark/core";
import { unzipSync } from "fflate";
import { latexBlocks } from "./latex.js";
import { htmlBlocks, wordBlocks } from "./markup.js";
import { pdfText } from "./pdf.js";
import { plainBlocks } from "./plain.js";
import { resultsBlocks } from "./results-json.js";
import { delimitedBlocks, workbookBlocks } from "./tables.js";

/** Largest file the auditor reads. */
export const MAX_AUDIT_BYTES = 64 * 1024 * 1024;

const FORMATS = "txt, md, csv, tsv, html, docx, xlsx, pdf, tex, json";

const startsWith = (bytes: Uint8Array, text: string): boolean =>
  [...text].every((char, i) => bytes[i] === char.charCodeAt(0));

function utf8(file: string, bytes: Uint8Array): Result<string> {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes).replace(/^\uFEFF/, "");
    if (!text.includes("\0")) return ok(text);
  } catch {
    // Falls through to the refusal below.
  }
  return refuse({
    code: "not-text",
    message: "The file is neither UTF-8 text nor a document the auditor reads.",
    wanted: FORMATS,
    mend: "Save it as UTF-8 text or PDF.",
    where: { file },
  });
}

const broken = (file: string, what: string, error: unknown): Result<never> =>
  refuse({
    code: "unreadable-document",
    message: `The ${what} cannot be read.`,
    got: error instanceof Error ? error.message : String(error),
    mend: "Open it in its own program and save it again.",
    where: { file },
  });

async function zippedBlocks(file: string, bytes: Uint8Array): Promise<Result<readonly AuditBlock[]>> {
  const wanted = new Set(["word/document.xml", "word/footnotes.xml", "xl/workbook.xml"]);
  try {
    let total = 0;
    const parts = unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        if (!wanted.has(name)) return false;
        total += originalSize;
        return total <= 4 * MAX_AUDIT_BYTES;
      },
    });
    if (parts["xl/workbook.xml"] !== undefined) return ok(await workbookBlocks(bytes));
    const body = parts["word/document.xml"];
    if (body === undefined) {
      return refuse({
        code: "unknown-document",
        message: "The archive is neither a Word nor an Excel file.",
        wanted: FORMATS,
        where: { file },
      });
    }
    const decoder = new TextDecoder();
    return ok(
      [body, parts["word/footnotes.xml"]].flatMap((part) =>
        part === undefined ? [] : wordBlocks(decoder.decode(part)),
      ),
    );
  } catch (error) {
    return broken(file, "Word or Excel file", error);
  }
}

async function pdfBlocks(file: string, bytes: Uint8Array): Promise<Result<readonly AuditBlock[]>> {
  try {
    const text = await pdfText(bytes);
    if (text.trim().length > 0) return ok(plainBlocks(text));
  } catch (error) {
    return broken(file, "PDF", error);
  }
  return refuse({
    code: "no-text-in-pdf",
    message: "The PDF holds no text, only pictures of it.",
    mend: "Run a text recognition (OCR) first, and check its numbers.",
    where: { file },
  });
}

async function blocksOf(file: string, bytes: Uint8Array): Promise<Result<readonly AuditBlock[]>> {
  if (startsWith(bytes, "%PDF")) return pdfBlocks(file, bytes);
  if (startsWith(bytes, "PK\u0003\u0004")) return zippedBlocks(file, bytes);
  const text = utf8(file, bytes);
  if (!text.ok) return text;
  const extension = file.toLowerCase().split(".").pop() ?? "";
  if (["docx", "xlsx", "pdf"].includes(extension))
    return broken(file, `.${extension} file`, "its first bytes are not those of the format");
  if (extension === "csv" || extension === "tsv") return ok(delimitedBlocks(text.value));
  if (["html", "htm", "xhtml"].includes(extension) || /^\s*<(?:!doctype html|html)/i.test(text.value))
    return ok(htmlBlocks(text.value));
  if (["tex", "ltx", "latex"].includes(extension) || /^\s*(?:%[^\n]*\n\s*)*\\documentclass/.test(text.value))
    return latexBlocks(file, text.value);
  if (extension === "json") return resultsBlocks(file, text.value);
  return ok(plainBlocks(text.value));
}

/**
 * One file as the auditor sees it, by its first bytes, else by its extension: plain or extracted text, Markdown, CSV,
 * HTML, Word, Excel, PDF, LaTeX, and Livermark's results.json. `file` is the name that findings will show.
 * Refuses files above `MAX_AUDIT_BYTES`, binary data, broken documents, PDFs of pictures, and texts without numbers.
 * Example: `await readAuditDocument("paper.txt", bytes)`.
 */
export async function readAuditDocument(file: string, bytes: Uint8Array): Promise<Result<AuditDocument>> {
  if (bytes.byteLength > MAX_AUDIT_BYTES) {
    return refuse({
      code: "file-too-large",
      message: "The file is larger than a paper can be.",
      got: `${bytes.byteLength} bytes`,
      wanted: `at most ${MAX_AUDIT_BYTES} bytes`,
      where: { file },
    });
  }
  const blocks = await blocksOf(file, bytes);
  if (!blocks.ok) return blocks;
  if (!blocks.value.some((block) => /\d/.test(block.text))) {
    return refuse({
      code: "no-numbers",
      message: "The document holds no numbers, so there is nothing to check.",
      wanted: "a text or table with numbers",
      where: { file },
    });
  }
  return ok({ file, blocks: blocks.value }, blocks.issues);
}
