import { describe, expect, it } from "vitest";
import { command } from "../src/commands/predict.js";

const silent = { progress: () => {} };
const patient = JSON.stringify({ "t2-sir@follow-up-1": 1.6, "adc-mean@follow-up-1": 0.00098, nlr: 3.1 });

describe("livermark predict", () => {
  it("gives points of a disputed model without intercept, and says why no more", async () => {
    const found = await command.run(["mpmri-nomogram"], { input: patient }, silent);
    if (!found.ok) throw new Error(JSON.stringify(found.issues));
    expect(found.value.json).toMatchObject({ risk: null, riskClass: null, direction: "disputed", margins: "disagree" });
    expect(found.value.text).toContain("no intercept");
    expect(found.value.text).toContain("GREY ZONE");
  });

  it("gives the class of the reconstructed model only when overruled", async () => {
    const model = "mpmri-nomogram/reconstructed";
    const plain = await command.run([model], { input: patient }, silent);
    const overruled = await command.run([model], { input: patient, override: "disputed" }, silent);
    expect(plain.ok && plain.value.json).toMatchObject({ riskClass: null });
    expect(overruled.ok && overruled.value.json).toMatchObject({ riskClass: "high" });
  });

  it.each([
    [["nothing"], { input: patient }, "unknown-model"],
    [["mpmri-nomogram"], { input: "{" }, "not-json"],
    [["mpmri-nomogram"], { input: "[1]" }, "not-inputs"],
    [["mpmri-nomogram"], { input: "{}" }, "input-missing"],
    [["mpmri-nomogram"], {}, "usage"],
    [["mpmri-nomogram"], { input: patient, override: "all" }, "usage"],
    [["letb-tace/os"], { input: '{"grade": 9, "burden": 1, "letb-change": -40}' }, "outside-range"],
  ])("refuses %j with %j", async (positionals, values, code) => {
    const found = await command.run(positionals, values, silent);
    expect(found.ok).toBe(false);
    expect(found.issues[0]?.code).toBe(code);
  });
});
