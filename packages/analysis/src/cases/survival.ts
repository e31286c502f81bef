import type { CaseMethods } from "./contract.js";
import { concordanceCases } from "./survival-concordance.js";
import { coxCases } from "./survival-cox.js";
import { curveCases } from "./survival-curves.js";
import { riskCases } from "./survival-risks.js";

/** Cases of survival analysis. */
export const survivalCases: CaseMethods = { ...curveCases, ...coxCases, ...concordanceCases, ...riskCases };
