export { type Deformation, deformation } from "./deformation.js";
export type { EngineImage, EngineJob, RegistrationEngine } from "./engine.js";
export { registrationErrorMm } from "./error-left.js";
export { type GuidedOptions, type GuidedResampling, guidedResample } from "./guided-resample.js";
export { type LocalShift, localShift } from "./local-shift.js";
export {
  type ParameterMap,
  parameterText,
  parseParameterText,
  type RegistrationParameters,
  type RegistrationSteps,
  standardRegistration,
} from "./parameter-maps.js";
export {
  type RegistrationGate,
  type RegistrationQuality,
  type RegistrationVerdict,
  registrationQuality,
  standardGate,
} from "./quality.js";
export { registrationRecord } from "./record.js";
export { pointMap, registerPair } from "./register.js";
export type { Registration, RegistrationInputs, RegistrationTrial } from "./registration.js";
export { linearAt, type PointMap, resample } from "./resample.js";
export { mutualInformation } from "./similarity.js";
export { type SurfaceDistance, surfaceDistance } from "./surface-distance.js";
export { type BSplineTransform, mapPoint, type RigidTransform, type Transform } from "./transform.js";
