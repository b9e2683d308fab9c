import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { defineTool, type Tool } from "@agentkit/core";
import { z } from "zod";

const title = z.string().min(1).max(60).describe("Short, such as 'shopping'.");

/** Tools that keep notes as text files in a directory, which is made with the first note. */
export function createNoteTools(directory: string): readonly Tool[] {
  // A file's name is the title in percent signs, so that no title leaves the directory and every title can be read back.
  const pathOf = (name: string): string => join(directory, `${encodeURIComponent(name).replaceAll("*", "%2A")}.txt`);

  const saveNote = defineTool({
    name: "save_note",
    description: "Keeps a note under a title. A note of the same title is replaced.",
    input: z.object({ title, text: z.string().max(10_000) }),
    // The same note under the same title again changes nothing.
    sideEffects: "idempotent",
    run: async ({ title: name, text }, { idempotencyKey }) => {
      await mkdir(directory, { recursive: true });
      const draft = join(directory, `.${idempotencyKey}.draft`);
      await writeFile(draft, text);
      await rename(draft, pathOf(name));
      return `Saved the note '${name}'.`;
    },
  });

  const listNotes = defineTool({
    name: "list_notes",
    description: "Lists the titles of the notes.",
    input: z.object({}),
    sideEffects: "none",
    run: async () => {
      const files = (await readOrNothing(() => readdir(directory))) ?? [];
      const titles = files.filter((file) => file.endsWith(".txt")).map((file) => decodeURIComponent(file.slice(0, -4)));
      return titles.length === 0 ? "There are no notes." : titles.toSorted().join("\n");
    },
  });

  const readNote = defineTool({
    name: "read_note",
    description: "Reads the note of a title.",
    input: z.object({ title }),
    sideEffects: "none",
    run: async ({ title: name }) => {
      const text = await readOrNothing(() => readFile(pathOf(name), "utf8"));
      return text ?? `There is no note '${name}'.`;
    },
  });

  const deleteNote = defineTool({
    name: "delete_note",
    description: "Deletes the note of a title for good. A person has to approve it first.",
    input: z.object({ title }),
    sideEffects: "idempotent",
    approval: "always",
    run: async ({ title: name }) => {
      await rm(pathOf(name), { force: true });
      return `Deleted the note '${name}'.`;
    },
  });

  return [saveNote, listNotes, readNote, deleteNote];
}

async function readOrNothing<Value>(read: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
