import { errorIssue, type Issue, warningIssue } from "@livermark/core";
import type { Grid, Vec3 } from "@livermark/imaging";
import type { FrameRef } from "./frame-ref.js";
import type { ShearedStack } from "./untilt.js";

const dot = (a: Vec3, b: Vec3): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const subtract = (a: Vec3, b: Vec3): Vec3 => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];

/** Right-handed normal of an image plane: along it slices are ordered. */
export const planeNormal = (row: Vec3, column: Vec3): Vec3 => {
  const normal: Vec3 = [
    row[1] * column[2] - row[2] * column[1],
    row[2] * column[0] - row[0] * column[2],
    row[0] * column[1] - row[1] * column[0],
  ];
  const length = Math.hypot(...normal);
  return [normal[0] / length, normal[1] / length, normal[2] / length];
};

/** The grid of a stack, its frames in the order of the grid's slices, and what is wrong with it. */
export interface StackGeometry {
  /** Null where the frames do not form one regular grid; an error Issue then says why. */
  readonly grid: Grid | null;
  readonly frames: readonly FrameRef[];
  readonly issues: readonly Issue[];
  /** How the slices lie where nothing but their tilt keeps them from one grid; null otherwise. */
  readonly sheared: ShearedStack | null;
}

/** Two slices closer than this lie at one position. */
const SAME_POSITION_MM = 1e-3;

const format = (mm: number): string => mm.toFixed(3).replace(/\.?0+$/, "");

