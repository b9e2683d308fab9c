import { createTerminal, runCli } from "./index.ts";

// Each command listens to signals of its own.
process.setMaxListeners(0);

// Runs command lines one after the other in one process, which saves a start for each: for tests whose point is not the process.
process.on("message", (order: { readonly directory: string; readonly variables: object; readonly words: string[] }) => {
  void run(order).then((result) => process.send?.(result));
});

async function run({ directory, variables, words }: { directory: string; variables: object; words: string[] }) {
  process.chdir(directory);
  const before = { ...process.env };
  Object.assign(process.env, variables);
  let stdout = "";
  let stderr = "";
  const terminal = createTerminal({
    stdout: { write: (text: string | Uint8Array) => ((stdout += String(text)), true) },
    stderr: { write: (text: string | Uint8Array) => ((stderr += String(text)), true) },
    color: false,
  });
  const code = await runCli(words, terminal);
  process.env = before;
  return { code, stdout, stderr };
}
