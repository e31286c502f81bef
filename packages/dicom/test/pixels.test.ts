import { unwrap } from "@livermark/core";
import dcmjsCodecs from "dcmjs-codecs";
import { beforeAll, describe, expect, it } from "vitest";
import { memorySource } from "../src/files/source.js";
import { decodePixels } from "../src/pixels/decode.js";
import { decodeJpegLs } from "../src/pixels/jpeg-ls.js";
import { decodeRle } from "../src/pixels/rle.js";
import { readInstance } from "../src/series/read-instance.js";
import { type ElementList, encodeFile, joinBytes } from "../src/write/elements.js";

const ROWS = 24;
const COLUMNS = 37;
const { NativeCodecs, Context } = dcmjsCodecs;

/** A slope, an edge and some noise: what compressors are made for, and what trips them. */
const stored = (signed: boolean): Int16Array | Uint16Array => {
  const value = (n: number): number =>
    (n % COLUMNS) * 40 + (n > 400 ? 900 : 0) + ((n * 7919) % 13) - (signed ? 700 : 0);
  const length = ROWS * COLUMNS;
  return signed ? Int16Array.from({ length }, (_, n) => value(n)) : Uint16Array.from({ length }, (_, n) => value(n));
};

const imageHeader = (signed: boolean, bitsStored = 16): ElementList => [
  [0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.4"],
  [0x00080018, "UI", "1.2.3"],
  [0x0020000e, "UI", "1.2.4"],
  [0x00280002, "US", 1],
  [0x00280004, "CS", "MONOCHROME2"],
  [0x00280010, "US", ROWS],
  [0x00280011, "US", COLUMNS],
  [0x00280100, "US", 16],
  [0x00280101, "US", bitsStored],
  [0x00280102, "US", bitsStored - 1],
  [0x00280103, "US", signed ? 1 : 0],
];

/** A file whose pixel data are encapsulated fragments; a stream may be cut into several. */
function encapsulated(streams: readonly Uint8Array[], transferSyntax: string, header: ElementList): Uint8Array {
  const item = (bytes: Uint8Array): Uint8Array[] => {
    const even = bytes.length % 2 === 0 ? bytes : joinBytes([bytes, new Uint8Array(1)]);
    const head = new Uint8Array([0xfe, 0xff, 0, 0xe0, 0, 0, 0, 0]);
    new DataView(head.buffer).setUint32(4, even.length, true);
    return [head, even];
  };
  return joinBytes([
    encodeFile(header, transferSyntax),
    new Uint8Array([0xe0, 0x7f, 0x10, 0, 0x4f, 0x42, 0, 0, 0xff, 0xff, 0xff, 0xff]),
    ...item(new Uint8Array(0)),
    ...streams.flatMap(item),
    new Uint8Array([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]),
  ]);
}

const decoded = async (bytes: Uint8Array) => decodePixels(unwrap(readInstance(memorySource(bytes, "x"))));

describe("compressed pixels", () => {
  beforeAll(async () => {
    await NativeCodecs.initializeAsync();
  });

  const encode = (name: string, data: Int16Array | Uint16Array, signed: boolean): Uint8Array => {
    const context = new Context({
      width: COLUMNS,
      height: ROWS,
      bitsAllocated: 16,
      bitsStored: 16,
      samplesPerPixel: 1,
      pixelRepresentation: signed ? 1 : 0,
      planarConfiguration: 0,
      photometricInterpretation: "MONOCHROME2",
      decodedBuffer: new Uint8Array(data.buffer),
    });
    const encoders: { readonly [name: string]: () => { getEncodedBuffer(): Uint8Array | undefined } } = {
      rle: () => NativeCodecs.encodeRle(context, {}),
      "jpeg-ls": () => NativeCodecs.encodeJpegLs(context, { lossy: false }),
      jpeg: () => NativeCodecs.encodeJpeg(context, { lossy: false }),
      "jpeg-2000": () => NativeCodecs.encodeJpeg2000(context, { lossy: false }),
      htj2k: () => NativeCodecs.encodeHtJpeg2000(context, { lossy: false }),
    };
    return encoders[name]!().getEncodedBuffer()!;
  };

  it.each([
    ["rle", "1.2.840.10008.1.2.5"],
    ["jpeg-ls", "1.2.840.10008.1.2.4.80"],
    ["jpeg", "1.2.840.10008.1.2.4.70"],
    ["jpeg-2000", "1.2.840.10008.1.2.4.90"],
    ["htj2k", "1.2.840.10008.1.2.4.201"],
    ["htj2k", "1.2.840.10008.1.2.4.202"],
  ])("%s (%s) gives back what another encoder put in, signed or not, in one fragment or many", async (name, syntax) => {
    for (const signed of [false, true]) {
      const data = stored(signed);
      const stream = encode(name, data, signed);
      const whole = unwrap(await decoded(encapsulated([stream], syntax, imageHeader(signed))));
      expect(Int32Array.from(whole.values)).toEqual(Int32Array.from(data));
      const cut = [stream.slice(0, 100), stream.slice(100, 300), stream.slice(300)].filter((part) => part.length > 0);
      const many = unwrap(await decoded(encapsulated(cut, syntax, imageHeader(signed))));
      expect(many.values).toEqual(whole.values);
    }
  });

  it("finds the frames of several fragments by their start markers", async () => {
    const a = encode("jpeg-ls", stored(false), false);
    const b = encode(
      "jpeg-ls",
      stored(false).map((v) => v + 5),
      false,
    );
    const streams = [a.slice(0, 50), a.slice(50), b];
    const file = encapsulated(streams, "1.2.840.10008.1.2.4.80", [...imageHeader(false), [0x00280008, "IS", 2]]);
    const { values, frames } = unwrap(await decoded(file));
    expect(frames).toBe(2);
    expect(values[ROWS * COLUMNS + 3]! - values[3]!).toBe(5);
  });

  it.each(["1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.5"])(
    "%s: a damaged stream is refused, never filled with zeros",
    async (syntax) => {
      const refused = await decoded(encapsulated([new Uint8Array(80).fill(7)], syntax, imageHeader(false)));
      expect(refused.ok).toBe(false);
      expect(refused.issues[0]!.code).toBe("bad-pixels");
    },
  );

  it("names the tool that converts what it cannot decode", async () => {
    const refused = await decoded(encapsulated([new Uint8Array(8)], "1.2.840.10008.1.2.4.100", imageHeader(false)));
    expect(refused.issues[0]).toMatchObject({
      code: "unsupported-compression",
      mend: expect.stringContaining("dcmdjpeg"),
    });
  });
});

describe("own decoders", () => {
  it("RLE: literal, repeated and no-operation runs, bytes in planes", () => {
    const head = new Uint8Array(64);
    const view = new DataView(head.buffer);
    view.setUint32(0, 2, true);
    view.setUint32(4, 64, true);
    view.setUint32(8, 64 + 2, true);
    const high = [253, 1];
    const low = [128, 1, 9, 8, 255, 7];
    const bytes = joinBytes([head, Uint8Array.from([...high, ...low])]);
    expect([...decodeRle(bytes, 4, 2, 1)!]).toEqual([9, 1, 8, 1, 7, 1, 7, 1]);
    expect(decodeRle(bytes.subarray(0, 66), 4, 2, 1)).toBeNull();
  });

  it("JPEG-LS says what is wrong with a stream", () => {
    expect(decodeJpegLs(new Uint8Array([0xff, 0xd8, 0xff, 0xd9]), 2, 2)).toBe("it holds no scan");
    expect(decodeJpegLs(new Uint8Array([0xff, 0xd8, 0, 0, 0, 0]), 2, 2)).toBe("a marker is missing");
  });
});
