import { compareStrings } from "@livermark/core";
import type { AuditCertainty, AuditDocument, AuditFinding } from "./document.js";
import { type AuditRule, auditFacts } from "./facts.js";
import { accuracyFindings } from "./rule-accuracy.js";
import { accuracySetFindings } from "./rule-accuracy-set.js";
import { coefficientFindings } from "./rule-coefficients.js";
import { columnBlockFindings } from "./rule-column-blocks.js";
import { differenceFindings } from "./rule-differences.js";
import { estimateFindings, looseIntervalFindings } from "./rule-estimates.js";
import { meanFindings } from "./rule-means.js";
import { oddsFindings } from "./rule-odds.js";
import { pZeroFindings } from "./rule-p-zero.js";
import { repeatFindings } from "./rule-repeats.js";
import { responseFindings } from "./rule-response.js";
import { restatedFindings } from "./rule-restated.js";
import { rowFindings } from "./rule-rows.js";
import { senseFindings } from "./rule-sense.js";
import { partitionFindings, shareFindings } from "./rule-shares.js";
import { tableFindings } from "./rule-tables.js";
import { textColumnFindings } from "./rule-text-columns.js";
import { thresholdFindings } from "./rule-thresholds.js";
import { zFindings } from "./rule-z.js";

const RULES: readonly AuditRule[] = [
  shareFindings,
  partitionFindings,
  estimateFindings,
  looseIntervalFindings,
  pZeroFindings,
  responseFindings,
  differenceFindings,
  coefficientFindings,
  tableFindings,
  columnBlockFindings,
  meanFindings,
  accuracyFindings,
  repeatFindings,
  senseFindings,
  zFindings,
  textColumnFindings,
  accuracySetFindings,
  oddsFindings,
  thresholdFindings,
  rowFindings,
  restatedFindings,
];

const RANK: Readonly<Record<AuditCertainty, number>> = { contradiction: 0, unlikely: 1, check: 2 };

const key = (finding: AuditFinding): string =>
  [
    finding.code,
    finding.arithmetic,
    ...finding.quotes.map((quote) => `${quote.file}:${quote.line}:${quote.text}`),
  ].join("\n");

/**
 * Contradictions inside one work, found by arithmetic alone. Documents given together (paper, supplement) are
 * compared with each other. Findings come by file and line, the surest first; the same finding comes once.
 * Nothing is inferred about why a number is wrong.
 * Example: `auditDocuments([{ file: "a.txt", blocks: [{ kind: "text", line: 1, text: "57 (65.9%)" }] }])`
 * says that no whole total gives 65.9 % for 57.
 */
export function auditDocuments(documents: readonly AuditDocument[]): readonly AuditFinding[] {
  const facts = auditFacts(documents);
  const findings = new Map<string, AuditFinding>();
  for (const rule of RULES)
    for (const finding of rule(facts)) if (!findings.has(key(finding))) findings.set(key(finding), finding);
  const order = new Map(documents.map(({ file }, i) => [file, i]));
  const place = (finding: AuditFinding): readonly [number, number] => {
    const quote = finding.quotes[0];
    return quote === undefined ? [0, 0] : [order.get(quote.file) ?? 0, quote.line];
  };
  return [...findings.values()].sort((a, b) => {
    const [fileA, lineA] = place(a);
    const [fileB, lineB] = place(b);
    return fileA - fileB || lineA - lineB || RANK[a.certainty] - RANK[b.certainty] || compareStrings(a.code, b.code);
  });
}
