import { median } from "@livermark/statistics";
import { inSentence } from "../wording.js";
import { type Guard, shownMonths } from "./note.js";

/** Censored rows of one endpoint that needs scans. */
export interface ScanGaps {
  readonly where: string;
  readonly endpoint: string;
  /** Months from the last scan to the day of censoring, of every censored row. */
  readonly gapsMonths: readonly number[];
  /** Months between planned scans. */
  readonly intervalMonths: number;
}

/**
 * Censoring long after the last scan: a fifth or more of the censored rows counted as free of progression for longer
 * than a scan interval in which nobody looked (and at least three of them). FDA 2018, appendix on progression-free survival.
 */
export const censoringAfterLastScan: Guard<ScanGaps> = ({ where, endpoint, gapsMonths, intervalMonths }) => {
  const beyond = gapsMonths.filter((gap) => gap > intervalMonths);
  if (beyond.length < 3 || beyond.length < 0.2 * gapsMonths.length) return [];
  return [
    {
      code: "censoring-after-last-scan",
      severity: "caution",
      where,
      why: `${beyond.length} of the ${gapsMonths.length} censored for ${inSentence(endpoint)} were last scanned more than ${shownMonths(intervalMonths)} before (median ${shownMonths(median(beyond))}); a progression in that time was not looked for.`,
      remedy: "Censor at the last adequate scan, and show both.",
      reference: "FDA 2018, Clinical trial endpoints for the approval of cancer drugs",
    },
  ];
};

/** An endpoint that censors at death. */
export interface DeathsCensored {
  readonly where: string;
  readonly endpoint: string;
  readonly n: number;
  readonly events: number;
  /** Rows censored on the day of a death. */
  readonly deaths: number;
}

/**
 * Death as a competing event: rows that died without the event are censored, so one minus Kaplan–Meier is too high.
 * Fires from five such deaths that are at least a tenth of events and deaths. Putter 2007.
 */
export const competingDeath: Guard<DeathsCensored> = ({ where, endpoint, n, events, deaths }) =>
  deaths < 5 || deaths < 0.1 * (events + deaths)
    ? []
    : [
        {
          code: "competing-death",
          severity: "caution",
          where,
          why: `${deaths} of ${n} died without ${inSentence(endpoint)} and are censored there, beside ${events} events; one minus Kaplan–Meier overstates its share.`,
          remedy: "Show cumulative incidence with death as a competing event (Gray's test, Fine–Gray).",
          reference: "Putter 2007; Fine and Gray 1999",
        },
      ];