/** Largest distance of a slice's origin from the straight line through the first origin along the normal, mm. */
function drift(positions: readonly Vec3[], normal: Vec3): number {
  const first = positions[0]!;
  return positions.reduce((most, position) => {
    const away = subtract(position, first);
    const along = dot(away, normal);
    const aside = Math.hypot(away[0] - along * normal[0], away[1] - along * normal[1], away[2] - along * normal[2]);
    return Math.max(most, aside);
  }, 0);
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

/**
 * Orders the frames of one stack by their position along the slice normal (never by instance number) and finds the
 * grid they form. The slice spacing is the distance of positions, whatever the header's thickness says. Reports as
 * errors: missing positions or orientation, duplicate positions, missing slices (a gap of whole spacings), irregular
 * spacing, and gantry tilt (origins that wander sideways by more than half a pixel).
 */
export function stackGeometry(frames: readonly FrameRef[]): StackGeometry {
  const first = frames[0]!;
  const { rowAxis, columnAxis, spacingMm } = first.facts;
  const fail = (issue: Issue): StackGeometry => ({ grid: null, frames, issues: [issue], sheared: null });
  if (rowAxis === null || columnAxis === null) {
    return fail(
      errorIssue({
        code: "no-orientation",
        message: "The images do not say how they lie in the patient.",
        wanted: "Image Orientation (Patient) (0020,0037) with two perpendicular unit vectors",
        where: { file: first.instance.source.file },
      }),
    );
  }
  if (spacingMm === null) {
    return fail(
      errorIssue({
        code: "no-pixel-spacing",
        message: "The images do not say how large a pixel is.",
        wanted: "Pixel Spacing (0028,0030)",
        where: { file: first.instance.source.file },
      }),
    );
  }
  const unplaced = frames.find((frame) => frame.facts.positionMm === null);
  if (unplaced !== undefined) {
    return fail(
      errorIssue({
        code: "no-position",
        message: "An image does not say where it lies in the patient.",
        wanted: "Image Position (Patient) (0020,0032)",
        where: { file: unplaced.instance.source.file },
      }),
    );
  }
  const normal = planeNormal(rowAxis, columnAxis);
  const placed = frames
    .map((frame) => ({ frame, position: frame.facts.positionMm!, along: dot(frame.facts.positionMm!, normal) }))
    .sort((a, b) => a.along - b.along || a.frame.order - b.frame.order);
  const ordered = placed.map(({ frame }) => frame);
  const steps = placed.slice(1).map(({ along }, n) => along - placed[n]!.along);
  const issues: Issue[] = steps.length === 0 ? [] : stepIssues(steps, placed);
  const sliceSpacing =
    steps.length === 0
      ? singleSpacing(first, issues)
      : (placed[placed.length - 1]!.along - placed[0]!.along) / steps.length;
  const aside = drift(
    placed.map(({ position }) => position),
    normal,
  );
  const regular = !issues.some((issue) => issue.severity === "error") && sliceSpacing > 0;
  const tilted = aside > 0.5 * Math.min(...spacingMm);
  if (tilted) issues.push(tiltIssue(aside, sliceSpacing, steps.length, first));
  const blocked = !regular || tilted;
  const { rows, columns } = first;
  return {
    grid: blocked
      ? null
      : {
          size: [columns, rows, ordered.length],
          originMm: placed[0]!.position,
          spacingMm: [spacingMm[0], spacingMm[1], sliceSpacing],
          axes: [rowAxis, columnAxis, normal],
        },
    frames: ordered,
    issues,
    sheared:
      regular && tilted
        ? shearedStack(
            first,
            [rowAxis, columnAxis, normal],
            [spacingMm[0], spacingMm[1], sliceSpacing],
            placed.map(({ position }) => position),
          )
        : null,
  };
}

/** The right-angled grid around sheared slices: as many slices, more columns and rows. */
function shearedStack(
  frame: FrameRef,
  axes: Grid["axes"],
  spacingMm: Grid["spacingMm"],
  positions: readonly Vec3[],
): ShearedStack {
  const first = positions[0]!;
  const aside = (axis: 0 | 1): readonly number[] =>
    positions.map((position) => dot(subtract(position, first), axes[axis]) / spacingMm[axis]);
  const across = aside(0);
  const down = aside(1);
  const [left, top] = [Math.min(...across), Math.min(...down)];
  const extra = (shifts: readonly number[]): number => Math.ceil(Math.max(...shifts) - Math.min(...shifts) - 1e-6);
  const last = positions.length - 1;
  const drop = Math.hypot((across[last] ?? 0) * spacingMm[0], (down[last] ?? 0) * spacingMm[1]);
  const at = (n: 0 | 1 | 2): number => first[n] + left * spacingMm[0] * axes[0][n] + top * spacingMm[1] * axes[1][n];
  const originMm: Vec3 = [at(0), at(1), at(2)];
  return {
    grid: {
      size: [frame.columns + extra(across), frame.rows + extra(down), positions.length],
      originMm,
      spacingMm,
      axes,
    },
    frame: [frame.columns, frame.rows],
    offsets: positions.map((_, n) => [across[n]! - left, down[n]! - top]),
    tiltDegrees: (Math.atan2(drop, last * spacingMm[2]) * 180) / Math.PI,
  };
}

/** One slice has no neighbour to measure the spacing from; the header's own words are taken and said. */
function singleSpacing(frame: FrameRef, issues: Issue[]): number {
  const { spacingBetweenSlicesMm, sliceThicknessMm } = frame.instance.acquisition;
  const spacing = frame.facts.thicknessMm ?? sliceThicknessMm ?? spacingBetweenSlicesMm;
  if (spacing !== null && spacing > 0) {
    issues.push(
      warningIssue({
        code: "single-slice",
        message: "The series has one slice; its thickness is taken from the header.",
        got: `${format(spacing)} mm`,
      }),
    );
    return spacing;
  }
  issues.push(
    errorIssue({
      code: "no-slice-thickness",
      message: "The series has one slice of unknown thickness, so it has no volume.",
      wanted: "Slice Thickness (0018,0050)",
      where: { file: frame.instance.source.file },
    }),
  );
  return Number.NaN;
}

interface Placed {
  readonly frame: FrameRef;
  readonly along: number;
}

function stepIssues(steps: readonly number[], placed: readonly Placed[]): Issue[] {
  const issues: Issue[] = [];
  const duplicates = steps.flatMap((step, n) => (step < SAME_POSITION_MM ? [n] : []));
  if (duplicates.length > 0) {
    const n = duplicates[0]!;
    issues.push(
      errorIssue({
        code: "duplicate-slices",
        message: `${duplicates.length} slice ${duplicates.length === 1 ? "position occurs" : "positions occur"} twice, and nothing in the headers tells the images apart.`,
        got: `${placed[n]!.frame.instance.source.file} and ${placed[n + 1]!.frame.instance.source.file} at ${format(placed[n]!.along)} mm`,
        wanted: "one image per position",
        mend: "Remove the copies, or export the phases as separate series.",
        where: { file: placed[n + 1]!.frame.instance.source.file },
      }),
    );
    return issues;
  }
  const typical = median(steps);
  const tolerance = Math.max(0.01, 0.02 * typical);
  const odd = steps.flatMap((step, n) => (Math.abs(step - typical) > tolerance ? [n] : []));
  if (odd.length === 0) return issues;
  const gaps = odd.every((n) => {
    const ratio = steps[n]! / typical;
    return Math.round(ratio) >= 2 && Math.abs(ratio - Math.round(ratio)) < 0.05;
  });
  const n = odd[0]!;
  const between = `between ${format(placed[n]!.along)} and ${format(placed[n + 1]!.along)} mm (${placed[n]!.frame.instance.source.file}, ${placed[n + 1]!.frame.instance.source.file})`;
  if (gaps) {
    const missing = odd.reduce((sum, at) => sum + Math.round(steps[at]! / typical) - 1, 0);
    issues.push(
      errorIssue({
        code: "missing-slices",
        message: `${missing} ${missing === 1 ? "slice is" : "slices are"} missing, first ${between}.`,
        got: `${format(steps[n]!)} mm between two slices`,
        wanted: `${format(typical)} mm throughout`,
        mend: "Export the whole series again.",
        where: { file: placed[n + 1]!.frame.instance.source.file },
      }),
    );
  } else {
    const range = `${format(Math.min(...steps))} to ${format(Math.max(...steps))} mm`;
    issues.push(
      errorIssue({
        code: "irregular-spacing",
        message: `The slices are not evenly spaced, first ${between}.`,
        got: range,
        wanted: `${format(typical)} mm throughout`,
        mend: "Use an evenly spaced reconstruction.",
        where: { file: placed[n + 1]!.frame.instance.source.file },
      }),
    );
  }
  return issues;
}

function tiltIssue(aside: number, sliceSpacing: number, steps: number, frame: FrameRef): Issue {
  const angle = (Math.atan2(aside / Math.max(1, steps), sliceSpacing) * 180) / Math.PI;
  const said = frame.instance.acquisition.gantryTiltDegrees;
  return errorIssue({
    code: "gantry-tilt",
    message: "The slices are sheared against each other (gantry tilt), so they do not form a right-angled grid.",
    got: `${format(angle)}° from the positions${said === null ? "" : `, ${format(said)}° in the header`}`,
    wanted: "slices stacked along their normal",
    mend: "Use an untilted reconstruction, or ask for resampling (note `tilt: resample` in images.csv), which smooths.",
    where: { file: frame.instance.source.file },
  });
}
