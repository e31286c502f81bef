import { zlibSync } from "fflate";

const crcTable = /* @__PURE__ */ Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

function crc32(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (const byte of bytes) c = crcTable[(c ^ byte) & 0xff]! ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const out = new Uint8Array(data.length + 12);
  const view = new DataView(out.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) out[4 + i] = type.charCodeAt(i);
  out.set(data, 8);
  view.setUint32(8 + data.length, crc32(out.subarray(4, 8 + data.length)));
  return out;
}

/**
 * 8-bit grey (`pixels` of rows × columns) or RGBA (four times as many) as PNG, always the same bytes.
 * Throws when the number of values does not fit. PNG specification, W3C 2003.
 */
export function encodePng(columns: number, rows: number, pixels: Uint8Array): Uint8Array {
  const channels = pixels.length / (columns * rows);
  if (channels !== 1 && channels !== 4) throw new Error(`${pixels.length} values do not fit ${columns} × ${rows}`);
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, columns);
  view.setUint32(4, rows);
  header[8] = 8;
  header[9] = channels === 1 ? 0 : 6;
  const stride = columns * channels;
  const raw = new Uint8Array(rows * (stride + 1));
  for (let row = 0; row < rows; row++)
    raw.set(pixels.subarray(row * stride, (row + 1) * stride), row * (stride + 1) + 1);
  const parts = [
    Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", zlibSync(raw, { level: 9 })),
    chunk("IEND", new Uint8Array(0)),
  ];
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

const SIGNATURE_AND_HEADER = 8 + 25;

/** The same PNG with its resolution stated (chunk pHYs, in pixels per metre). */
export function withDensity(png: Uint8Array, dpi: number): Uint8Array {
  const size = new Uint8Array(9);
  const view = new DataView(size.buffer);
  const perMetre = Math.round(dpi / 0.0254);
  view.setUint32(0, perMetre);
  view.setUint32(4, perMetre);
  size[8] = 1;
  const added = chunk("pHYs", size);
  const out = new Uint8Array(png.length + added.length);
  out.set(png.subarray(0, SIGNATURE_AND_HEADER));
  out.set(added, SIGNATURE_AND_HEADER);
  out.set(png.subarray(SIGNATURE_AND_HEADER), SIGNATURE_AND_HEADER + added.length);
  return out;
}

/** Bytes as base64. */
export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
}

/** Bytes of a base64 text. */
export const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
