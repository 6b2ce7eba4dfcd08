/** A web chat handler: remembers what was said, and hands a model what is known of the user. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";

import { Code, type Reverie, ReverieError, type Session } from "../src/index.js";
import type { ChatMessage } from "../src/v1.js";

/** Whatever answers: a language model behind your own function. */
export type Model = (messages: readonly ChatMessage[]) => Promise<string>;

/** Answers `POST /chat/<user>` with what the model makes of the text in the body. */
export function chatHandler(
  reverie: Reverie,
  personaId: string,
  model: Model,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const sessions = new Map<string, Promise<Session>>();

  async function sessionOf(userId: string): Promise<Session> {
    const open = sessions.get(userId) ?? reverie.startSession(userId, personaId);
    sessions.set(userId, open);
    return open;
  }

  async function answer(userId: string, said: string): Promise<string> {
    const session = await sessionOf(userId);
    await session.say(said);
    const { messages } = await reverie.prompts.composeMessages({
      userId,
      personaId,
      sessionId: session.info.sessionId,
      topic: said,
      tokenBudget: 1500,
      recentEntries: 20,
    });
    const reply = await model(messages);
    await session.reply(reply);
    return reply;
  }

  return async (request, response) => {
    const userId = decodeURIComponent(request.url?.split("/")[2] ?? "");
    try {
      response.end(await answer(userId, await text(request)));
    } catch (failure) {
      sessions.delete(userId); // it may have ended: the next message starts another
      const refused = failure instanceof ReverieError && failure.code === Code.InvalidArgument;
      response.statusCode = refused ? 400 : 503;
      response.end(refused ? failure.fields.map(({ field }) => field).join(", ") : "Try again.");
    }
  };
}
