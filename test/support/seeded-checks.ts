import fc from "../../node_modules/fast-check/lib/fast-check.js";

/** What `import fc from "fast-check"` means in tests: `npm test` draws the same cases every time, the full size new ones. */
if (process.env.LIVERMARK_FULL !== "1") fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: 20261122 });

export default fc;
