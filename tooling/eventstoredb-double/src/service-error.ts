import { Metadata, type ServerErrorResponse, status } from "@grpc/grpc-js";
import type { Fault } from "./faults.ts";

/** An error as the server ends a call with it: its kind stands in the trailer `exception`, its details in others. */
export function toServiceError(
  code: status,
  details: string,
  trailers: Readonly<Record<string, string>> = {},
): ServerErrorResponse {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(trailers)) metadata.set(name, value);
  return Object.assign(new Error(details), { code, details, metadata });
}

/** The error of a fault that answers, or nothing. */
export function faultError(fault: Fault | undefined): ServerErrorResponse | undefined {
  if (fault?.how === "refuse") return toServiceError(status.UNAVAILABLE, "Server Is Not Ready");
  if (fault?.how === "deny") return toServiceError(status.UNAUTHENTICATED, "Unauthenticated");
  if (fault?.how !== "notLeader") return undefined;
  return toServiceError(status.NOT_FOUND, "Leader info available", {
    exception: "not-leader",
    "leader-endpoint-host": fault.host,
    "leader-endpoint-port": String(fault.port),
  });
}

/** What a call on a stream with a tombstone gets. */
export function streamDeleted(stream: string): ServerErrorResponse {
  const trailers = { exception: "stream-deleted", "stream-name": stream };
  return toServiceError(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, trailers);
}
