// A minimal writer of ONNX files (protocol buffers), enough for one three-dimensional convolution.

const varint = (value: number): number[] => {
  const out: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...out, rest];
    out.push((rest % 128) + 128);
  }
};
const whole = (field: number, value: number): number[] => [...varint(field * 8), ...varint(value)];
const bytes = (field: number, value: readonly number[]): number[] => [
  ...varint(field * 8 + 2),
  ...varint(value.length),
  ...value,
];
const text = (field: number, value: string): number[] => bytes(field, [...new TextEncoder().encode(value)]);
const floats = (values: readonly number[]): number[] => [...new Uint8Array(Float32Array.from(values).buffer)];

/** A tensor of floats by name. */
const tensor = (name: string, dims: readonly number[], values: readonly number[]): number[] => [
  ...dims.flatMap((d) => whole(1, d)),
  ...whole(2, 1),
  ...text(8, name),
  ...bytes(9, floats(values)),
];

/** The type of a float tensor: known sizes, or names of free ones. */
const valueInfo = (name: string, dims: readonly (number | string)[]): number[] => {
  const shape = dims.flatMap((d) => bytes(1, typeof d === "number" ? whole(1, d) : text(2, d)));
  return [...text(1, name), ...bytes(2, bytes(1, [...whole(1, 1), ...bytes(2, shape)]))];
};

/**
 * An ONNX model of two channels per voxel, logits −a·x + b and a·x − b: a 1 × 1 × 1 convolution of the input. The second
 * channel wins where the value is above b/a.
 */
export function thresholdModel(a: number, b: number): Uint8Array {
  const node = [...text(1, "input"), ...text(1, "w"), ...text(1, "b"), ...text(2, "output"), ...text(4, "Conv")];
  const graph = [
    ...bytes(1, node),
    ...text(2, "threshold"),
    ...bytes(5, tensor("w", [2, 1, 1, 1, 1], [-a, a])),
    ...bytes(5, tensor("b", [2], [b, -b])),
    ...bytes(11, valueInfo("input", [1, 1, "z", "y", "x"])),
    ...bytes(12, valueInfo("output", [1, 2, "z", "y", "x"])),
  ];
  return Uint8Array.from([...whole(1, 8), ...bytes(7, graph), ...bytes(8, whole(2, 13))]);
}
