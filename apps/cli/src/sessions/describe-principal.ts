import type { Principal } from "@agentkit/core";
import { toOneLine } from "../terminal/plain-text.ts";

/** Who somebody is, as a record names them: `ada (support, auditor)`. */
export function describePrincipal({ user, tenant, roles }: Principal): string {
  const name = `${user ?? "nobody named"}${tenant === undefined ? "" : ` of ${tenant}`}`;
  return toOneLine(roles.length === 0 ? name : `${name} (${roles.join(", ")})`);
}

/** On whose behalf a run acts, to be put behind its agent; empty for nobody in particular. */
export function describeBehalf(principal: Principal | undefined): string {
  if (principal === undefined) return "";
  const { user, tenant, roles } = principal;
  const anonymous = user === undefined && tenant === undefined && roles.length === 0;
  return anonymous ? "" : `, for ${describePrincipal(principal)}`;
}

/** The roles of which an approver needs one. */
export function describeRoles(roles: readonly string[]): string {
  return roles.length === 0 ? "anybody" : roles.map(toOneLine).join(" or ");
}
