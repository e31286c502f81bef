export * from "./basic/index.js";
export * from "./models/index.js";
export * from "./survival/index.js";
