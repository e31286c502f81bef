export type { Measurement, MeasurementInterval, RecipeName } from "./measurement.js";
export type { Region, RegionShape } from "./region.js";
export {
  type Grid,
  type IntensityScale,
  indexToPatient,
  type Mask,
  patientToIndex,
  sameGrid,
  type Vec3,
  type Volume,
  type VolumeSource,
  type VoxelArray,
  voxelCount,
  voxelVolumeMm3,
} from "./volume.js";
