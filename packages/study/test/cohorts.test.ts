import { random } from "@livermark/core";
import { describe, expect, it } from "vitest";
import {
  calendarCsv,
  calendarIcs,
  deriveTreatments,
  explanations,
  followUpCalendar,
  type Protocol,
  scaffoldBundle,
} from "../src/index.js";
import { builtIn, type Run, run } from "./helpers.js";

const PATIENTS = 40;

type Rows = { [file: string]: string[] };

/** A dated cohort for any protocol: whatever the protocol asks for is there, drawn from a seed. */
function cohort(protocol: Protocol): { readonly run: Run; readonly rows: Rows } {
  const draw = random(17).fork(protocol.id);
  const pick = <T>(list: readonly T[]): T => list[draw.integer(list.length)]!;
  const date = (day: number): string => new Date(Date.UTC(2018, 0, 1) + day * 86_400_000).toISOString().slice(0, 10);
  const covariates = protocol.covariates.filter((one) => one.table === "patients");
  const rows: Rows = {
    "patients.csv": [["patient", "sex", "age", ...covariates.map(({ column }) => column)].join(",")],
    "procedures.csv": ["patient,procedure,date,kind"],
    "time-points.csv": ["patient,time_point,date,treatment"],
    "lesions.csv": ["patient,treatment,time_point,lesion,role,organ,longest_mm,viable_mm,status"],
    "measurements.csv": ["patient,time_point,biomarker,repeat,value,unit"],
    "features.csv": ["patient,time_point,feature,value"],
    "labs.csv": ["patient,date,name,value,unit,uln"],
    "images.csv": ["series_uid,patient,time_point,role,phase"],
    "events.csv": ["patient,date,event,cause"],
    "adverse-events.csv": ["patient,procedure,date,scale,term,grade,relatedness"],
    "screening.csv": ["subject,unit,step,excluded,reason"],
  };
  const put = (file: string, ...cells: readonly (string | number)[]): void => {
    rows[file]!.push(cells.join(","));
  };
  for (let i = 0; i < PATIENTS; i++) {
    const patient = `P${String(i + 1).padStart(2, "0")}`;
    const start = draw.integer(400);
    put(
      "patients.csv",
      ...[patient, pick(["M", "F"]), 40 + draw.integer(38)],
      ...covariates.map(({ column, type, levels }) =>
        /malignancy|combined|previous/.test(column)
          ? "no"
          : column === "ecog"
            ? pick(["0", "1", "2"])
            : column === "child_pugh"
              ? pick(["A", "B"])
              : levels.length > 0
                ? pick(levels)
                : type === "number"
                  ? 1 + draw.integer(60)
                  : "text",
      ),
    );
    const kind = pick(protocol.treatments.kinds.length > 0 ? protocol.treatments.kinds : ["TACE"]);
    const last = start + 35;
    put("procedures.csv", patient, "p1", date(start), kind);
    put("procedures.csv", patient, "p2", date(last), kind);
    const mm = 20 + draw.integer(60);
    const points = protocol.time_points.map((point, n) => {
      const anchor = point.anchor === "first-procedure" ? start : last;
      const middle =
        point.target_days ??
        (point.target_months !== undefined
          ? Math.round(point.target_months * 30.4)
          : n === 0
            ? -7
            : Math.round(((point.from_months ?? 0) + (point.to_months ?? 0)) * 15.2) || 60 * n);
      return { id: point.id, day: anchor + middle };
    });
    points.forEach(({ id, day }, n) => {
      put("time-points.csv", patient, id, date(day), 1);
      const size = n === 0 ? mm : Math.max(0, Math.round(mm * (0.4 + draw.uniform())));
      put(
        "lesions.csv",
        patient,
        1,
        id,
        "T1",
        "target",
        "liver",
        size,
        Math.max(0, size - 4),
        size === 0 ? "absent" : "measured",
      );
    });
    for (const marker of protocol.biomarkers)
      for (const point of marker.time_points)
        if (marker.formula === undefined)
          put(
            "measurements.csv",
            ...[patient, point, marker.id, 1],
            marker.unit === "mm2/s"
              ? ((0.8 + draw.uniform()) * 1e-3).toFixed(6)
              : (100 + 50 * draw.uniform()).toFixed(1),
            marker.unit,
          );
    for (const feature of protocol.features)
      for (const point of feature.time_points)
        put("features.csv", patient, point, feature.id, pick(feature.categories));
    for (const image of protocol.images)
      for (const point of image.time_points)
        put(
          "images.csv",
          `1.2.${i}.${image.id.length}.${point.length}.${image.id}`,
          patient,
          point,
          image.role,
          image.phase ?? "",
        );
    const labs: readonly (readonly [string, number, string])[] = [
      ["neutrophils", 4, "10^9/L"],
      ["lymphocytes", 1.6, "10^9/L"],
      ["monocytes", 0.5, "10^9/L"],
      ["platelets", 180, "10^9/L"],
      ["wbc", 6, "10^9/L"],
      ["albumin", 40, "g/L"],
      ["globulin", 28, "g/L"],
      ["alp", 110, "U/L"],
      ["alt", 35, "U/L"],
      ["ast", 38, "U/L"],
      ["bilirubin", 14, "umol/L"],
      ["creatinine", 70, "umol/L"],
      ["inr", 1.1, "1"],
    ];
    for (const [name, value, unit] of labs)
      put("labs.csv", patient, date(start - 5), name, (value * (0.8 + 0.4 * draw.uniform())).toFixed(2), unit, 40);
    const end = start + 200 + draw.integer(900);
    if (draw.uniform() < 0.6)
      put("events.csv", patient, date(start + 100 + draw.integer(90)), "hepatic-progression", "");
    if (draw.uniform() < 0.5) put("events.csv", patient, date(end), "death", "tumour");
    else put("events.csv", patient, date(end), "last-contact", "");
    if (protocol.adverse_events !== undefined && draw.uniform() < 0.4)
      put(
        "adverse-events.csv",
        patient,
        "p1",
        date(start + 2),
        protocol.adverse_events.scale,
        "Abdominal pain",
        1 + draw.integer(3),
        "probable",
      );
    put("screening.csv", `S${i}`, "patient", "Screened", 0, "");
  }
  put("screening.csv", "S-out", "patient", "Screened", 1, "wrong images");
  const tables = Object.fromEntries(Object.entries(rows).map(([file, lines]) => [file, `${lines.join("\n")}\n`]));
  return { run: run({ protocol, tables, study: "lock_date: 2021-06-30\nreaders: [{ id: A }, { id: B }]\n" }), rows };
}

