import { baselineStep } from "./baseline.js";
import { cutOffStep } from "./cut-offs.js";
import { designStep } from "./design.js";
import { modelStep } from "./models.js";
import { responseStep } from "./response.js";
import { rocStep } from "./rocs.js";
import type { PlanStep } from "./step.js";
import { survivalStep } from "./survival.js";
import { sweepStep } from "./sweeps.js";

/**
 * The steps of a plan in the order of their execution: a step sees the columns and results of those before it. To add a
 * section to the plan language, write `plan/<section>.ts` with `defineStep` and put it here.
 */
export const planSteps: readonly PlanStep[] = [
  cutOffStep,
  baselineStep,
  responseStep,
  modelStep,
  survivalStep,
  sweepStep,
  rocStep,
  designStep,
];
