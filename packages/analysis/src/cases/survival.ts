import type { CaseMethods } from "./contract.js";

export const survivalCases: CaseMethods = {};
