import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { signalGroup } from "../mcp/process-group.ts";

/**
 * A child that leads a process group, and what it started. On Linux that is also what left the group: it is known by its
 * parents, or by a mark in the environment it inherited. Out of reach is a process that gave up all three: group, parent and
 * environment. On other systems it is the group alone, on Windows the child alone.
 */
export class ProcessTree {
  readonly #child: ChildProcess;
  readonly #mark: string;
  readonly #started: number;
  /** Start times by process id: what was found once is known again when its parent is gone, and its id not taken for another's. */
  readonly #known = new Map<number, number>();

  /** Made right after the child was spawned. `mark` is an entry of its environment that no other process has. */
  constructor(child: ChildProcess, mark: string) {
    this.#child = child;
    this.#mark = mark;
    this.#started = (child.pid === undefined ? undefined : readProcess(child.pid))?.started ?? 0;
  }

  /** Signals every process of the tree that is still there, and tells how many there were. */
  async signal(signal: "SIGTERM" | "SIGKILL"): Promise<number> {
    // Who belongs is looked up first: a parent that the signal ends takes with it what shows whose child another one is.
    const members = process.platform === "linux" && this.#child.pid !== undefined ? await this.#findAll() : [];
    signalGroup(this.#child, signal);
    for (const { pid } of members) signalProcess(pid, signal);
    return members.length;
  }

  /** Kills the tree, again until a look finds nobody: a process may fork while it is looked for. */
  async kill(): Promise<void> {
    for (let round = 0; round < 20; round += 1) {
      if ((await this.signal("SIGKILL")) === 0) return;
      await sleep(5 * (round + 1));
    }
  }

  /** Looks until a look finds nobody new, a few times at most: what forks without end is met by `kill`. */
  async #findAll(): Promise<readonly ProcessInfo[]> {
    let members = await this.#find();
    for (let look = 1; look < 5 && members.length > 0; look += 1) {
      const known = this.#known.size;
      members = await this.#find();
      if (this.#known.size === known) break;
    }
    return members;
  }

  async #find(): Promise<readonly ProcessInfo[]> {
    const processes = await readProcesses(this.#started);
    const members = new Map<number, ProcessInfo>();
    for (const info of processes) {
      const known = this.#known.get(info.pid) === info.started || info.group === this.#child.pid;
      if (known || this.#isMarked(info.pid)) members.set(info.pid, info);
    }
    // In rounds, because a parent need not come before its child.
    for (let size = -1; size !== members.size;) {
      size = members.size;
      for (const info of processes) if (members.has(info.parent)) members.set(info.pid, info);
    }
    for (const { pid, started } of members.values()) this.#known.set(pid, started);
    return [...members.values()].filter(({ state }) => state !== "Z" && state !== "X");
  }

  #isMarked(pid: number): boolean {
    try {
      return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(this.#mark);
    } catch {
      // Gone already, or somebody else's.
      return false;
    }
  }
}

interface ProcessInfo {
  readonly pid: number;
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  /** Ticks since the machine started. */
  readonly started: number;
}

/** The processes that started at a time or later. */
async function readProcesses(since: number): Promise<readonly ProcessInfo[]> {
  const found: ProcessInfo[] = [];
  // Where /proc is not mounted, the group is all that can be reached.
  const names = await readdir("/proc").catch(() => []);
  const pids = names.map(Number).filter((pid) => pid > 0 && pid !== process.pid);
  for (const [index, pid] of pids.entries()) {
    // A file of /proc is read in microseconds, far less than a turn of the thread pool takes; others get their turn in between.
    if (index % 100 === 99) await setImmediate();
    const info = readProcess(pid);
    if (info !== undefined && info.started >= since) found.push(info);
  }
  return found;
}

function readProcess(pid: number): ProcessInfo | undefined {
  try {
    return parseStat(pid, readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return undefined;
  }
}

/** @see proc_pid_stat(5). The second field is a name in parentheses, in which anything may stand. */
function parseStat(pid: number, text: string): ProcessInfo {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state = "", parent, group] = fields;
  return { pid, state, parent: Number(parent), group: Number(group), started: Number(fields[19]) };
}

function signalProcess(pid: number, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself.
  }
}
