import { csvText } from "./csv-out.js";
import type { Protocol } from "./protocol/schema.js";
import { type TableName, tableDefinition } from "./tables/definitions.js";

/** A file of a new bundle. */
export interface ScaffoldFile {
  readonly path: string;
  readonly content: string;
}

const EXAMPLE = "EXAMPLE-1";

/** Tables that a protocol needs, in the order in which a person fills them. */
function neededTables(protocol: Protocol): readonly TableName[] {
  const labs = protocol.indices.names.length > 0 || protocol.eligibility.some(({ lab }) => lab !== undefined);
  return [
    "patients",
    "procedures",
    "time-points",
    ...(protocol.images.length > 0 ? (["images"] as const) : []),
    ...(protocol.regions.length > 0 ? (["regions"] as const) : []),
    ...(protocol.response.profiles.length > 0 ? (["lesions"] as const) : []),
    ...(protocol.biomarkers.length > 0 ? (["measurements"] as const) : []),
    ...(protocol.features.length > 0 ? (["features"] as const) : []),
    ...(labs ? (["labs"] as const) : []),
    "events",
    ...(protocol.adverse_events === undefined ? [] : (["adverse-events"] as const)),
    "screening",
  ];
}

type Cells = { readonly [column: string]: string | number };

/** One filled row per table: what a first patient could look like. */
function exampleRows(protocol: Protocol, table: TableName): readonly Cells[] {
  const timePoints = protocol.time_points.map(({ id }) => id);
  const first = timePoints[0]!;
  const kind = protocol.treatments.kinds[0] ?? "TACE";
  const date = (i: number): string => `2020-0${1 + 3 * Math.min(i, 2)}-15`;
  switch (table) {
    case "patients": {
      const covariates = protocol.covariates
        .filter((one) => one.table === "patients")
        .map((one) => [one.column, one.levels[0] ?? (one.type === "number" ? 10 : "text")] as const);
      return [{ patient: EXAMPLE, sex: "F", age: 61, ...Object.fromEntries(covariates) }];
    }
    case "procedures":
      return [{ patient: EXAMPLE, procedure: "p1", date: "2020-02-01", kind, segment: "5,6,7,8" }];
    case "time-points":
      return timePoints.map((time_point, i) => ({ patient: EXAMPLE, time_point, date: date(i) }));
    case "images":
      return protocol.images.map((image) => ({
        path: `${EXAMPLE}/${first}/${image.id}`,
        patient: EXAMPLE,
        time_point: image.time_points[0]!,
        role: image.role,
        ...(image.phase === undefined ? {} : { phase: image.phase }),
      }));
    case "regions":
      return protocol.regions.map((region) => ({
        path: `${EXAMPLE}-${region.id}.json`,
        patient: EXAMPLE,
        time_point: region.time_points[0]!,
        purpose: region.purpose,
      }));
    case "lesions":
      return timePoints.map((time_point, i) => ({
        patient: EXAMPLE,
        time_point,
        date: date(i),
        lesion: "T1",
        role: "target",
        organ: "liver",
        node: 0,
        longest_mm: 60 - 20 * i,
        viable_mm: 50 - 20 * i,
        status: "measured",
        slice_mm: 1.25,
      }));
    case "measurements":
      return protocol.biomarkers.map((marker) => ({
        patient: EXAMPLE,
        time_point: marker.time_points[0]!,
        biomarker: marker.id,
        repeat: 1,
        value: marker.unit === "mm2/s" ? 0.0011 : 40,
        unit: marker.unit,
      }));
    case "features":
      return protocol.features.map((feature) => ({
        patient: EXAMPLE,
        time_point: feature.time_points[0]!,
        feature: feature.id,
        value: feature.categories[0]!,
      }));
    case "labs":
      return [{ patient: EXAMPLE, date: "2020-01-30", name: "albumin", value: 41, unit: "g/L", uln: 52, lln: 35 }];
    case "events":
      return [
        { patient: EXAMPLE, date: "2020-11-20", event: "hepatic-progression" },
        { patient: EXAMPLE, date: "2021-05-03", event: "death", cause: "tumour" },
      ];
    case "adverse-events":
      return [
        {
          patient: EXAMPLE,
          procedure: "p1",
          date: "2020-02-02",
          scale: protocol.adverse_events?.scale ?? "SIR",
          term: "Abdominal pain",
          grade: 2,
        },
      ];
    case "screening":
      return [
        { subject: "S-001", unit: "patient", step: "Screened", excluded: 1, reason: "no CT after treatment" },
        { subject: "S-002", unit: "patient", step: "Screened", excluded: 0 },
      ];
    default:
      return [];
  }
}

