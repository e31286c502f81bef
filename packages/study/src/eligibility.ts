import type { EndpointRow } from "./endpoints/endpoint.js";
import type { Deciding } from "./endpoints/follow-up.js";
import type { DerivedIndices } from "./indices/derive-indices.js";
import { chooseLab, isChosen } from "./indices/labs.js";
import type { EligibilityRule, Protocol } from "./protocol/schema.js";
import { byPatient, type StudyRecords } from "./records.js";
import { timePointDays } from "./response/timeline.js";
import { showDay } from "./time.js";
import { windowOf } from "./time-windows.js";
import type { Treatments } from "./treatments.js";

/** One rule applied to one patient. `met` null = unknown. */
export interface RuleVerdict {
  readonly rule: string;
  readonly met: boolean | null;
  readonly value: number | string | null;
  readonly deciding: Deciding | null;
  readonly why: string;
}

/** All rules applied to one patient: excluded when one failed, unknown when none failed but one is unknown. */
export interface PatientEligibility {
  readonly patient: string;
  readonly verdict: "eligible" | "excluded" | "unknown";
  readonly rules: readonly RuleVerdict[];
}

interface Found {
  readonly value: number | string | null;
  readonly deciding: Deciding | null;
  readonly why: string;
  /** Decided already (a window, a presence); otherwise the rule's bounds decide. */
  readonly met?: boolean;
}

/** Everything the rules look at. */
export interface EligibilityInputs {
  readonly records: StudyRecords;
  readonly protocol: Protocol;
  readonly treatments: Treatments;
  readonly indices: DerivedIndices;
  readonly endpoints: readonly EndpointRow[];
}

/**
 * Applies the protocol's eligibility rules to every patient. Each rule names the value and the record that decided;
 * what is not recorded is unknown, never failed. Example: rule `{lab: ALT, at_most: 5, times_uln: true}` with ALT 60
 * and an upper limit of 40 is met.
 */
export function deriveEligibility(inputs: EligibilityInputs): readonly PatientEligibility[] {
  const { records, protocol } = inputs;
  const find = finder(inputs);
  return records.patients.map((patient) => {
    const rules = protocol.eligibility.map((rule): RuleVerdict => {
      const found = find(rule, patient);
      const met = found.met ?? (found.value === null ? null : within(rule, found.value));
      return { rule: rule.id, met, value: found.value, deciding: found.deciding, why: found.why };
    });
    const verdict = rules.some(({ met }) => met === false)
      ? "excluded"
      : rules.some(({ met }) => met === null)
        ? "unknown"
        : "eligible";
    return { patient, verdict, rules };
  });
}

/** Whether a value lies in the rule's bounds or lists; null when the rule gives none, or wants a number and has none. */
function within(rule: EligibilityRule, value: number | string): boolean | null {
  const same = (one: string | number): boolean => String(one).toLowerCase() === String(value).toLowerCase();
  if (rule.one_of !== undefined) return rule.one_of.some(same);
  if (rule.none_of !== undefined) return !rule.none_of.some(same);
  const number = typeof value === "number" ? value : Number(value);
  if (!Number.isFinite(number)) return null;
  const { at_least, at_most, more_than, less_than } = rule;
  if (at_least === undefined && at_most === undefined && more_than === undefined && less_than === undefined)
    return null;
  return (
    (at_least === undefined || number >= at_least) &&
    (at_most === undefined || number <= at_most) &&
    (more_than === undefined || number > more_than) &&
    (less_than === undefined || number < less_than)
  );
}

