export {
  betaCdf,
  betaQuantile,
  betaUpperTail,
  chiSquareCdf,
  chiSquareQuantile,
  chiSquareUpperTail,
  fCdf,
  fQuantile,
  fUpperTail,
  gammaCdf,
  gammaQuantile,
  gammaUpperTail,
  normalCdf,
  normalDensity,
  normalLogCdf,
  normalQuantile,
  normalTwoSided,
  normalUpperTail,
  studentCdf,
  studentQuantile,
  studentTwoSided,
  studentUpperTail,
} from "./distributions.js";
export { complementaryErrorFunction, errorFunction } from "./error-function.js";
export { logChoose, logFactorial, logGamma } from "./gamma-function.js";
export { compensatedSum, type Moments, mean, moments, standardDeviation, variance } from "./moments.js";
export { median, medianAbsoluteDeviation, type QuantileType, quantiles, tukeyFiveNumbers } from "./quantile.js";
