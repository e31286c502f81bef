#!/usr/bin/env node
import { livermark } from "./program.js";

/** Waits until a pipe has taken everything: large JSON would be cut off by an early exit. */
const print = (text: string): Promise<void> =>
  new Promise((resolve, reject) => process.stdout.write(text, (error) => (error ? reject(error) : resolve())));

// A reader such as `head` that closes the pipe early has what it wanted.
process.stdout.on("error", (error: Error & { code?: string }) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

process.exitCode = await livermark(process.argv.slice(2), {
  out: print,
  err: (text) => process.stderr.write(text),
  watched: process.stderr.isTTY === true,
});
