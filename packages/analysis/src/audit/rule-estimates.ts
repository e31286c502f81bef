import { normalQuantile, normalTwoSided } from "@livermark/statistics";
import type { AuditCertainty, AuditFinding } from "./document.js";
import type { EstimateClaim } from "./estimate-claims.js";
import type { AuditFacts } from "./facts.js";
import { type Printed, shown } from "./printed.js";

interface Span {
  readonly low: number;
  readonly high: number;
}

const logSpan = (number: Printed): Span => ({
  low: number.low > 0 ? Math.log(number.low) : Number.NEGATIVE_INFINITY,
  high: Math.log(number.high),
});

/** Span of z = log ratio / standard error that the rounding of the three numbers leaves open. */
function zSpan(claim: EstimateClaim): { z: Span; middle: number; standardError: number } | null {
  const { estimate, low, high } = claim;
  if (!(estimate.value > 0 && low.value > 0 && high.value > low.value)) return null;
  const quantile = normalQuantile(0.5 + claim.level / 200);
  const standardError = Math.log(high.value / low.value) / (2 * quantile);
  const [e, l, h] = [logSpan(estimate), logSpan(low), logSpan(high)];
  const errorLow = (h.low - l.high) / (2 * quantile);
  const errorHigh = (h.high - l.low) / (2 * quantile);
  if (!(errorLow > 0)) return null;
  const signs = [e.low / errorLow, e.low / errorHigh, e.high / errorLow, e.high / errorHigh];
  return {
    z: { low: Math.min(...signs), high: Math.max(...signs) },
    middle: Math.log(estimate.value) / standardError,
    standardError,
  };
}

const zOfP = (p: number): number => (p <= 0 ? Number.POSITIVE_INFINITY : p >= 1 ? 0 : -normalQuantile(p / 2));

function limitsFinding(claim: EstimateClaim): Omit<AuditFinding, "quotes"> | null {
  const { estimate, low, high } = claim;
  if (low.low > high.high) {
    return {
      code: "limits-order",
      certainty: "contradiction",
      arithmetic: `${low.text} > ${high.text}`,
      message: `The lower limit of the ${claim.limits} is above the upper one.`,
    };
  }
  if (estimate.high < low.low || estimate.low > high.high) {
    // A mean may lie outside the quartiles; nothing may lie outside its range or its confidence interval.
    const hard =
      claim.interval || /range|min/i.test(claim.limits) || claim.kind === "median" || claim.limits === "limits";
    return {
      code: "estimate-outside-limits",
      certainty: hard ? "contradiction" : "check",
      arithmetic: estimate.high < low.low ? `${estimate.text} < ${low.text}` : `${estimate.text} > ${high.text}`,
      message: `The value lies outside its own ${claim.limits}.`,
    };
  }
  return null;
}

function centreFinding(claim: EstimateClaim): Omit<AuditFinding, "quotes"> | null {
  if (claim.kind !== "ratio" || !claim.interval) return null;
  const { estimate, low, high } = claim;
  const wald = zSpan(claim);
  if (wald === null) return null;
  const [e, l, h] = [logSpan(estimate), logSpan(low), logSpan(high)];
  const centre: Span = { low: (l.low + h.low) / 2, high: (l.high + h.high) / 2 };
  const gap = Math.max(centre.low - e.high, e.low - centre.high, 0) / wald.standardError;
  if (gap < 0.04) return null;
  const certainty: AuditCertainty = gap > 0.5 ? "contradiction" : gap > 0.15 ? "unlikely" : "check";
  return {
    code: "ratio-off-centre",
    certainty,
    arithmetic: `√(${low.text} × ${high.text}) = ${shown(Math.sqrt(low.value * high.value))} (${shown(Math.exp(centre.low))} to ${shown(Math.exp(centre.high))} by rounding), printed ${estimate.text}`,
    message: "The ratio is not the geometric middle of its interval, as a Wald interval has it.",
  };
}

