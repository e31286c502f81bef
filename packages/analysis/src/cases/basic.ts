import type { CaseMethods } from "./contract.js";

/** Cases of descriptive statistics, tests, agreement, planning and distributions. */
export const basicCases: CaseMethods = {};
