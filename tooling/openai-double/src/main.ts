import process from "node:process";
import { parseArgs } from "node:util";
import { callNamedTools } from "./call-named-tools.ts";
import { startOpenAIDouble } from "./start-openai-double.ts";

const { values } = parseArgs({ options: { port: { type: "string", default: "4010" } } });
const port = Number(values.port);
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  process.stderr.write(`--port ${values.port} is not a port; give a number from 0 to 65535.\n`);
  process.exit(2);
}

const double = await startOpenAIDouble({ port, rules: [callNamedTools] });
process.stdout.write(`${double.url}\n`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    // Closing frees the last handle, and the process ends by itself.
    void double.close();
  });
}
