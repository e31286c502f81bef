import { imputationTask } from "../basic/chained-imputation.js";
import { pieceTasks } from "../basic/heavy-work.js";
import type { PieceTasks } from "../basic/scheduler.js";
import { cutPointTask } from "../survival/cut-point-bootstrap.js";
import { aucBootstrapTask } from "./auc-bootstrap.js";
import { survivalBenefitTask } from "./decision-curve-survival.js";
import { lassoCvTask } from "./lasso-cv.js";
import { coxOptimismTask } from "./optimism-cox.js";
import { logisticOptimismTask } from "./optimism-logistic.js";

/** Every heavy task of this library, for a worker that serves them all: `servePieces(webPort(self), heavyTasks())`. */
export const heavyTasks = (): PieceTasks => ({
  ...pieceTasks(coxOptimismTask),
  ...pieceTasks(logisticOptimismTask),
  ...pieceTasks(aucBootstrapTask),
  ...pieceTasks(lassoCvTask),
  ...pieceTasks(cutPointTask),
  ...pieceTasks(survivalBenefitTask),
  ...pieceTasks(imputationTask),
});
