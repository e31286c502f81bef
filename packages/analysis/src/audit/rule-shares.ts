import type { AuditFinding } from "./document.js";
import type { AuditFacts } from "./facts.js";
import { agrees, lastPlace, nearlyAgrees, type Printed, shown } from "./printed.js";
import type { ShareClaim } from "./share-claims.js";

/** Whole-number totals from which `count` gives the printed percentage; `slip` widens it to one unit of the last place. */
export function possibleTotals(count: number, percent: Printed, slip = false): { from: number; to: number } | null {
  const half = slip ? lastPlace(percent) * (1 - 1e-9) : percent.high - percent.value;
  const low = percent.value - half;
  const high = percent.value + half;
  if (count === 0) return low <= 0 ? { from: 1, to: Number.POSITIVE_INFINITY } : null;
  if (high <= 0) return null;
  const from = Math.max(count, Math.ceil((100 * count) / high - 1e-9));
  const to = low <= 0 ? Number.POSITIVE_INFINITY : Math.floor((100 * count) / low + 1e-9);
  return from <= to ? { from, to } : null;
}

const fits = (claim: ShareClaim, total: number): boolean =>
  total >= claim.count && nearlyAgrees(claim.percent, (100 * claim.count) / total);

/** True where nothing but space parts two shares of one line: columns of a table, so shares of different groups. */
const columns = (facts: AuditFacts, a: ShareClaim | undefined, b: ShareClaim | undefined): boolean =>
  a !== undefined && b !== undefined && /^[^A-Za-z\n]*$/.test(facts.page.text.slice(a.end, b.start));

/** The total that most of the claims around this one share, if any is clear. */
function totalAround(facts: AuditFacts, index: number): { total: number; like: number; of: number } | null {
  const here = facts.shares[index];
  if (here === undefined) return null;
  const around = facts.shares.filter(
    (claim, i) =>
      i !== index &&
      Math.abs(i - index) <= 6 &&
      Math.abs(claim.start - here.start) < 1200 &&
      !facts.page.inTable(claim.start),
  );
  let best: { total: number; like: number; of: number } | null = null;
  for (const total of facts.sizes.keys()) {
    const like = around.filter((claim) => (claim.total ?? total) === total && fits(claim, total)).length;
    if (like > (best?.like ?? 0)) best = { total, like, of: around.length };
  }
  return best;
}

/** Neighbouring claims, this one among them, whose counts add up to `total`. */
function partition(facts: AuditFacts, index: number, total: number): readonly ShareClaim[] | null {
  for (let from = Math.max(0, index - 6); from <= index; from++) {
    let sum = 0;
    for (let to = from; to < Math.min(facts.shares.length, from + 8); to++) {
      const claim = facts.shares[to];
      const before = facts.shares[to - 1];
      if (claim === undefined || (to > from && before !== undefined && claim.start - before.end > 110)) break;
      if (to > from && columns(facts, before, claim)) break;
      sum += claim.count;
      if (sum > total) break;
      if (sum === total && to >= index && to > from) return facts.shares.slice(from, to + 1);
    }
  }
  return null;
}

const range = (percent: Printed): string => `${shown(percent.low, 6)} to ${shown(percent.high, 6)}`;

/**
 * A count and its percentage must fit their total; where none is printed, some whole number must be able to be it,
 * and the total that the neighbouring counts share is tried.
 */
