import type { AuditDocument, AuditFinding } from "./document.js";
import { type EstimateClaim, estimateClaims } from "./estimate-claims.js";
import { type AuditPage, auditPage } from "./page.js";
import { groupSizes, type ShareClaim, shareClaims } from "./share-claims.js";

/** What the rules look at: the text, and the claims found in it. */
export interface AuditFacts {
  readonly page: AuditPage;
  readonly shares: readonly ShareClaim[];
  readonly estimates: readonly EstimateClaim[];
  /** Group sizes the text names, with how often. */
  readonly sizes: ReadonlyMap<number, number>;
}

/** One kind of contradiction: claims in, findings out. */
export type AuditRule = (facts: AuditFacts) => readonly AuditFinding[];

export function auditFacts(documents: readonly AuditDocument[]): AuditFacts {
  const page = auditPage(documents);
  return { page, shares: shareClaims(page), estimates: estimateClaims(page), sizes: groupSizes(page) };
}
