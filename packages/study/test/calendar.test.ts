import { describe, expect, it } from "vitest";
import { calendarCsv, calendarIcs, deriveTreatments, followUpCalendar, type PlannedVisit } from "../src/index.js";
import { minimalProtocol, run } from "./helpers.js";

const protocol = minimalProtocol(
  "calendar: [{ id: mri, label: 'MRI, liver', first_days: 60, every_days: 90, window_days: [-14, 14] }]",
);

function plans(
  visits: readonly string[],
  asOf: string,
  events = "",
): { readonly list: readonly PlannedVisit[]; readonly day: number } {
  const { records } = run({
    protocol,
    tables: {
      "patients.csv": "patient\nP1\n",
      "procedures.csv": "patient,procedure,date,kind\nP1,a,2020-01-01,TACE\n",
      "time-points.csv": `patient,time_point,date\n${visits.map((date, i) => `P1,follow-up-${i + 1},${date}\n`).join("")}`,
      "events.csv": `patient,date,event\n${events}`,
    },
  });
  const day = Date.parse(asOf) / 86_400_000;
  return { list: followUpCalendar(records, protocol, deriveTreatments(records, protocol.treatments), day), day };
}

describe("follow-up calendar", () => {
  // Due 2020-03-01 (window 02-16 to 03-15), then 2020-05-30 (05-16 to 06-13).
  it.each([
    ["2020-01-20", [], ["due"]],
    ["2020-02-20", [], ["window-open", "due"]],
    ["2020-03-15", [], ["window-open", "due"]],
    ["2020-03-16", [], ["overdue", "due"]],
    ["2020-04-01", ["2020-03-15"], ["done", "due"]],
    ["2020-04-01", ["2020-03-20"], ["outside-window", "due"]],
    ["2020-06-20", ["2020-02-16", "2020-06-13"], ["done", "done", "due"]],
  ])("on %s with visits %j: %j", (asOf, visits, wanted) => {
    expect(plans(visits, asOf).list.map(({ status }) => status)).toEqual(wanted);
  });

  it("ends with the patient's death", () => {
    const { list } = plans(["2020-03-01"], "2021-01-01", "P1,2020-04-01,death\n");
    expect(list.map(({ status }) => status)).toEqual(["done"]);
  });

  it("is a table", () => {
    expect(
      calendarCsv(plans(["2020-03-15"], "2020-04-01").list, "date")
        .split("\n")
        .slice(0, 2),
    ).toEqual([
      "patient,treatment,visit,number,due,window_opens,window_closes,status,seen",
      'P1,1,"MRI, liver",1,2020-03-01,2020-02-16,2020-03-15,done,2020-03-15',
    ]);
  });

  it("is an iCalendar file of what is open, with folded lines and escapes", () => {
    const { list, day } = plans([], "2020-03-16");
    const text = calendarIcs(list, "date", day);
    expect(text.startsWith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")).toBe(true);
    expect(text).toContain("DTSTART;VALUE=DATE:20200301\r\n");
    expect(text).toContain("SUMMARY:P1: MRI\\, liver 1 (overdue)\r\n");
    expect(text.match(/BEGIN:VEVENT/g)).toHaveLength(2);
    for (const line of text.split("\r\n")) expect(new TextEncoder().encode(line).length).toBeLessThanOrEqual(75);
    expect(calendarIcs(list, "day", day)).toBe("");
  });
});
