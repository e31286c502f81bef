export { type ExplainedInput, type Explanation, explain, explanationText, type FoundId, findIds } from "./explain.js";
export { type OutputFile, writeFolder } from "./output.js";
