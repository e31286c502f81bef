import type { CaseMethods } from "./contract.js";

export const modelCases: CaseMethods = {};
