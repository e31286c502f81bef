import { DAYS_PER_MONTH } from "@livermark/core";
import { type Layer, layerOf } from "../plan/step.js";
import type { DesignNote } from "../results.js";
import { type EndpointColumns, survivalData } from "../survival-data.js";
import type { Comparison, ModelAsked } from "./asked.js";
import { censoringAfterLastScan, competingDeath } from "./censoring.js";
import { listed } from "./note.js";
import { repeatedTreatments } from "./repeats.js";
import { type DesignContext, patientOf, type Subject, subjectOf, timePointDays, treatmentOf } from "./subject.js";
import { futureEligibility, immortalTime, postBaselineCovariate } from "./time-zero.js";

const MEASURED = new Set<Subject["role"]>(["biomarker", "change", "feature", "response", "index"]);

/** Markers measured after the clock starts, one note for each marker with all its endpoints. */
export function immortalTimeNotes(
  context: DesignContext,
  comparisons: readonly Comparison[],
  models: readonly ModelAsked[],
): readonly DesignNote[] {
  const asked = [
    ...comparisons.map(({ endpoint, by }) => ({ endpoint, by })),
    ...models.flatMap((model) =>
      model.kind === "cox" ? model.covariates.map((by) => ({ endpoint: model.outcome, by })) : [],
    ),
  ];
  const byMarker = new Map<string, { readonly subject: Subject; readonly endpoints: Set<string> }>();
  for (const { endpoint, by } of asked) {
    const subject = subjectOf(context, by);
    if (!MEASURED.has(subject.role) || layerOf(context.layers, endpoint) === undefined) continue;
    const found = byMarker.get(subject.name) ?? { subject, endpoints: new Set<string>() };
    found.endpoints.add(endpoint);
    byMarker.set(subject.name, found);
  }
  return [...byMarker.values()].flatMap(({ subject, endpoints }) => {
    const [first] = endpoints;
    const layer = first === undefined ? undefined : layerOf(context.layers, first);
    const endpoint = layer?.endpoints.find(({ name }) => name === first);
    const survival = layer === undefined || endpoint === undefined ? null : survivalData(layer.data, endpoint);
    if (layer === undefined || first === undefined || survival === null || !survival.ok) return [];
    const days = subject.timePoint === null ? new Map<string, number>() : timePointDays(context, subject.timePoint);
    const known = survival.value.rows.map((row) => {
      const key = layer.data.rows[row] ?? "";
      const day = days.get(`${patientOf(key, layer.data.unit)}/${treatmentOf(key, layer.data.unit)}`);
      return day === undefined ? null : day / DAYS_PER_MONTH;
    });
    return immortalTime({
      where: `${subject.label}: ${listed([...endpoints])}`,
      marker: subject.label,
      endpoint: listed([...endpoints]),
      afterBaseline: subject.afterBaseline,
      knownMonths: known,
      months: survival.value.months,
      landmarkMonths: 0,
    });
  });
}

/** Covariates of models that are no measurement and are known only later. */
export const postBaselineNotes = (context: DesignContext, models: readonly ModelAsked[]): readonly DesignNote[] =>
  models.flatMap((model) =>
    postBaselineCovariate({
      where: model.label,
      covariates: model.covariates
        .map((name) => subjectOf(context, name))
        .filter(({ role }) => !MEASURED.has(role))
        .map(({ label, afterBaseline }) => ({ label, afterBaseline })),
    }),
  );

/** Rules of eligibility that need what happens after the start. */
export function eligibilityNotes({ protocol, derived }: DesignContext): readonly DesignNote[] {
  const after = (id: string | undefined): boolean => {
    const point = protocol.time_points.find((one) => one.id === id);
    return point !== undefined && ((point.from_days ?? 0) > 0 || (point.from_months ?? 0) > 0);
  };
  const later = new Set(protocol.covariates.filter((one) => one.after_baseline).map((one) => one.column));
  return futureEligibility({
    where: "Eligibility",
    rules: protocol.eligibility.map((rule) => ({
      label: rule.label,
      decided:
        rule.follow_up !== undefined ||
        (rule.procedures !== undefined && (rule.at_least ?? 1) > 1) ||
        after(rule.time_point) ||
        (rule.field !== undefined && later.has(rule.field))
          ? "after"
          : "before",
      excluded: (derived?.eligibility ?? []).filter((one) =>
        one.rules.some((verdict) => verdict.rule === rule.id && verdict.met === false),
      ).length,
    })),
  });
}

