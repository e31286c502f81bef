import { sized } from "testkit";
import { describe, expect, it } from "vitest";
import { auditDocuments } from "../../src/audit/audit.js";
import type { AuditBlock } from "../../src/audit/document.js";
import { ERRORS, type ErrorKind, makeText, STYLES } from "./generator.js";

/** Pipe tables as rows, the rest as text, as the readers do it. */
function blocks(text: string): readonly AuditBlock[] {
  const out: AuditBlock[] = [];
  let table = 0;
  text.split("\n").forEach((line, i) => {
    const last = out[out.length - 1];
    if (line.startsWith("|")) {
      if (last?.kind !== "row") table++;
      if (!line.startsWith("|--"))
        out.push({ kind: "row", table, line: i + 1, text: line, cells: line.replaceAll(/^\||\|$/g, "").split("|") });
    } else if (last?.kind === "text") out[out.length - 1] = { ...last, text: `${last.text}\n${line}` };
    else out.push({ kind: "text", line: i + 1, text: line });
  });
  return out;
}

const audit = (text: string) => auditDocuments([{ file: "made.txt", blocks: blocks(text) }]);
const digits = (text: string): readonly string[] => text.match(/\d+(?:[.·]\d+)?/g) ?? [];

const CLEAN = sized(30, 60);
const DAMAGED = sized(3, 12);

describe("made results sections", () => {
  it(`${CLEAN * STYLES.length} clean ones raise nothing`, () => {
    for (const style of STYLES) {
      for (let seed = 1; seed <= CLEAN; seed++) {
        expect(audit(makeText(seed, style, null).text), `${style} ${seed}`).toEqual([]);
      }
    }
  });

  it("at least nine in ten planted errors are found, by a finding that quotes the wrong words", () => {
    const table = new Map<ErrorKind, { planted: number; found: number; contradictions: number }>();
    for (const kind of ERRORS) {
      const row = { planted: 0, found: 0, contradictions: 0 };
      for (const style of STYLES) {
        for (let seed = 1001; seed <= 1000 + DAMAGED; seed++) {
          const { text, planted } = makeText(seed, style, kind);
          if (planted === null) throw new Error(`${kind} was not planted`);
          const wanted = digits(planted);
          const hits = audit(text).filter(({ quotes }) =>
            quotes.some((quote) => digits(quote.text).some((number) => number.length > 1 && wanted.includes(number))),
          );
          row.planted++;
          if (hits.length > 0) row.found++;
          if (hits.some(({ certainty }) => certainty === "contradiction")) row.contradictions++;
          else if (process.env.AUDIT_MISSES === "1" && hits.length === 0) console.log(kind, style, seed, planted);
        }
      }
      table.set(kind, row);
    }
    if (process.env.AUDIT_TABLE === "1") console.table(Object.fromEntries(table));
    const rows = [...table.values()];
    const planted = rows.reduce((sum, row) => sum + row.planted, 0);
    const found = rows.reduce((sum, row) => sum + row.found, 0);
    expect(planted).toBeGreaterThanOrEqual(300);
    expect(found / planted).toBeGreaterThanOrEqual(0.9);
  });
});
