import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "testkit";
import { describe, expect, it } from "vitest";

/** Every source file of the rooms and of the command line. */
const sources = ["packages", "apps"].flatMap((floor) =>
  readdirSync(join(repositoryRoot, floor)).flatMap((room) =>
    readdirSync(join(repositoryRoot, floor, room, "src"), { recursive: true, encoding: "utf8" })
      .filter((file) => /\.tsx?$/.test(file))
      .map((file) => join(floor, room, "src", file)),
  ),
);

describe("local by default", () => {
  it("no source file can reach the network: patient data stay where they are", () => {
    expect(sources.length).toBeGreaterThan(500);
    const reaching = sources.filter((file) => {
      const text = readFileSync(join(repositoryRoot, file), "utf8");
      return /["'](node:)?(http|https|http2|net|tls|dgram|dns|undici|ws)["']|\bfetch\(|XMLHttpRequest|new WebSocket|sendBeacon|EventSource/.test(
        text,
      );
    });
    expect(reaching).toEqual([]);
  });
});
