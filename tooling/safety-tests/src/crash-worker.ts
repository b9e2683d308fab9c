import { mailAgents, mailModel, request } from "./mail-story.ts";
import { openScene } from "./scene.ts";

// Runs the story in the directory that it is told, and is killed while the mail is being sent.
const [, , directory = ""] = process.argv;
const agents = mailAgents(() => process.kill(process.pid, "SIGKILL"));
const { kit } = openScene({ directory, agents, model: mailModel() });
await kit.run({ session: "s", input: request });
