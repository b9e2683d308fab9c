/**
 * Obtains the keys of many subjects and puts an entry for each: `use-vault <directory> <name>`. Prints the keys in hexadecimal, one
 * a line, and kills itself without closing anything.
 */
import { join } from "node:path";
import { createSqliteSubjectKeys } from "./sqlite-subject-keys.ts";
import { createSqliteVaultStore } from "./sqlite-vault-store.ts";

const [directory = "", name = ""] = process.argv.slice(2);
const keys = createSqliteSubjectKeys({ path: join(directory, "keys.sqlite") });
const store = createSqliteVaultStore({ path: join(directory, "vault.sqlite") });
const lines: string[] = [];
for (let index = 0; index < 50; index += 1) {
  const subject = `subject-${index}`;
  lines.push(Buffer.from(await keys.obtain(subject)).toString("hex"));
  await store.put([{ session: name, placeholder: `[[${index}]]`, subject, category: "pii.email", sealed: "c2VhbGVk" }]);
}
process.stdout.write(`${lines.join("\n")}\n`, () => process.kill(process.pid, "SIGKILL"));
