import process from "node:process";
import { parseArgs } from "node:util";
import { startEventStoreDBDouble } from "./start-eventstoredb-double.ts";

const { values } = parseArgs({ options: { port: { type: "string", default: "2113" } } });
const port = Number(values.port);
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  process.stderr.write(`--port ${values.port} is not a port; give a number from 0 to 65535.\n`);
  process.exit(2);
}

const double = await startEventStoreDBDouble({ port });
process.stdout.write(`${double.connectionString}\n`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    // Closing frees the last handle, and the process ends by itself.
    void double.close();
  });
}
