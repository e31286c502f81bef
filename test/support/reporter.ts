import type { Reporter, TestModule } from "vitest/node";

/** Ends the run with what was skipped, by name and reason, and one plain line of counts. */
export default class PlainSummary implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>, errors: ReadonlyArray<unknown>): void {
    let passed = 0;
    let failed = errors.length;
    let skipped = 0;
    const reasons = new Set<string>();
    for (const module of modules) {
      if (module.errors().length > 0) failed += module.errors().length;
      for (const test of module.children.allTests()) {
        const state = test.result().state;
        if (state === "passed") passed++;
        else if (state === "failed") failed++;
        else {
          skipped++;
          const suite = test.parent.type === "suite" ? test.parent.fullName : test.fullName;
          reasons.add(`${module.relativeModuleId}: ${suite}`);
        }
      }
    }
    for (const reason of [...reasons].sort()) console.log(`skipped  ${reason}`);
    console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  }
}
