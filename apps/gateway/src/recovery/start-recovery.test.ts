import {
  type AgentKit,
  AgentKitError,
  createAgentKit,
  createInMemoryEventLog,
  defineAgent,
  type EventLog,
  type RecoveredRun,
  type RecoverOptions,
} from "@agentkit/core";
import { scriptedModel, withAppend } from "@agentkit/core/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { type RecoveryOptions, startRecovery } from "./start-recovery.ts";

const agents = [defineAgent({ name: "guide", model: "scripted" })];
const model = scriptedModel(() => ({ text: "Hello!" }));

/** Begins a run in a process that dies while the model answers. */
async function leaveOrphan(log: EventLog, session: string): Promise<void> {
  let dead = false;
  const dying = withAppend(log, async (stream, events, options) => {
    if (dead) throw new AgentKitError("log_closed", "The process is gone.");
    dead = stream.startsWith("session-");
    return log.append(stream, events, options);
  });
  const kit = createAgentKit({ log: dying, model, agents });
  await expect(kit.run({ session, input: "hello" })).rejects.toMatchObject({ code: "log_closed" });
}

function start(options: Partial<RecoveryOptions> & Pick<RecoveryOptions, "kit">) {
  const told: RecoveredRun[] = [];
  const recovery = startRecovery({ olderThanMs: 0, everyMs: 1, onRun: (run) => told.push(run), ...options });
  onTestFinished(async () => recovery.close());
  return { recovery, told };
}

/** A kit whose looks find what they are told, one after the other, and then nothing. */
function kitThatFinds(...looks: readonly (RecoveredRun | AgentKitError)[]) {
  let count = 0;
  const recover = async ({ onRun }: RecoverOptions = {}): Promise<readonly RecoveredRun[]> => {
    const found = looks[count];
    count += 1;
    if (AgentKitError.is(found)) throw found;
    if (found === undefined) return [];
    onRun?.(found);
    return [found];
  };
  return { kit: { recover } satisfies Pick<AgentKit, "recover">, looks: () => count };
}

describe("startRecovery", () => {
  it("takes up what the process before left open, and later what others leave", async () => {
    const log = createInMemoryEventLog();
    await leaveOrphan(log, "a");
    const kit = createAgentKit({ log, model, agents });
    const { told } = start({ kit });
    await expect.poll(() => told).toMatchObject([{ session: "a", status: "resumed", result: { text: "Hello!" } }]);
    await leaveOrphan(log, "b");
    await expect.poll(() => told.length).toBe(2);
    expect(told[1]).toMatchObject({ session: "b", status: "resumed" });
  });

  it("says once that a run fails, until that has changed, and nothing of those that are left alone", async () => {
    const failed: RecoveredRun = {
      session: "a",
      status: "failed",
      error: new AgentKitError("agent_not_found", "No agent named 'guide' is configured."),
    };
    const alone: RecoveredRun = { session: "a", status: "left_alone", reason: "held" };
    const other: RecoveredRun = { ...failed, session: "b" };
    const { kit, looks } = kitThatFinds(failed, alone, failed, other);
    const { told } = start({ kit });
    await expect.poll(looks).toBeGreaterThan(4);
    expect(told).toEqual([failed, other]);
  });

  it("goes on when a look fails, and says why", async () => {
    const errors: unknown[] = [];
    const down = new AgentKitError("log_unavailable", "No answer.");
    const { kit, looks } = kitThatFinds(down);
    const { recovery } = start({ kit, onError: (error) => errors.push(error) });
    await expect.poll(looks).toBeGreaterThan(1);
    await recovery.close();
    expect(errors).toEqual([down]);
    const last = looks();
    await recovery.close();
    expect(looks()).toBe(last);
  });
});