/** Several treatments of one patient in analyses that take them as independent. */
export const repeatNotes = (layers: readonly Layer[], robust: readonly string[]): readonly DesignNote[] =>
  layers
    .filter(({ data, endpoints }) => data.unit === "treatment" && endpoints.length > 0)
    .flatMap(({ data, endpoints }) =>
      repeatedTreatments({
        where: endpoints.map(({ label }) => label).join(", "),
        patients: data.rows.map((row) => patientOf(row, data.unit)),
        independent: ["curves, medians and log-rank tests"],
        robust: ["the Cox models, whose standard errors are robust to it", ...robust],
      }),
    );

/** Censoring long after the last scan, and deaths that are censored. */
export function censoringNotes(context: DesignContext): readonly DesignNote[] {
  const { derived, layers } = context;
  const interval = new Map((derived?.longAfterLastScan ?? []).map((one) => [one.name, one.intervalDays]));
  return layers.flatMap((layer) =>
    layer.endpoints.flatMap((endpoint) => {
      const days = interval.get(endpoint.name);
      const gaps = (derived?.endpoints ?? [])
        .filter((row) => row.name === endpoint.name && row.event === 0 && !context.excluded.has(row.patient))
        .flatMap((row) => {
          const scan = row.variants.find((variant) => variant.name === "last-scan");
          return scan === undefined ? [] : [(row.timeDays - scan.timeDays) / DAYS_PER_MONTH];
        });
      return [
        ...(days === undefined
          ? []
          : censoringAfterLastScan({
              where: endpoint.label,
              endpoint: endpoint.label,
              gapsMonths: gaps,
              intervalMonths: days / DAYS_PER_MONTH,
            })),
        ...deathNotes(context, layer, endpoint),
      ];
    }),
  );
}

/** Rows censored on the day on which overall survival has its event. */
function deathNotes(context: DesignContext, layer: Layer, endpoint: EndpointColumns): readonly DesignNote[] {
  if (endpoint.name === "OS") return [];
  const own = survivalData(layer.data, endpoint);
  const [patients] = context.layers;
  const os = patients?.endpoints.find(({ name }) => name === "OS");
  const survival = patients === undefined || os === undefined ? null : survivalData(patients.data, os);
  if (!own.ok || patients === undefined || survival === null || !survival.ok) return [];
  const starts = new Map(
    context.derived?.treatments.map((one) => [`${one.patient}/${one.treatment}`, one.start]) ?? [],
  );
  const shift = (patient: string, treatment: number): number => {
    const [a, b] = [starts.get(`${patient}/1`), starts.get(`${patient}/${treatment}`)].map((start) =>
      typeof start === "string" ? Math.round(Date.parse(`${start}T00:00:00Z`) / 86_400_000) : (start ?? 0),
    );
    return ((b ?? 0) - (a ?? 0)) / DAYS_PER_MONTH;
  };
  const deaths = new Map<string, number>();
  survival.value.rows.forEach((row, i) => {
    if (survival.value.event[i] === 1) deaths.set(patients.data.rows[row] ?? "", survival.value.months[i] ?? 0);
  });
  const { rows, months, event } = own.value;
  const died = rows.filter((row, i) => {
    const key = layer.data.rows[row] ?? "";
    const patient = patientOf(key, layer.data.unit);
    const death = deaths.get(patient);
    if (event[i] !== 0 || death === undefined) return false;
    return Math.abs(death - shift(patient, treatmentOf(key, layer.data.unit)) - (months[i] ?? 0)) < 1e-6;
  }).length;
  return competingDeath({
    where: endpoint.label,
    endpoint: endpoint.label,
    n: rows.length,
    events: event.reduce((sum, flag) => sum + flag, 0),
    deaths: died,
  });
}
