import type { ImmuneResponse } from "./irecist.js";
import type { NonTargetResponse } from "./other-lesions.js";
import type { OverallResponse } from "./overall.js";
import type { TargetResponse } from "./target.js";

/** Response at one time point, as `derive --json` prints it; `day` and what follows is for the other steps. */
export interface TimePointResponse {
  readonly patient: string;
  readonly treatment: number;
  readonly timePoint: string;
  readonly profile: string;
  readonly reader: string | null;
  readonly sumMm: number | null;
  readonly baselineMm: number | null;
  readonly nadirMm: number | null;
  readonly target: TargetResponse | null;
  readonly nonTarget: NonTargetResponse | null;
  readonly newLesion: boolean | null;
  readonly overall: OverallResponse;
  readonly why: string;
  readonly day: number | null;
  /** iRECIST label, null under other profiles. */
  readonly immune: ImmuneResponse | null;
  /** Progression of the series is dated to this time point. */
  readonly progression: boolean;
  /** Response of the liver lesions alone; null when it cannot be told apart. */
  readonly hepatic: OverallResponse | null;
  readonly hepaticProgression: boolean;
  /** Response of the liver lesions outside the treated segments, reported apart; null when there are none. */
  readonly untreated: OverallResponse | null;
  readonly source: { readonly table: "lesions" | "responses" | "measurements"; readonly lines: readonly number[] };
  readonly flags: readonly string[];
}

/** Best overall response of a treatment, as `derive --json` prints it. */
export interface BestOverallResponse {
  readonly patient: string;
  readonly treatment: number;
  readonly profile: string;
  readonly reader: string | null;
  readonly best: OverallResponse;
  readonly confirmed: OverallResponse;
  readonly why: string;
}
