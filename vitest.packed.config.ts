import { defineConfig } from "vitest/config";

/** Tries every package from its tarball, as a user gets it; apart from the unit tests because npm installs each into a project. */
export default defineConfig({
  test: {
    root: "tooling/checks",
    include: ["src/**/*.packed-test.ts"],
    testTimeout: 120_000,
    hookTimeout: 180_000,
    teardownTimeout: 10_000,
  },
});
