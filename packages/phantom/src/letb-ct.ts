import { mapResult, type Result } from "@livermark/core";
import { uidFromSeed } from "@livermark/dicom";
import { type Grid, type Volume, voxelCount } from "@livermark/imaging";
import { forEachVoxel } from "./grid.js";
import { type LetbCtOptions, standardEnhancement } from "./letb-options.js";
import {
  between,
  drawPhases,
  type LetbScene,
  type LetbVisit,
  letbScenes,
  type PhaseVolume,
  streamOf,
  visitOf,
} from "./letb-scene.js";
import { contrastsOf, subtractionSd, truthOf } from "./letb-truth.js";
import { restored } from "./motion.js";
import { noiseField, organTexture } from "./noise.js";
import { paint, type TissueAt } from "./paint.js";
import { attenuation, type PhantomPhase, type TissueName, tissue } from "./tissue.js";

/** One visit of the CT phantom. */
export type LetbCtVisit = LetbVisit;

/** A phantom patient. */
export interface LetbCtPhantom {
  readonly patient: string;
  readonly visits: readonly LetbCtVisit[];
}

/** HU of the tissues of one phase under the options. */
function phaseValues(phase: PhantomPhase, { enhancement = standardEnhancement }: LetbCtOptions, lipiodol: boolean) {
  const { parenchymaHu, contrastHu, coreHu } = enhancement;
  const late = phase === "late-arterial" ? 1 : 0;
  const plain = attenuation("unenhanced");
  const of = (name: TissueName): number => plain[tissue[name]]!;
  const core = of(lipiodol ? "lipiodol" : "lesion-core");
  const viable = of("lesion-viable");
  if (phase === "portal-venous")
    return attenuation(phase, { "lesion-viable": viable + 36, "lesion-core": core + coreHu });
  return attenuation(phase, {
    liver: of("liver") + late * parenchymaHu,
    "lesion-viable": viable + late * (parenchymaHu + contrastHu),
    "lesion-core": core + late * coreHu,
    "lesion-iso": of("lesion-iso") + late * parenchymaHu,
  });
}

/** Stored numbers of one phase: tissue values with partial volume, texture, noise, rounded to the range of 12-bit CT. */
function stored(painted: Float32Array, textureHu: Float32Array | null, noise: Float32Array): Int16Array {
  const data = new Int16Array(painted.length);
  for (let v = 0; v < data.length; v++) {
    const value = painted[v]!;
    const soft = textureHu !== null && value >= 0 && value <= 400 ? textureHu[v]! : 0;
    data[v] = Math.min(3071, Math.max(-1024, Math.round(value + soft + noise[v]!)));
  }
  return data;
}

/** A function of the patient point at every voxel centre. */
function sampled(grid: Grid, at: TissueAt): Float32Array {
  const field = new Float32Array(voxelCount(grid));
  forEachVoxel(grid, (offset, x, y, z) => {
    field[offset] = at(x, y, z);
  });
  return field;
}

const volumeOf = (grid: Grid, data: Int16Array, label: string, phase: PhantomPhase): Volume => ({
  grid,
  data,
  unit: "HU",
  modality: "CT",
  scale: { id: "HU", proven: true, reason: "CT numbers are Hounsfield units", filters: [] },
  source: {
    seriesUid: uidFromSeed(`${label}/${phase}`),
    frameOfReferenceUid: uidFromSeed(`${label}/frame`),
    description: phase,
    files: grid.size[2],
    sha256: "",
  },
});

/** Every phase of one visit. */
function renderPhases(scene: LetbScene, options: LetbCtOptions, still: Float32Array | null): readonly PhaseVolume[] {
  const { grid, label, point, stream } = scene;
  const textureAt = organTexture(options.textureHu ?? 0, streamOf(options, "texture"));
  return drawPhases(scene, options).map(({ phase, drawing, motion }) => {
    const waves =
      still === null || motion === null ? still : sampled(grid, (x, y, z) => textureAt(...restored(motion, [x, y, z])));
    const noise = noiseField(grid, options.noise, stream.fork(phase));
    const painted = paint(drawing, phaseValues(phase, options, point.lipiodol ?? false));
    return { phase, volume: volumeOf(grid, stored(painted, waves, noise), label, phase) };
  });
}

/**
 * Abdominal CT of one patient at each time point (unenhanced and late arterial, on request portal venous) with a liver
 * whose enhancing share is set, its masks, three reference cubes in the parenchyma, and the truth in counted voxels.
 * The late arterial phase is the fixed frame: masks and cubes lie there; `motion` moves the unenhanced phase.
 * Refuses negative noise and what `letbScenes` refuses: fractions that no lesion can fill, no room for a reference cube.
 * Example: `letbCtPhantom({ seed: 1, patient: "P1", body: { kind: "abdomen", size: [96, 96, 40], spacingMm: [3.3, 3.3, 4] },
 * lesions: 6, timePoints: [{ name: "baseline", date: "2024-01-10", enhancingFraction: 0.3 }], noise: { sd: 10 } })`.
 */
export function letbCtPhantom(options: LetbCtOptions): Result<LetbCtPhantom> {
  const asked = between("noise", options.noise.sd, Number.POSITIVE_INFINITY);
  if (!asked.ok) return asked;
  const { patient, textureHu = 0 } = options;
  let still: Float32Array | null = null;
  const contrasts = contrastsOf(
    phaseValues("unenhanced", options, false),
    phaseValues("late-arterial", options, false),
  );
  return mapResult(letbScenes(options), (scenes) => ({
    patient,
    visits: scenes.map((scene) => {
      if (textureHu > 0) still ??= sampled(scene.grid, organTexture(textureHu, streamOf(options, "texture")));
      const { point, grid, codes, lesions } = scene;
      const sd = subtractionSd(options.noise.sd);
      const truth = truthOf(point, grid, codes, lesions, options, contrasts, sd);
      return visitOf(scene, renderPhases(scene, options, still), truth);
    }),
  }));
}