function pFinding(claim: EstimateClaim): Omit<AuditFinding, "quotes"> | null {
  if (claim.kind !== "ratio" || !claim.interval || claim.p === null) return null;
  const wald = zSpan(claim);
  if (wald === null) return null;
  const { relation, value } = claim.p;
  const size: Span =
    wald.z.low <= 0 && wald.z.high >= 0
      ? { low: 0, high: Math.max(-wald.z.low, wald.z.high) }
      : {
          low: Math.min(Math.abs(wald.z.low), Math.abs(wald.z.high)),
          high: Math.max(Math.abs(wald.z.low), Math.abs(wald.z.high)),
        };
  const printedZ: Span =
    relation === "<"
      ? { low: zOfP(value.value), high: Number.POSITIVE_INFINITY }
      : relation === ">"
        ? { low: 0, high: zOfP(value.value) }
        : { low: zOfP(value.high), high: zOfP(Math.max(0, value.low)) };
  const gap = Math.max(size.low - printedZ.high, printedZ.low - size.high, 0);
  if (gap < 0.3) return null;
  const { low, high } = claim;
  const excludes = low.low > 1 || high.high < 1;
  const includes = low.high < 1 && high.low > 1;
  const alpha = 1 - claim.level / 100;
  const saysSignificant = relation === "<" ? value.value <= alpha : relation === "=" && value.high < alpha;
  const saysNot = relation === ">" ? value.value >= alpha : relation === "=" && value.low > alpha;
  const crossed = (excludes && saysNot) || (includes && saysSignificant);
  return {
    code: "p-against-interval",
    certainty: gap > 1 || (crossed && gap > 0.5) ? "contradiction" : "unlikely",
    arithmetic: `z = ln ${claim.estimate.text} / (ln ${high.text} − ln ${low.text}) × ${shown(2 * normalQuantile(0.5 + claim.level / 200), 3)} = ${shown(wald.middle, 3)}, p = ${shown(normalTwoSided(wald.middle), 2)} (${shown(normalTwoSided(size.high), 2)} to ${shown(normalTwoSided(size.low), 2)} by rounding), printed p ${relation} ${value.text}`,
    message: crossed
      ? "The interval and the p-value disagree on significance."
      : "The p-value does not follow from the ratio and its interval.",
  };
}

function domainFinding(claim: EstimateClaim): Omit<AuditFinding, "quotes"> | null {
  const { estimate, low, high } = claim;
  if (claim.kind === "ratio" && claim.interval && (low.high < 0 || estimate.high < 0)) {
    return {
      code: "negative-ratio",
      certainty: "contradiction",
      arithmetic: `${(estimate.high < 0 ? estimate : low).text} < 0`,
      message: "A ratio and its limits cannot be negative.",
    };
  }
  if (claim.kind === "auc" && claim.interval && estimate.value <= 1 && high.low > 1 && high.value < 2) {
    return {
      code: "limit-above-one",
      certainty: "contradiction",
      arithmetic: `${high.text} > 1`,
      message: "The interval of a measure that ends at 1 goes beyond it.",
    };
  }
  return null;
}

/** Limits in order and around the estimate, ratios centred on the log scale, p-values that follow from the interval. */
export function estimateFindings(facts: AuditFacts): readonly AuditFinding[] {
  return facts.estimates.flatMap((claim) => {
    const limits = limitsFinding(claim);
    const found = limits === null ? [domainFinding(claim), centreFinding(claim), pFinding(claim)] : [limits];
    const quotes = [facts.page.quote(claim.start, claim.end)];
    return found.flatMap((finding) => (finding === null ? [] : [{ ...finding, quotes }]));
  });
}

const LOOSE_INTERVAL = /\bCI\)?\s?[:,=]?\s?(-?\d+\.\d+)\s?(?:[–~,-]|to)\s?(-?\d+\.\d+)(?![\d.])/gi;

/** Intervals whose estimate the text has torn away must still be in order. */
export function looseIntervalFindings(facts: AuditFacts): readonly AuditFinding[] {
  return [...facts.page.text.matchAll(LOOSE_INTERVAL)].flatMap((match) => {
    const [whole, low = "", high = ""] = match;
    const end = match.index + whole.length;
    if (Number(low) <= Number(high) || facts.estimates.some((claim) => claim.start <= match.index && end <= claim.end))
      return [];
    return [
      {
        code: "limits-order",
        certainty: "contradiction" as const,
        quotes: [facts.page.quote(match.index, end)],
        arithmetic: `${low} > ${high}`,
        message: "The lower limit of the confidence interval is above the upper one.",
      },
    ];
  });
}
