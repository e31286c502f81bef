import { adverseEventStep } from "./adverse-events.js";
import { agreementStep } from "./agreement.js";
import { baselineStep } from "./baseline.js";
import { clusterStep } from "./clusters.js";
import { columnStep } from "./columns.js";
import { competingRisksStep } from "./competing-risks.js";
import { continuousStep } from "./continuous.js";
import { cutOffStep } from "./cut-offs.js";
import { designStep } from "./design.js";
import { externalValidationStep } from "./external-validation.js";
import { followUpStep } from "./follow-up.js";
import { groupTableStep } from "./group-tables.js";
import { groupTestStep } from "./group-tests.js";
import { landmarkStep } from "./landmarks.js";
import { modelComparisonStep } from "./model-comparisons.js";
import { modelStep, setStep } from "./models.js";
import { multiplicityStep } from "./multiplicity.js";
import { patternStep } from "./patterns.js";
import { pictureStep } from "./pictures.js";
import { procedureTableStep } from "./procedure-table.js";
import { responseStep } from "./response.js";
import { rocStep } from "./rocs.js";
import { sensitivityStep } from "./sensitivity.js";
import type { PlanStep } from "./step.js";
import { subgroupStep } from "./subgroups.js";
import { subsetStep } from "./subsets.js";
import { survivalStep } from "./survival.js";
import { survivalModelsStep } from "./survival-models.js";
import { sweepStep } from "./sweeps.js";
import { timeDependentStep } from "./time-dependent.js";
import { treatmentTableStep } from "./treatment-table.js";

/**
 * The steps of a plan in the order of their execution: a step sees the columns and results of those before it. To add a
 * section to the plan language, write `plan/<section>.ts` with `defineStep` and put it here.
 */
export const planSteps: readonly PlanStep[] = [
  setStep,
  columnStep,
  cutOffStep,
  patternStep,
  baselineStep,
  treatmentTableStep,
  procedureTableStep,
  groupTableStep,
  responseStep,
  agreementStep,
  adverseEventStep,
  pictureStep,
  modelStep,
  modelComparisonStep,
  survivalModelsStep,
  followUpStep,
  survivalStep,
  continuousStep,
  sweepStep,
  groupTestStep,
  landmarkStep,
  clusterStep,
  subgroupStep,
  subsetStep,
  sensitivityStep,
  competingRisksStep,
  rocStep,
  timeDependentStep,
  externalValidationStep,
  multiplicityStep,
  designStep,
];
