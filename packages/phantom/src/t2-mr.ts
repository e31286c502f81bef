import { ok, type Result, random, refuse } from "@livermark/core";
import type { Mask, Region, Vec3 } from "@livermark/imaging";
import { abdomen } from "./anatomy.js";
import { centredGrid } from "./grid.js";
import { type Lesion, withLesions } from "./lesion.js";
import { coilSensitivity, type MrImage, plainScale, renderMr } from "./mr-render.js";
import { type FatSignal, t2Signals, tumourDensity } from "./mr-t2.js";
import { draw, maskOf, tissueMap } from "./paint.js";
import { isLiver, tissue } from "./tissue.js";
import { noRoomForTumour, placeTumour, sliceZ, tumourEllipse, tumourMask } from "./tumour.js";

/** Settings of a T₂-weighted image with a tumour and back muscle in one slice. */
export interface T2MrOptions {
  readonly seed: number;
  readonly patient: string;
  readonly date: string;
  readonly size: Vec3;
  readonly spacingMm: Vec3;
  /** Signal of the tumour over that of the erector spinae, before coil shading. */
  readonly sir: number;
  readonly noiseSd: number;
  readonly fat?: FatSignal;
  readonly shading?: number;
  readonly echoMs?: number;
}

/** One image with its two regions. */
export interface T2MrPhantom {
  readonly patient: string;
  readonly date: string;
  readonly echoMs: number;
  readonly image: MrImage;
  readonly tumour: Mask;
  /** The liver, its vessels left out. */
  readonly liver: Mask;
  readonly tumourRegion: Region;
  readonly muscleRegion: Region;
  readonly truth: {
    readonly sir: number;
    /** The ratio after coil shading at the two regions' centres, which is what an image can show. */
    readonly shadedSir: number;
    readonly tumourT2Ms: number;
    readonly tumour: Lesion;
  };
}

const GAIN = 2600;

/**
 * T₂-weighted MR with a set signal ratio of tumour to erector spinae muscle. Refuses a ratio that no T₂ gives at this echo
 * time and a grid without liver.
 * Example: `t2MrPhantom({ seed: 1, patient: "P1", date: "2024-01-10", size: [96, 96, 32], spacingMm: [3.4, 3.4, 5], sir: 1.4, noiseSd: 8 })`.
 */
export function t2MrPhantom(options: T2MrOptions): Result<T2MrPhantom> {
  const { patient, date, sir, noiseSd, fat = "suppressed", shading = 0, echoMs = 85 } = options;
  const muscle = t2Signals(GAIN, echoMs, fat)[tissue.muscle]!;
  const share = (sir * muscle) / (GAIN * tumourDensity);
  if (!(share > 0 && share < 1))
    return refuse({
      code: "phantom-sir",
      message: "No T2 gives this signal ratio at this echo time.",
      got: sir,
      wanted: `more than 0 and less than ${((GAIN * tumourDensity) / muscle).toFixed(1)}`,
      mend: "Set a smaller ratio.",
      where: { patient },
    });
  const tumourT2Ms = -echoMs / Math.log(share);
  const grid = centredGrid(options.size, options.spacingMm);
  const { tissueAt } = abdomen({ seed: options.seed });
  const root = random(options.seed).fork("t2");
  const tumour = placeTumour(grid, tissueAt, 22, root.fork("tumour"));
  if (tumour === null) return noRoomForTumour(patient, options.size);
  const diseased = withLesions(tissueAt, [tumour]);
  const codes = tissueMap(grid, diseased);
  const image = renderMr(
    grid,
    draw(grid, codes, diseased, 2),
    t2Signals(GAIN, echoMs, fat, tumourT2Ms),
    { noiseSd, shading },
    plainScale,
    root.fork("noise"),
    { label: `${patient}/${options.seed}/t2`, series: fat === "shown" ? "T2" : "T2 fs" },
  );
  const z = sliceZ(grid, tumour.centerMm[2]);
  const [x, y] = [32, 90];
  return ok({
    patient,
    date,
    echoMs,
    image,
    tumour: tumourMask(grid, codes),
    liver: maskOf("liver", grid, codes, isLiver),
    tumourRegion: tumourEllipse(grid, tumour),
    muscleRegion: { kind: "ellipse", center: [x, y, z], axis1: [11, 0, 0], axis2: [0, 6, 0], name: "erector spinae" },
    truth: {
      sir,
      shadedSir:
        (sir * coilSensitivity(shading, tumour.centerMm[0], tumour.centerMm[1])) / coilSensitivity(shading, x, y),
      tumourT2Ms,
      tumour,
    },
  });
}