describe.each(["ser-haic", "adc-early-progression", "mpmri-nomogram", "deb-tace", "letb-tace"])("%s", (id) => {
  const protocol = builtIn(id);
  const { records, derived } = cohort(protocol).run;

  it("scaffolds a bundle that its own tables read", () => {
    const files = scaffoldBundle(protocol);
    expect(files.map(({ path }) => path)).toContain("study.yaml");
    const examples = files.filter(({ path }) => path.startsWith("example-rows/"));
    const tables = Object.fromEntries(
      examples.map(({ path, content }) => [path.replace("example-rows/", ""), content]),
    );
    expect(run({ protocol, tables }).records.issues.filter(({ severity }) => severity === "error")).toEqual([]);
  });

  it("derives a phantom cohort without an error", () => {
    const errors = [...records.issues, ...derived.issues].filter(({ severity }) => severity === "error");
    expect(errors).toEqual([]);
    expect(derived.eligibility).toHaveLength(PATIENTS);
    expect(derived.treatments).toHaveLength(PATIENTS);
    expect(derived.flow[0]).toMatchObject({ n: PATIENTS + 1, excluded: [{ reason: "wrong images", n: 1 }] });
    // Every rule was applied, and every rule of this cohort could be decided but for what tables cannot hold.
    for (const { rules } of derived.eligibility) expect(rules).toHaveLength(protocol.eligibility.length);
  });

  it("gives every patient the protocol's endpoints, measured values, indices and responses", () => {
    const { patients, treatments } = derived.analysisSet;
    expect(patients.rows).toHaveLength(PATIENTS);
    for (const endpoint of [...patients.endpoints, ...treatments.endpoints]) {
      const table = patients.endpoints.includes(endpoint) ? patients : treatments;
      for (const row of table.rows) {
        expect(row.cells[endpoint.time]?.value).toBeGreaterThanOrEqual(0);
        expect([0, 1]).toContain(row.cells[endpoint.event]?.value);
      }
    }
    for (const column of patients.columns.filter(
      ({ role }) => role === "biomarker" || role === "index" || role === "feature",
    ))
      for (const row of patients.rows) {
        const cell = row.cells[column.name];
        if (cell?.value === null) expect(cell.missing).not.toBe("");
        else expect(cell?.sources.length).toBeGreaterThan(0);
      }
    for (const profile of protocol.response.profiles)
      expect(patients.rows.filter((row) => row.cells[`response:${profile}`]?.value != null).length).toBe(PATIENTS);
    const counted = derived.responseCounts.find(
      ({ unit, profile }) => unit === "patient" && profile === protocol.response.profiles[0],
    );
    expect(Object.values(counted?.counts ?? {}).reduce((sum, n) => sum + n, 0)).toBe(PATIENTS);
    for (const { yes, of } of counted?.groupings ?? []) expect(yes).toBeLessThanOrEqual(of);
  });

  it("explains every endpoint, response and verdict by rows that are there", () => {
    const all = [...explanations(derived).values()];
    expect(all.length).toBeGreaterThan(4 * PATIENTS);
    for (const { steps, deciding } of all) {
      expect(steps.join("")).not.toMatch(/undefined|NaN/);
      for (const one of deciding) {
        if (!("line" in one) || one.table === "study") continue;
        const table = Object.values(records.tables).find(({ name }) => name === one.table);
        expect(table?.rows.some(({ line }) => line === one.line)).toBe(true);
      }
    }
  });

  it("plans the follow-up of every patient, as table and as ICS", () => {
    const treatments = deriveTreatments(records, protocol.treatments);
    const asOf = Math.floor(Date.UTC(2019, 0, 1) / 86_400_000);
    const plans = followUpCalendar(records, protocol, treatments, asOf);
    expect(new Set(plans.map(({ patient }) => patient)).size).toBe(PATIENTS);
    expect(calendarCsv(plans, "date").split("\n")).toHaveLength(plans.length + 2);
    for (const { status, opens, closes, due } of plans) {
      expect(opens).toBeLessThanOrEqual(due);
      expect(closes).toBeGreaterThanOrEqual(due);
      if (status === "due") expect(opens).toBeGreaterThan(asOf);
      if (status === "overdue") expect(closes).toBeLessThan(asOf + 1);
    }
    const ics = calendarIcs(plans, "date", asOf);
    const open = plans.filter(({ status }) => status === "due" || status === "window-open" || status === "overdue");
    expect(ics.match(/BEGIN:VEVENT/g)?.length ?? 0).toBe(open.length);
  });
});
