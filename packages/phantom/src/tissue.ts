/** Phases that the phantoms draw. */
export type PhantomPhase = "unenhanced" | "late-arterial" | "portal-venous";

/**
 * Attenuation in HU per tissue and phase, round values of the size found on abdominal CT at 120 kVp (Lamba 2014 for
 * unenhanced organs; typical published enhancement for the late arterial and portal venous phases). They are settings of
 * a phantom, not reference values.
 */
const HU = {
  air: [-1000, -1000, -1000],
  fat: [-105, -105, -105],
  muscle: [52, 58, 66],
  skin: [20, 24, 28],
  cortical: [620, 620, 620],
  marrow: [170, 176, 190],
  canal: [25, 28, 32],
  lung: [-840, -825, -820],
  heart: [42, 210, 150],
  liver: [58, 70, 112],
  "portal-vein": [42, 118, 172],
  "portal-branch": [42, 118, 172],
  "hepatic-vein": [42, 52, 158],
  "inferior-cava": [40, 74, 148],
  aorta: [42, 305, 162],
  spleen: [48, 118, 128],
  "kidney-cortex": [34, 168, 178],
  "kidney-medulla": [30, 62, 158],
  pancreas: [40, 102, 92],
  gallbladder: [9, 9, 10],
  stomach: [14, 14, 15],
  wall: [40, 62, 82],
  gas: [-960, -960, -960],
  "lesion-viable": [48, 0, 0],
  "lesion-core": [26, 0, 0],
  lipiodol: [380, 380, 380],
  "lesion-iso": [48, 60, 102],
  "lesion-hypo": [44, 48, 72],
} as const satisfies Record<string, readonly [number, number, number]>;

/** Name of a tissue. */
export type TissueName = keyof typeof HU;

/** Every tissue; a tissue's code is its place in this list, air being 0. */
export const tissueNames = Object.keys(HU) as readonly TissueName[];

/** Code of each tissue, as stored in a tissue map. */
export const tissue = Object.fromEntries(tissueNames.map((name, code) => [name, code])) as Readonly<
  Record<TissueName, number>
>;

/** Whether a tissue belongs to the liver mask: parenchyma and lesions, not the vessels in it. */
export const isLiver = (code: number): boolean => code === tissue.liver || isLesion(code);

/** Whether a tissue is part of a lesion, whether it enhances or not. */
export const isLesion = (code: number): boolean =>
  code === tissue["lesion-viable"] ||
  code === tissue["lesion-core"] ||
  code === tissue["lesion-iso"] ||
  code === tissue["lesion-hypo"];

const phaseColumn: Readonly<Record<PhantomPhase, 0 | 1 | 2>> = {
  unenhanced: 0,
  "late-arterial": 1,
  "portal-venous": 2,
};

/** What a study sets itself: HU of tissues that have no fixed value, or another value for one that has. */
export type TissueOverrides = { readonly [name in TissueName]?: number };

/** HU by tissue code for one phase. Example: `attenuation("unenhanced")[tissue.liver]` is 58. */
export function attenuation(phase: PhantomPhase, overrides: TissueOverrides = {}): Float64Array {
  return Float64Array.from(tissueNames, (name) => overrides[name] ?? HU[name][phaseColumn[phase]]);
}
