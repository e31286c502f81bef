import { DAYS_PER_MONTH } from "@livermark/core";

const DAY_MS = 86_400_000;

/** Whole days since 1970-01-01 of an ISO date. */
export const dayNumber = (isoDate: string): number => Math.round(Date.parse(`${isoDate}T00:00:00Z`) / DAY_MS);

/** The ISO date so many days after 1970-01-01. Example: `dateOfDay(dayNumber("2024-02-28") + 2)` is `2024-03-01`. */
export const dateOfDay = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** Months as whole days. */
export const daysOfMonths = (months: number): number => Math.round(months * DAYS_PER_MONTH);
