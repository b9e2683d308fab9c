import { createHmac } from "node:crypto";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { createKeyedHash } from "./keyed-hash.ts";

it("is HMAC-SHA-256, whatever the length of the key", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 150 }), fc.uint8Array({ maxLength: 200 }), (key, message) => {
      const expected = createHmac("sha256", key).update(message).digest("hex");
      expect(createKeyedHash(key)(message)).toBe(expected);
    }),
    { seed: 1 },
  );
});
