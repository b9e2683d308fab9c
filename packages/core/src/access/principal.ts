import { z } from "zod";
import { identifierSchema } from "../events/schemas.ts";

/**
 * On whose behalf a run acts. It is given when the run starts, recorded with it, and goes along unchanged into every
 * handoff and every run of another agent: nothing that is said in a conversation can change it.
 */
export type Principal = {
  // A type and not an interface, so that it is JSON to the compiler.
  readonly user?: string | undefined;
  readonly tenant?: string | undefined;
  readonly roles: readonly string[];
};

/** Schema of a {@link Principal}: names of 1 to 200 characters, at most 100 roles. */
export const principalSchema: z.ZodType<Principal> = z.strictObject({
  user: identifierSchema.optional(),
  tenant: identifierSchema.optional(),
  roles: z.array(identifierSchema).max(100).readonly(),
});

/** A principal as it is recorded; `undefined` for a value that is none. */
export function parsePrincipal(value: unknown): Principal | undefined {
  const parsed = principalSchema.safeParse(value);
  if (!parsed.success) return undefined;
  const { user, tenant, roles } = parsed.data;
  return { ...(user !== undefined && { user }), ...(tenant !== undefined && { tenant }), roles };
}

/** Nobody in particular: no user, no tenant, no role. */
export const anonymous: Principal = { roles: [] };
