import { parseSettings, parseTools } from "../model/definition-schemas.ts";
import type { ModelRequest } from "../model/model.ts";
import type { EventData } from "../events/catalogue.ts";
import type { ContentStore } from "../run/content-store.ts";
import { itemsWithin, toModelRequest } from "../session/model-request.ts";
import type { ContextRange } from "../session/model-request.ts";
import type { SessionState } from "../session/session-state.ts";

/**
 * Rebuilds the request of a recorded model call from the log alone: its input from the events it refers to, the rest from
 * the contents it names by hash. Its hash must be the recorded one; otherwise the log was changed.
 *
 * @throws AgentKitError `content_not_found`, `log_corrupt`
 */
export async function rebuildRequest(
  started: EventData<"ModelCallStarted">,
  context: { readonly state: SessionState; readonly range: ContextRange },
  contents: ContentStore,
): Promise<ModelRequest> {
  const { instructions, tools, settings } = started;
  const definition = {
    model: started.model,
    instructions: instructions && (await contents.load(instructions)),
    tools: tools === undefined ? [] : parseTools(await contents.load(tools)),
    settings: settings === undefined ? {} : parseSettings(await contents.load(settings)),
  };
  return toModelRequest(definition, itemsWithin(context.state, context.range));
}