function headerOf(protocol: Protocol, table: TableName): readonly string[] {
  const definition = tableDefinition(table);
  const columns = Object.keys(definition.columns);
  const at = table === "events" || table === "adverse-events" ? 1 : columns.indexOf("time_point") + 1;
  const timed =
    definition.time === "none"
      ? columns
      : [...columns.slice(0, Math.max(1, at)), "date", ...columns.slice(Math.max(1, at))];
  if (table !== "patients") return timed;
  const covariates = protocol.covariates.filter((one) => one.table === "patients").map(({ column }) => column);
  return [...timed.filter((column) => column !== "birth_date"), ...covariates];
}

const OWN_PROTOCOL = "protocol.yaml";
const CODEBOOK_HEADER = ["table", "column", "label", "type", "unit", "levels", "missing_codes"];

/**
 * The files of a new bundle for a protocol: study.yaml, empty tables with their headers, the codebook of the
 * protocol's covariates, and under `example-rows/` the same tables with a first patient filled in.
 * `ownProtocol` is the text of a protocol that is not built in: it goes into the bundle, and study.yaml names it.
 * Example: `scaffoldBundle(protocol).map(({ path }) => path)` starts with `study.yaml`.
 */
export function scaffoldBundle(protocol: Protocol, ownProtocol: string | null = null): readonly ScaffoldFile[] {
  const codebook = csvText([
    CODEBOOK_HEADER,
    ...protocol.covariates.map((one) => [
      one.table,
      one.column,
      one.label,
      one.type,
      one.unit,
      one.levels.join("|"),
      "",
    ]),
  ]);
  const tables = neededTables(protocol);
  const filled = tables.map((table) => {
    const header = headerOf(protocol, table);
    const rows = exampleRows(protocol, table);
    return {
      path: `example-rows/${tableDefinition(table).file}`,
      content: csvText([header, ...rows.map((row) => header.map((column) => row[column] ?? null))]),
    };
  });
  return [
    {
      path: "study.yaml",
      content: [
        `title: ${JSON.stringify(protocol.title)}`,
        `protocol: ${ownProtocol === null ? `${protocol.id}@${protocol.version}` : OWN_PROTOCOL}`,
        "# Events and visits after this day do not count.",
        "# lock_date: 2026-12-31",
        "seed: 1",
        "# ethics: approval number, consent or waiver",
        "readers:",
        ...Array.from(
          { length: protocol.readers.readers },
          (_, i) => `  - { id: reader-${i + 1}, role: radiologist, years: 5 }`,
        ),
        "",
      ].join("\n"),
    },
    ...(ownProtocol === null ? [] : [{ path: OWN_PROTOCOL, content: ownProtocol }]),
    ...tables.map((table) => ({
      path: `tables/${tableDefinition(table).file}`,
      content: csvText([headerOf(protocol, table)]),
    })),
    { path: "tables/codebook.csv", content: codebook },
    { path: "images/.keep", content: "" },
    { path: "regions/.keep", content: "" },
    ...filled,
    { path: "example-rows/codebook.csv", content: codebook },
    {
      path: "README.md",
      content: [
        `# ${protocol.title}`,
        "",
        `A study bundle for the protocol ${protocol.id}@${protocol.version}. Fill the tables under \`tables/\`; \`example-rows/\` shows each`,
        "table with one patient filled in, and is not read. Put DICOM under `images/`, masks and region files under `regions/`.",
        "`livermark validate` says what is still wrong, `livermark run` does the rest.",
        "",
      ].join("\n"),
    },
  ];
}
