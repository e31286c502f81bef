import { DAYS_PER_MONTH } from "@livermark/core";

/** The ISO date so many days after 1970-01-01. */
export { isoDate as dateOfDay } from "@livermark/study";

const DAY_MS = 86_400_000;

/** Whole days since 1970-01-01 of an ISO date. */
export const dayNumber = (isoDate: string): number => Math.round(Date.parse(`${isoDate}T00:00:00Z`) / DAY_MS);

/** Months as whole days. */
export const daysOfMonths = (months: number): number => Math.round(months * DAYS_PER_MONTH);
