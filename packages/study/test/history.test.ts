import { unwrap } from "@livermark/core";
import { describe, expect, it } from "vitest";
import {
  amendmentText,
  appendEntries,
  explanations,
  type JournalDraft,
  journalCsv,
  journalOf,
  parseDelimited,
  readTable,
  rowsHash,
  verifyJournal,
} from "../src/index.js";
import { endpoint, minimalProtocol, run } from "./helpers.js";

const draft = (parts: Partial<JournalDraft>): JournalDraft => ({
  at: "2026-03-01T10:00:00Z",
  by: "A",
  action: "amend",
  table: "events",
  line: 2,
  last_line: null,
  column: "",
  was: "",
  now: "",
  why: "autopsy report",
  ...parts,
});

const events = "patient,day,event,cause\nP1,400,death,unknown\nP2,500,last-contact,\n";
const study = (history: string, table = events): ReturnType<typeof run> =>
  run({
    protocol: minimalProtocol("", "[OS, { name: PFS, death: tumour }]"),
    tables: {
      "patients.csv": "patient\nP1\nP2\n",
      "procedures.csv": "patient,procedure,day,kind\nP1,a,0,TACE\nP2,a,0,TACE\n",
      "events.csv": table,
      "history.csv": history,
    },
  });

describe("history of records", () => {
  const amended = journalCsv(
    appendEntries(
      [],
      [
        draft({ column: "cause", was: "unknown", now: "tumour" }),
        draft({ column: "day", was: "400", now: "390", at: "2026-04-01T10:00:00Z", by: "B", why: "typing mistake" }),
      ],
    ),
  );

  it("derive uses the newest value, the file keeps the earlier one, explain shows both", () => {
    const { derived, records, codes } = study(amended);
    expect(codes).not.toContain("broken-history");
    expect(endpoint(derived, "OS").timeDays).toBe(390);
    expect(endpoint(derived, "PFS").event).toBe(1);
    expect(records.amendments.map(amendmentText)).toEqual([
      'cause was "unknown", is "tumour" since 2026-03-01T10:00:00Z by A: autopsy report',
      'day was "400", is "390" since 2026-04-01T10:00:00Z by B: typing mistake',
    ]);
    const steps = explanations(derived).get("endpoint/OS/P1")?.steps.join("\n");
    expect(steps).toContain('day was "400", is "390"');
  });

  it("without a history the first values count", () => {
    expect(endpoint(study("").derived, "OS").timeDays).toBe(400);
  });

  it("a cell may be amended again; each amendment must know the value before it", () => {
    const twice = appendEntries(
      [],
      [
        draft({ column: "cause", was: "unknown", now: "tumour" }),
        draft({ column: "cause", was: "tumour", now: "other" }),
      ],
    );
    expect(study(journalCsv(twice)).records.tables.events.rows[0]?.cause).toBe("other");
    const wrong = appendEntries([], [draft({ column: "cause", was: "other", now: "tumour" })]);
    const { codes, records } = study(journalCsv(wrong));
    expect(codes).toContain("amendment-mismatch");
    expect(records.tables.events.rows[0]?.cause).toBe("unknown");
  });

  it("a retracted row no longer counts", () => {
    const { derived } = study(journalCsv(appendEntries([], [draft({ action: "retract" })])));
    expect(derived.endpoints.filter(({ patient, event }) => patient === "P1" && event === 1)).toEqual([]);
  });

  it("recorded rows that were changed in the file are named", () => {
    const rows = unwrap(parseDelimited(events, "events.csv")).rows;
    const record = journalCsv(
      appendEntries([], [draft({ action: "record", line: 2, last_line: 3, now: rowsHash(rows), why: "" })]),
    );
    expect(study(record).codes).not.toContain("changed-record");
    const changed = study(record, events.replace("400", "410"));
    expect(changed.records.issues.find(({ code }) => code === "changed-record")?.message).toBe(
      "Lines 2 to 3 of events are not what A recorded at 2026-03-01T10:00:00Z.",
    );
    expect(study(record, events.replaceAll("\n", "\r\n")).codes).not.toContain("changed-record");
  });

  it("after a lock an unrecorded row is named", () => {
    const rows = unwrap(parseDelimited(events, "events.csv")).rows;
    const journal = journalCsv(
      appendEntries(
        [],
        [
          draft({ action: "record", line: 2, last_line: 3, now: rowsHash(rows) }),
          draft({ action: "lock", line: null, why: "data base closed" }),
        ],
      ),
    );
    expect(study(journal).codes).not.toContain("record-after-lock");
    expect(study(journal, `${events}P2,600,death,tumour\n`).codes).toContain("record-after-lock");
  });

  it("one changed byte of the journal is found, at its entry", () => {
    const journal = appendEntries(
      [],
      [
        draft({ column: "cause", was: "unknown", now: "tumour" }),
        draft({ column: "day", was: "400", now: "390" }),
        draft({ action: "lock", line: null }),
      ],
    );
    const text = journalCsv(journal);
    const read = (content: string): ReturnType<typeof verifyJournal> =>
      verifyJournal(journalOf(readTable("history", content, "history.csv").table.rows), "history.csv");
    expect(read(text)).toEqual([]);
    expect(read(text.replace("390", "391"))[0]).toMatchObject({ code: "broken-history", where: { line: 3 } });
    expect(
      read(
        text
          .split("\n")
          .filter((_, i) => i !== 2)
          .join("\n"),
      )[0]?.where.line,
    ).toBe(3);
    for (let at = text.indexOf("\n") + 1; at < text.length - 1; at += 7) {
      const other = text[at] === "a" ? "b" : "a";
      if (text[at] === "\n" || text[at] === "," || text[at] === '"') continue;
      const issues = read(text.slice(0, at) + other + text.slice(at + 1));
      const rows = readTable("history", text.slice(0, at) + other + text.slice(at + 1), "h.csv");
      expect(issues.length + rows.issues.length).toBeGreaterThan(0);
    }
  });
});