function finder(inputs: EligibilityInputs): (rule: EligibilityRule, patient: string) => Found {
  const { records, protocol, treatments, indices } = inputs;
  const { tables } = records;
  const axis = records.axis ?? "day";
  const labs = byPatient(tables.labs.rows);
  const procedureRows = byPatient(tables.procedures.rows);
  const images = byPatient(tables.images.rows);
  const lesions = byPatient(tables.lesions.rows);
  const patients = new Map(tables.patients.rows.map((row) => [row.patient, row]));
  const survival = new Map(inputs.endpoints.filter(({ name }) => name === "OS").map((row) => [row.patient, row]));
  const days = timePointDays(records);
  const unknown = (why: string, deciding: Deciding | null = null): Found => ({ value: null, deciding, why });

  const dayOf = (patient: string, timePoint: string): { readonly day: number; readonly deciding: Deciding } | null => {
    const row = tables["time-points"].rows.length === 0 ? null : days(patient, timePoint, 1);
    if (row !== null) return { day: row, deciding: { table: "time-points", timePoint } };
    const lesion = (lesions.get(patient) ?? []).find((one) => one.time_point === timePoint && one.when !== null);
    return lesion?.when ? { day: lesion.when.day, deciding: { table: "lesions", line: lesion.line } } : null;
  };

  return (rule, patient) => {
    const treatment = treatments.byPatient.get(patient)?.[0];
    if (rule.field !== undefined) {
      const row = patients.get(patient);
      const deciding = row === undefined ? null : { table: "patients", line: row.line, column: rule.field };
      const value =
        row === undefined
          ? null
          : rule.field === "age"
            ? row.age
            : rule.field === "sex"
              ? row.sex
              : (row.extra[rule.field]?.value ?? null);
      if (value === null) return unknown(`${rule.field} not recorded`, deciding);
      return { value, deciding, why: `${rule.field} ${value}` };
    }
    if (rule.lab !== undefined) {
      if (treatment === undefined) return unknown("no first treatment to look around");
      const lab = chooseLab(labs.get(patient) ?? [], rule.lab, treatment.firstDay, rule.window_days, rule.unit);
      if (!isChosen(lab)) return unknown(lab.reason, lab.line === null ? null : { table: "labs", line: lab.line });
      const deciding = { table: "labs", line: lab.row.line, column: "value" };
      const text = `${rule.lab} ${lab.value} ${lab.unit} (${lab.daysFromAnchor} days from the first procedure)`;
      if (rule.times_uln) {
        if (lab.uln === null || lab.uln <= 0) return unknown(`${text}, no upper limit of normal`, deciding);
        return { value: lab.value / lab.uln, deciding, why: `${text}, upper limit ${lab.uln}` };
      }
      return { value: lab.value, deciding, why: text };
    }
    if (rule.index !== undefined) {
      const found = indices.of(patient, rule.index);
      const [source] = found.sources;
      const deciding = source?.kind === "row" ? { table: source.table, line: source.line } : null;
      if (found.value !== null) return { value: found.value, deciding, why: found.how };
      // A score that the laboratory values do not give may stand in patients.csv, e.g. child_pugh.
      const given = patients.get(patient)?.extra[rule.index.replaceAll("-", "_").replace("_class", "")];
      return given === undefined || given.value === null
        ? unknown(found.missing, deciding)
        : {
            value: given.value,
            deciding: { table: "patients", line: patients.get(patient)!.line },
            why: "as recorded",
          };
    }
    if (rule.procedures !== undefined) {
      const { procedures } = rule;
      const counted = (procedureRows.get(patient) ?? []).filter(
        (row) => procedures.length === 0 || procedures.includes(row.kind),
      );
      if (tables.procedures.rows.length === 0) return unknown("no procedures.csv");
      return {
        value: counted.length,
        deciding: counted[0] === undefined ? null : { table: "procedures", line: counted[0].line },
        why: `${counted.length} procedures of kind ${procedures.join(", ") || "any"}`,
      };
    }
    if (rule.follow_up !== undefined) {
      const row = survival.get(patient);
      if (row === undefined) return unknown("follow-up not known");
      // Dying is not a short follow-up: a death counts as followed to the end.
      if (row.event === 1) return { value: row.timeDays / 30.4375, deciding: row.deciding, why: row.why, met: true };
      return { value: row.timeDays / 30.4375, deciding: row.deciding, why: row.why };
    }
    if (rule.measurable_lesions !== undefined) {
      const rows = (lesions.get(patient) ?? []).filter(
        (row) => row.time_point === protocol.response.baseline && row.role === "target",
      );
      if ((lesions.get(patient) ?? []).length === 0) return unknown("no lesions recorded");
      const count = new Set(rows.map((row) => row.lesion)).size;
      return {
        value: count,
        deciding: rows[0] === undefined ? null : { table: "lesions", line: rows[0].line },
        why: `${count} target lesions at baseline`,
      };
    }
    const timePoint = protocol.time_points.find(({ id }) => id === rule.time_point);
    if (timePoint === undefined) return unknown("no such time point");
    if (rule.images !== undefined) {
      if (tables.images.rows.length === 0) return unknown("no images.csv");
      const all = images.get(patient) ?? [];
      // A patient whose images were not collected at all is not one whose phases are missing.
      if (all.length === 0) return unknown("no images listed for the patient");
      const own = all.filter((row) => row.time_point === timePoint.id);
      const absent = rule.images.filter((id) => {
        const wanted = protocol.images.find((image) => image.id === id);
        return !own.some(
          (row) => row.role === wanted?.role && (wanted.phase === undefined || row.phase === wanted.phase),
        );
      });
      return {
        value: absent.length === 0 ? "complete" : `missing ${absent.join(", ")}`,
        deciding: own[0] === undefined ? null : { table: "images", line: own[0].line },
        why: `${own.length} series listed for ${timePoint.id}`,
        met: absent.length === 0,
      };
    }
    const when = dayOf(patient, timePoint.id);
    if (when === null || treatment === undefined) return unknown(`${timePoint.id} has no date`);
    const { anchorDay, from, to, text } = windowOf(timePoint, treatment, axis);
    return {
      value: when.day - anchorDay,
      deciding: when.deciding,
      why: `${timePoint.id} on ${showDay(when.day, axis)}, ${when.day - anchorDay} days from the ${timePoint.anchor.replace("-", " ")}; ${text}`,
      met: (from === null || when.day >= from) && (to === null || when.day <= to),
    };
  };
}
