export { type Cholesky, cholesky, invertCholesky, logDeterminant, RANK_TOLERANCE, solveCholesky } from "./cholesky.js";
export { crossProduct, dot, fromRows, multiply, quadraticForm, toRows, transpose } from "./matrix.js";
export { solve } from "./solve.js";
