import type { MessageInitShape } from "@bufbuild/protobuf";
import type { CallOptions } from "@connectrpc/connect";

import type { Reverie } from "./client.js";
import {
  type EndSessionRequestSchema,
  type EndSessionResponse,
  type Entry,
  type EntrySchema,
  type RecallRequestSchema,
  type RecallResponse,
  Role,
  type Session as SessionInfo,
} from "./gen/v1.js";
import { items } from "./pages.js";

/** What a session fills in itself. */
type Ids = "userId" | "personaId" | "sessionId" | "$typeName" | "$unknown";
type Rest<T> = Omit<T, Ids>;

/**
 * One conversation or call of a user with a persona; it carries their ids. The server archives a
 * session itself when it has been idle for long enough, but `end` does it at once.
 */
export class Session {
  constructor(
    private readonly reverie: Reverie,
    /** The session as it was when the handle was made. */
    readonly info: SessionInfo,
  ) {}

  /** The user says something; gives the entry's id. */
  say(content: string, options?: CallOptions): Promise<string> {
    return this.#appendOne(Role.USER, content, options);
  }

  /** The persona says something; gives the entry's id. */
  reply(content: string, options?: CallOptions): Promise<string> {
    return this.#appendOne(Role.ASSISTANT, content, options);
  }

  /** Notes something that nobody said; gives the entry's id. */
  note(content: string, options?: CallOptions): Promise<string> {
    return this.#appendOne(Role.NOTE, content, options);
  }

  /** Appends entries, all or none; gives their ids in order. */
  async append(
    entries: MessageInitShape<typeof EntrySchema>[],
    options?: CallOptions,
  ): Promise<string[]> {
    const request = { ...this.#ids, entries };
    return (await this.reverie.working.appendEntries(request, options)).entryIds;
  }

  /** All entries, of all timelines, oldest first, fetched page by page. */
  entries(options?: CallOptions): AsyncGenerator<Entry, void, undefined> {
    const { working } = this.reverie;
    return items(working.listEntries, this.#ids, (page) => page.entries, options);
  }

  /** What fits of all that the persona may know of the user, with this session as context. */
  recall(
    query: string,
    conditions: Rest<MessageInitShape<typeof RecallRequestSchema>> = {},
    options?: CallOptions,
  ): Promise<RecallResponse> {
    return this.reverie.memories.recall({ ...conditions, ...this.#ids, query }, options);
  }

  /** Ends it, which makes an episode of it. What is supplied is kept as given. */
  end(
    supplied: Rest<MessageInitShape<typeof EndSessionRequestSchema>> = {},
    options?: CallOptions,
  ): Promise<EndSessionResponse> {
    return this.reverie.working.endSession({ ...supplied, ...this.#ids }, options);
  }

  get #ids(): { userId: string; personaId: string; sessionId: string } {
    const { userId, personaId, sessionId } = this.info;
    return { userId, personaId, sessionId };
  }

  async #appendOne(role: Role, content: string, options?: CallOptions): Promise<string> {
    const [entryId] = await this.append([{ role, content }], options);
    return entryId!;
  }
}
