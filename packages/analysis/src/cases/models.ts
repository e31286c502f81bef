import type { CaseMethods } from "./contract.js";
import { lassoCases } from "./models-lasso.js";
import { logisticCases } from "./models-logistic.js";
import { nomogramCases } from "./models-nomogram.js";
import { rocCases } from "./models-roc.js";
import { selectionCases } from "./models-selection.js";
import { validationCases } from "./models-validation.js";

/** Cases of ROC curves, regression models, selection, validation, decision curves, nomograms and splines. */
export const modelCases: CaseMethods = {
  ...rocCases,
  ...logisticCases,
  ...selectionCases,
  ...lassoCases,
  ...validationCases,
  ...nomogramCases,
};
