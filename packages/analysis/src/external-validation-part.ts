import type { ExternalValidationPlan } from "./external-scores.js";
import { validateCox } from "./external-validation-cox.js";
import { validateLogistic } from "./external-validation-logistic.js";
import type { PortableModel } from "./models/portable.js";
import type { Part } from "./part.js";
import type { Layer } from "./plan/step.js";

/**
 * A model that was made elsewhere, judged on this study: discrimination (DeLong, or Harrell's C), calibration in the large, slope and
 * curve, net benefit, accuracy at the model's own cut, and the intercept and slope that would mend it. Of a model without intercept
 * only discrimination and slope can be judged, and the intercept of the recalibration is one for this study. Steyerberg 2019, ch. 15.
 */
export function externalValidationPart(
  layer: Layer,
  plan: ExternalValidationPlan,
  model: PortableModel,
  level: number,
): Part {
  return model.kind === "cox"
    ? validateCox(layer, plan, model, level)
    : validateLogistic(layer.data, plan, model, level);
}
