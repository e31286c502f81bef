export { type Deformation, deformation } from "./deformation.js";
export {
  type RegistrationGate,
  type RegistrationQuality,
  type RegistrationVerdict,
  registrationQuality,
} from "./quality.js";
export { linearAt, type PointMap, resample } from "./resample.js";
export { mutualInformation } from "./similarity.js";
export { type BSplineTransform, mapPoint, type RigidTransform, type Transform } from "./transform.js";
