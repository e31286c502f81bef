import type { Random } from "@livermark/core";
import { uidFromSeed } from "@livermark/dicom";
import { type Grid, type Volume, voxelCount } from "@livermark/imaging";
import { forEachVoxel } from "./grid.js";
import { type LetbCtOptions, standardEnhancement } from "./letb-options.js";
import { isLiver } from "./letb-truth.js";
import { type Motion, noMotion, restored } from "./motion.js";
import { noiseField } from "./noise.js";
import { type Drawing, draw, paint, type TissueAt, tissueMap } from "./paint.js";
import { attenuation, type PhantomPhase, tissue } from "./tissue.js";

/** HU of the tissues of one phase under the options. */
function phaseValues(phase: PhantomPhase, options: LetbCtOptions, lipiodol: boolean): Float64Array {
  const { parenchymaHu, contrastHu, coreHu } = options.enhancement ?? standardEnhancement;
  const late = phase === "late-arterial" ? 1 : 0;
  const plain = attenuation("unenhanced");
  const core = lipiodol ? 380 : plain[tissue["lesion-core"]]!;
  const viable = plain[tissue["lesion-viable"]]!;
  if (phase === "portal-venous")
    return attenuation(phase, { "lesion-viable": viable + 36, "lesion-core": core + coreHu });
  return attenuation(phase, {
    liver: plain[tissue.liver]! + late * parenchymaHu,
    "lesion-viable": viable + late * (parenchymaHu + contrastHu),
    "lesion-core": core + late * coreHu,
  });
}

/** Whether a motion moves anything. */
const moves = ({ bendMm, shiftMm }: Motion): boolean => bendMm !== 0 || shiftMm.some((v) => v !== 0);

/** Renders one phase of a drawing: tissue values with partial volume, texture, noise, rounded to the range of 12-bit CT. */
function renderPhase(
  drawing: Drawing,
  values: Float64Array,
  textureHu: Float32Array | null,
  noise: Float32Array,
): Int16Array {
  const painted = paint(drawing, values);
  const stored = new Int16Array(painted.length);
  for (let v = 0; v < stored.length; v++) {
    const value = painted[v]!;
    const soft = textureHu !== null && value >= 0 && value <= 400 ? textureHu[v]! : 0;
    stored[v] = Math.min(3071, Math.max(-1024, Math.round(value + soft + noise[v]!)));
  }
  return stored;
}

/** A function of the patient point at every voxel centre. */
export function sampled(grid: Grid, at: (x: number, y: number, z: number) => number): Float32Array {
  const field = new Float32Array(voxelCount(grid));
  forEachVoxel(grid, (offset, x, y, z) => {
    field[offset] = at(x, y, z);
  });
  return field;
}

const volumeOf = (grid: Grid, data: Int16Array, seriesUid: string, frameUid: string, description: string): Volume => ({
  grid,
  data,
  unit: "HU",
  modality: "CT",
  scale: { id: "HU", proven: true, reason: "CT numbers are Hounsfield units", filters: [] },
  source: { seriesUid, frameOfReferenceUid: frameUid, description, files: grid.size[2], sha256: "" },
});

/** The organs' texture as a function of the patient point, and its values on the grid when nothing moved. */
export interface Texture {
  readonly at: TissueAt;
  readonly still: Float32Array;
}

/** A phase as a volume. */
export interface PhaseVolume {
  readonly phase: PhantomPhase;
  readonly volume: Volume;
}

/** Every phase of one visit on one grid; `label` names the visit in all UIDs. */
export function renderPhases(
  grid: Grid,
  codes: Uint8Array,
  tissueAt: TissueAt,
  options: LetbCtOptions,
  lipiodol: boolean,
  texture: Texture | null,
  stream: Random,
  label: string,
): readonly PhaseVolume[] {
  const samples = options.samplesPerAxis ?? 2;
  const motion = options.motion ?? noMotion;
  // Around a given mask only the liver matters, and its grid may hold 30 million voxels.
  const soft = options.body.kind === "around-mask" ? isLiver : () => true;
  const still = draw(grid, codes, tissueAt, samples, soft);
  const movedAt: TissueAt = (x, y, z) => tissueAt(...restored(motion, [x, y, z]));
  return (options.phases ?? ["unenhanced", "late-arterial"]).map((phase) => {
    const moved = phase === "unenhanced" && moves(motion);
    const drawing = moved ? draw(grid, tissueMap(grid, movedAt), movedAt, samples, soft) : still;
    const waves =
      texture === null || !moved
        ? (texture?.still ?? null)
        : sampled(grid, (x, y, z) => texture.at(...restored(motion, [x, y, z])));
    const noise = noiseField(grid, options.noise, stream.fork(phase));
    const data = renderPhase(drawing, phaseValues(phase, options, lipiodol), waves, noise);
    return {
      phase,
      volume: volumeOf(grid, data, uidFromSeed(`${label}/${phase}`), uidFromSeed(`${label}/frame`), phase),
    };
  });
}
