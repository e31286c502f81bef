import { agreementCases } from "./basic-agreement.js";
import { groupCases } from "./basic-groups.js";
import { imputationCases } from "./basic-imputation.js";
import { planningCases } from "./basic-planning.js";
import { sampleCases } from "./basic-samples.js";
import { tableCases } from "./basic-tables.js";
import type { CaseMethods } from "./contract.js";

/** Cases of descriptive statistics, tests, agreement, planning, distributions and pooling. */
export const basicCases: CaseMethods = {
  ...sampleCases,
  ...groupCases,
  ...tableCases,
  ...agreementCases,
  ...planningCases,
  ...imputationCases,
};
