import { join } from "node:path";
import { all, compareStrings, locate, mapResult, type Result, refuseWith } from "@livermark/core";
import type { Mask, Volume, VoxelAllocator } from "@livermark/imaging";
import type { BiomarkerRule, Row } from "@livermark/study";
import type { MeasureContext, Occasion } from "./occasion.js";
import type { OccasionImages } from "./occasion-images.js";
import type { RecipeSources } from "./recipe-inputs.js";
import { masksOf, type RegionReference } from "./regions.js";

/** Region rows of an occasion that a region id of the protocol means, for one reader (rows without reader serve all). */
function regionRows(
  context: MeasureContext,
  occasion: Occasion,
  regionId: string,
  reader: string | null,
): readonly Row<"regions">[] {
  const rule = context.protocol.regions.find((region) => region.id === regionId);
  if (rule === undefined) throw new Error(`protocol without region ${regionId} passed validation`);
  return context.records.tables.regions.rows
    .filter(
      (row) =>
        row.patient === occasion.patient &&
        row.time_point === occasion.timePoint &&
        (row.treatment === null || row.treatment === occasion.treatment) &&
        row.purpose === rule.purpose &&
        (row.reader === null || row.reader === reader),
    )
    .sort(
      (a, b) => compareStrings(a.lesion ?? "", b.lesion ?? "") || (a.repeat ?? 0) - (b.repeat ?? 0) || a.line - b.line,
    );
}

function referenceOf(context: MeasureContext, row: Row<"regions">): RegionReference {
  const shown = `regions/${row.path.replace(/^regions\//, "")}`;
  const name = [
    row.purpose,
    row.lesion,
    row.repeat === null ? null : `placement ${row.repeat}`,
    row.reader === null ? null : `reader ${row.reader}`,
  ]
    .filter((part) => part !== null)
    .join(" ");
  return {
    path: join(context.bundle, ...shown.split("/")),
    shown,
    name,
    ...(row.label === null ? {} : { label: row.label }),
  };
}

/** Readers who drew something for this biomarker; null = nobody is named. */
export function readersOf(
  context: MeasureContext,
  occasion: Occasion,
  marker: BiomarkerRule,
): readonly (string | null)[] {
  const purposes = new Set(
    Object.values(marker.regions).map((id) => context.protocol.regions.find((region) => region.id === id)?.purpose),
  );
  const named = context.records.tables.regions.rows
    .filter(
      (row) => row.patient === occasion.patient && row.time_point === occasion.timePoint && purposes.has(row.purpose),
    )
    .map((row) => row.reader)
    .filter((reader) => reader !== null);
  return named.length === 0 ? [null] : [...new Set(named)].sort(compareStrings);
}

/** Inputs of one biomarker at one occasion for one reader; null when nobody drew a region for it. */
export function sourcesOf(
  context: MeasureContext,
  occasion: Occasion,
  images: OccasionImages,
  memory: VoxelAllocator,
  marker: BiomarkerRule,
  reader: string | null,
): RecipeSources | null {
  const regions = new Map(
    Object.entries(marker.regions).map(([input, id]) => [input, regionRows(context, occasion, id, reader)]),
  );
  if ([...regions.values()].every((rows) => rows.length === 0)) return null;
  return {
    images: Object.keys(marker.images),
    regions: [...regions].filter(([, rows]) => rows.length > 0).map(([input]) => input),
    volume: (input) => images.volume(marker.images[input] ?? ""),
    dwi: (input) => images.dwi(marker.images[input] ?? ""),
    masks: (input, volume) => drawnMasks(context, regions.get(input) ?? [], volume, memory),
  };
}

/** The masks of rows of regions.csv on one volume; an Issue names the row. */
export async function drawnMasks(
  context: MeasureContext,
  rows: readonly Row<"regions">[],
  volume: Volume,
  memory: VoxelAllocator,
): Promise<Result<readonly Mask[]>> {
  const lists: Result<readonly Mask[]>[] = [];
  for (const row of rows) {
    const masks = await masksOf(referenceOf(context, row), volume, memory);
    const where = { patient: row.patient, table: "regions", line: row.line };
    lists.push(masks.ok ? masks : refuseWith(masks.issues.map((issue) => locate(issue, where))));
  }
  return mapResult(all(lists), (masks) => masks.flat());
}
