import { type CategoryReadings, categoryAgreement } from "./agreement-categories.js";
import { type NumberReadings, numberAgreement } from "./agreement-numbers.js";
import { joinParts, type Part } from "./part.js";

/** Agreement of readers and repeats: categories by kappa, numbers by intraclass correlation and limits of agreement. */
export const agreementPart = (categories: readonly CategoryReadings[], numbers: readonly NumberReadings[]): Part =>
  joinParts([categoryAgreement(categories), numberAgreement(numbers)]);
