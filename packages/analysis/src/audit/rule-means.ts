import type { AuditFinding } from "./document.js";
import type { AuditFacts } from "./facts.js";
import { COUNT, countOf, NUMBER, nearlyAgrees, printed, shown } from "./printed.js";

const WITH_RANGE = new RegExp(
  String.raw`(?<![\w.,–])(${NUMBER})(?:\s[a-z]+)?\s?±\s?(${NUMBER})(?:\s?\[SD\])?(?:\s[a-z]+)?(?:,|;|\s)?\s?\(?(?:range[:,]?\s?)?(${NUMBER})\s?(?:–|-|to)\s?(${NUMBER})(?=[\s)a-z;,])`,
  "gi",
);
const GRIM = new RegExp(
  String.raw`(?:\bn\s?=\s?(\d+)|(?<![\w.])(${COUNT})\s(?:[a-z-]+\s){0,2}(?:patients|participants|subjects|men|women))[^.\d\n]{0,60}?\b(?:mean|average)\s(?:age|number\sof\s[a-z]+)[^.\d\n]{0,25}?(\d+\.\d+)(?=\s?(?:±|years|y\b|\(|,|;|\.))`,
  "gi",
);
const GRIM_AFTER = new RegExp(
  String.raw`\b(?:mean|average)\s(?:age|number\sof\s[a-z]+)(?:\s(?:of|in|among|for)\s(?:the\s)?)(${COUNT})\s(?:[a-z-]+\s){0,2}(?:patients|participants|subjects|men|women)\s(?:was|of)\s(\d+\.\d+)`,
  "gi",
);
const EVENTS =
  /(?<![\w.])(\d+)\s(cycles|procedures|sessions|treatments|lesions|courses)\b[^.]{0,30}?(?:\.?\s?[^.\d]{0,160}?)\b(?:mean|average)\sof\s(\d+\.\d+)\s\2/gi;

/** A mean of whole numbers is a whole number divided by n (GRIM, Brown & Heathers 2017). */
function grimFinding(
  facts: AuditFacts,
  match: RegExpMatchArray & { index: number },
  n: number,
  text: string,
): readonly AuditFinding[] {
  const mean = printed(text);
  if (n < 2 || n >= 10 ** mean.decimals) return [];
  if (Math.ceil(mean.low * n) <= mean.high * n) return [];
  const near = Math.round(mean.value * n);
  return [
    {
      code: "mean-of-whole-numbers",
      certainty: nearlyAgrees(mean, near / n) ? "unlikely" : "contradiction",
      quotes: [facts.page.quote(match.index, match.index + match[0].length)],
      arithmetic: `${near}/${n} = ${shown(near / n, mean.decimals + 3)}, the next whole sums give ${shown((near - 1) / n, mean.decimals + 3)} and ${shown((near + 1) / n, mean.decimals + 3)}; printed ${text}`,
      message: "No sum of whole numbers gives this mean.",
    },
  ];
}

/** Means inside their range, standard deviations that their range allows, means of whole numbers, totals over patients. */
export function meanFindings(facts: AuditFacts): readonly AuditFinding[] {
  const { page } = facts;
  const findings: AuditFinding[] = [];
  for (const match of page.text.matchAll(WITH_RANGE)) {
    const [whole, ...numbers] = match;
    const [mean, deviation, low, high] = numbers.map((text) => printed(text ?? ""));
    if (mean === undefined || deviation === undefined || low === undefined || high === undefined) continue;
    const base = {
      certainty: "contradiction" as const,
      quotes: [page.quote(match.index, match.index + whole.length + 1)],
    };
    if (low.low > high.high) {
      const message = "The lower limit of the range is above the upper one.";
      findings.push({ ...base, code: "limits-order", arithmetic: `${low.text} > ${high.text}`, message });
      continue;
    }
    if (mean.high < low.low || mean.low > high.high) {
      const arithmetic = `${mean.text} is not within ${low.text} to ${high.text}`;
      findings.push({ ...base, code: "mean-outside-range", arithmetic, message: "The mean lies outside its range." });
      continue;
    }
    // Greatest possible variance of values in [a, b] with mean m is (b - m)(m - a); n / (n - 1) is at most 2.
    const largest = Math.sqrt(Math.max(0, 2 * (high.high - mean.low) * (mean.high - low.low)));
    if (deviation.low > largest) {
      findings.push({
        ...base,
        code: "deviation-too-large",
        arithmetic: `largest SD of any data with this mean and range: √(2 × (${high.text} − ${mean.text}) × (${mean.text} − ${low.text})) = ${shown(largest)}, printed ${deviation.text}`,
        message: "No data within the range have so large a standard deviation.",
      });
    }
  }
  for (const match of page.text.matchAll(GRIM)) {
    findings.push(...grimFinding(facts, match, countOf(match[1] ?? match[2] ?? "0"), match[3] ?? ""));
  }
  for (const match of page.text.matchAll(GRIM_AFTER)) {
    findings.push(...grimFinding(facts, match, countOf(match[1] ?? "0"), match[2] ?? ""));
  }
  for (const match of page.text.matchAll(EVENTS)) {
    const [whole, total = "", , text = ""] = match;
    const mean = printed(text);
    const [most] = [...facts.sizes].filter(([n]) => n > 10).sort((a, b) => b[1] - a[1]);
    if (
      most === undefined ||
      [...facts.sizes].some(
        ([n, often]) =>
          n > 10 && (often > 2 || n === most[0]) && Number(total) / n >= mean.low && Number(total) / n <= mean.high,
      )
    )
      continue;
    findings.push({
      code: "mean-of-total",
      certainty: "unlikely",
      quotes: [page.quote(match.index, match.index + whole.length)],
      arithmetic: `${total}/${most[0]} = ${shown(Number(total) / most[0])}, printed ${text}`,
      message: "The mean is not the total over any group size the text names.",
    });
  }
  return findings;
}