export function shareFindings(facts: AuditFacts): readonly AuditFinding[] {
  const findings: AuditFinding[] = [];
  facts.shares.forEach((claim, index) => {
    const { count, total, percent } = claim;
    const quote = facts.page.quote(claim.start, claim.end);
    if (total !== null) {
      if (count > total) {
        findings.push({
          code: "count-above-total",
          certainty: "contradiction",
          quotes: [quote],
          arithmetic: `${count} > ${total}`,
          message: "A part is larger than its whole.",
        });
        return;
      }
      const value = (100 * count) / total;
      if (agrees(percent, value)) return;
      findings.push({
        code: "percent-of-total",
        certainty: nearlyAgrees(percent, value) ? "unlikely" : "contradiction",
        quotes: [quote],
        arithmetic: `${count}/${total} = ${shown(value, 5)} %, printed ${percent.text} % stands for ${range(percent)}`,
        message: "The percentage does not follow from the count and its total.",
      });
      return;
    }
    const around = totalAround(facts, index);
    if (possibleTotals(count, percent) === null) {
      const slip = possibleTotals(count, percent, true);
      const near = around === null ? "" : `; ${count}/${around.total} = ${shown((100 * count) / around.total, 5)} %`;
      // A cut last digit explains it only for a total the text knows.
      const explained = slip !== null && [...facts.sizes.keys()].some((size) => size >= slip.from && size <= slip.to);
      findings.push({
        code: "percent-of-count",
        certainty: explained ? "unlikely" : "contradiction",
        quotes: [quote],
        arithmetic: `no whole number n gives ${count}/n = ${range(percent)} %${near}`,
        message: "No whole total gives this percentage for this count.",
      });
      return;
    }
    const inColumns = columns(facts, facts.shares[index - 1], claim) || columns(facts, claim, facts.shares[index + 1]);
    if (inColumns || facts.page.inTable(claim.start)) return;
    if (around === null || around.like < 2 || around.like < 0.75 * around.of) return;
    if (fits(claim, around.total)) return;
    const possible = possibleTotals(count, percent, true);
    const known = possible !== null && [...facts.sizes.keys()].some((n) => n >= possible.from && n <= possible.to);
    const siblings = partition(facts, index, around.total);
    if (siblings === null && (known || around.like < 3)) return;
    findings.push({
      code: "percent-of-shared-total",
      certainty: siblings === null ? "unlikely" : "contradiction",
      quotes: [quote],
      arithmetic: `${count}/${around.total} = ${shown((100 * count) / around.total, 5)} %, printed ${percent.text} % stands for ${range(percent)}; ${
        siblings === null
          ? `${around.like} of ${around.of} neighbouring shares are of ${around.total}`
          : `${siblings.map((s) => s.count).join(" + ")} = ${around.total}`
      }`,
      message: "The percentage is not that of the total its neighbours share.",
    });
  });
  return findings;
}

/**
 * Neighbouring shares whose percentages add up to 100 and that all but one fit one known total must add up to it.
 */
export function partitionFindings(facts: AuditFacts): readonly AuditFinding[] {
  const findings: AuditFinding[] = [];
  // Columns of a table are looked at by the table rule: neighbours in a row are of different groups.
  const shares = facts.shares.filter((claim) => !facts.page.inTable(claim.start));
  for (let from = 0; from < shares.length; from++) {
    let percent = 0;
    let half = 0;
    for (let to = from; to < Math.min(shares.length, from + 8); to++) {
      const claim = shares[to];
      const before = shares[to - 1];
      if (claim === undefined || (to > from && before !== undefined && claim.start - before.end > 110)) break;
      if (to > from && columns(facts, before, claim)) break;
      percent += claim.percent.value;
      half += claim.percent.high - claim.percent.value;
      if (percent > 100 + half) break;
      if (to === from || percent < 100 - half || claim.percent.value === 0) continue;
      const group = shares.slice(from, to + 1);
      const first = from;
      from = to;
      const sum = group.reduce((total, part) => total + part.count, 0);
      for (const total of facts.sizes.keys()) {
        if (total === sum) continue;
        const odd = group.filter((part) => !fits(part, total));
        if (odd.length !== 1 || (group.length === 2 && Math.abs(sum - total) > 0.2 * total)) continue;
        const wrong = odd[0];
        const last = group[group.length - 1];
        if (wrong === undefined || last === undefined || group.every((part) => fits(part, sum))) continue;
        findings.push({
          code: "parts-sum",
          certainty: "contradiction",
          quotes: [
            facts.page.quote(wrong.start, wrong.end),
            facts.page.quote(shares[first]?.start ?? last.start, last.end),
          ],
          arithmetic: `${group.map((part) => part.count).join(" + ")} = ${sum}, the percentages add up to 100 of ${total}`,
          message: "The parts do not add up to their total.",
        });
        break;
      }
      break;
    }
  }
  return findings;
}
