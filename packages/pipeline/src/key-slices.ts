import type { ImagePanelFigure } from "@livermark/analysis";
import type { Mask, Volume } from "@livermark/imaging";
import type { DerivedStudy } from "./derive-study.js";
import { type MeasureContext, type Occasion, occasionKey, occasionsOf } from "./occasion.js";
import { imagesOf, roomFor } from "./occasion-images.js";
import { readersOf, sourcesOf } from "./occasion-regions.js";

type Panel = ImagePanelFigure["panels"][number];

/** Window of a CT of the liver after contrast, in HU. */
const CT_WINDOW = { low: -60, high: 240 };

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

/** The slice on which a region is largest, and its bounding box with a margin. */
function largestSlice(
  mask: Mask,
): { readonly k: number; readonly box: readonly [number, number, number, number] } | null {
  const [nx, ny, nz] = mask.grid.size;
  let best = { k: -1, n: 0 };
  for (let k = 0; k < nz; k++) {
    let n = 0;
    for (let p = k * nx * ny; p < (k + 1) * nx * ny; p++) n += mask.data[p] ?? 0;
    if (n > best.n) best = { k, n };
  }
  if (best.k < 0) return null;
  let [x0, x1, y0, y1] = [nx, -1, ny, -1];
  for (let y = 0; y < ny; y++)
    for (let x = 0; x < nx; x++)
      if (mask.data[best.k * nx * ny + y * nx + x] === 1) {
        x0 = Math.min(x0, x);
        x1 = Math.max(x1, x);
        y0 = Math.min(y0, y);
        y1 = Math.max(y1, y);
      }
  const margin = Math.round(0.15 * Math.max(x1 - x0, y1 - y0)) + 4;
  return {
    k: best.k,
    box: [
      Math.max(0, x0 - margin),
      Math.min(nx - 1, x1 + margin),
      Math.max(0, y0 - margin),
      Math.min(ny - 1, y1 + margin),
    ],
  };
}

/** Grey levels from the 1st to the 99th percentile of what is shown. */
function percentileWindow(values: readonly number[]): { readonly low: number; readonly high: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  const [low, high] = [at(0.01), at(0.99)];
  return { low, high: high > low ? high : low + 1 };
}

/** The slice of a region's greatest extent, windowed, with the region's border; null where the region is empty. */
export function keySlice(volume: Volume, mask: Mask, label: string, caption: string): Panel | null {
  const found = largestSlice(mask);
  if (found === null) return null;
  const { k, box } = found;
  const [x0, x1, y0, y1] = box;
  const [nx, ny] = mask.grid.size;
  const [columns, rows] = [x1 - x0 + 1, y1 - y0 + 1];
  const at = (x: number, y: number): number => k * nx * ny + y * nx + x;
  const inside = (x: number, y: number): boolean => x >= 0 && y >= 0 && x < nx && y < ny && mask.data[at(x, y)] === 1;
  const values: number[] = [];
  const border = new Uint8Array(columns * rows);
  for (let y = y0; y <= y1; y++)
    for (let x = x0; x <= x1; x++) {
      values.push(volume.data[at(x, y)] ?? 0);
      const edge = inside(x, y) && !(inside(x - 1, y) && inside(x + 1, y) && inside(x, y - 1) && inside(x, y + 1));
      border[(y - y0) * columns + (x - x0)] = edge ? 1 : 0;
    }
  const window = volume.unit === "HU" ? CT_WINDOW : percentileWindow(values);
  const grey = (value: number): number =>
    Math.max(0, Math.min(255, Math.round((255 * (value - window.low)) / (window.high - window.low))));
  const [x, y] = mask.grid.spacingMm;
  return {
    label,
    columns,
    rows,
    spacingMm: { x, y },
    pixels: base64(Uint8Array.from(values, grey)),
    window: { ...window, unit: volume.unit === "HU" ? "HU" : "" },
    outlines: [],
    overlay: { label: `Border of the ${mask.name.split(" ")[0]?.toLowerCase() || "region"}`, mask: base64(border) },
    caption,
  };
}

/** The image that a biomarker's first region was drawn on, with that region, at one occasion. */
async function sliceAt(
  context: MeasureContext,
  occasion: Occasion,
  label: string,
  caption: (biomarker: string) => string,
): Promise<Panel | null> {
  const series = context.linked.filter((one) => occasionKey(one) === occasionKey(occasion));
  const rows = context.records.tables.regions.rows.filter((row) => row.patient === occasion.patient);
  if (series.length === 0 || rows.length === 0) return null;
  const memory = roomFor(series, rows.length);
  const images = imagesOf(context.protocol, series, occasion, memory);
  for (const marker of context.protocol.biomarkers) {
    const region = context.protocol.regions.find(({ id }) => Object.values(marker.regions).includes(id));
    const [input] = Object.entries(marker.regions).find(([, id]) => id === region?.id) ?? [];
    if (marker.recipe === undefined || region === undefined || input === undefined) continue;
    const [reader = null] = readersOf(context, occasion, marker);
    const sources = sourcesOf(context, occasion, images, memory, marker, reader);
    if (sources === null) continue;
    const drawnOn = region.drawn_on ?? Object.values(marker.images)[0] ?? "";
    const image = context.protocol.images.find(({ id }) => id === drawnOn);
    if (image === undefined || image.role === "dwi") continue;
    const volume = await images.volume(drawnOn);
    if (!volume.ok) continue;
    const masks = await sources.masks(input, volume.value);
    const mask = masks.ok ? masks.value[0] : undefined;
    if (mask === undefined) continue;
    const panel = keySlice(volume.value, mask, `${label}: ${image.label}`, caption(marker.id));
    if (panel !== null) return panel;
  }
  return null;
}

/**
 * The key slice pair of a patient: the slice on which the measured region is largest, at the first and at the last
 * examination with images, in one window for CT. Null where no image has a region.
 */
export async function keySlices(study: DerivedStudy, patient: string): Promise<ImagePanelFigure | null> {
  const { bundle, derived, linked, measured } = study;
  const context: MeasureContext = {
    bundle: bundle.path,
    protocol: bundle.protocol,
    records: bundle.records,
    linked,
    progress: () => {},
  };
  const order = derived.protocol.time_points.map(({ id }) => id);
  const occasions = occasionsOf(context)
    .filter((one) => one.patient === patient && linked.some((series) => occasionKey(series) === occasionKey(one)))
    .sort((a, b) => (a.treatment ?? 1) - (b.treatment ?? 1) || order.indexOf(a.timePoint) - order.indexOf(b.timePoint));
  const [first, last] = [occasions[0], occasions.at(-1)];
  const panels: Panel[] = [];
  for (const occasion of first === last ? [first] : [first, last]) {
    if (occasion === undefined) continue;
    const name = derived.protocol.time_points.find(({ id }) => id === occasion.timePoint)?.label ?? occasion.timePoint;
    const panel = await sliceAt(context, occasion, name, (biomarker) => {
      const found = measured.measurements.find(
        (one) => one.biomarker === biomarker && occasionKey(one) === occasionKey(occasion),
      );
      const marker = derived.protocol.biomarkers.find(({ id }) => id === biomarker);
      return found === undefined || marker === undefined
        ? ""
        : `${marker.label} ${found.value.toFixed(1)}${marker.unit === "%" ? "%" : ""}`;
    });
    if (panel !== null) panels.push(panel);
  }
  return panels.length === 0
    ? null
    : { id: `board.${patient}.images`, kind: "image-panel", title: `Key images of ${patient}`, panels };
}
