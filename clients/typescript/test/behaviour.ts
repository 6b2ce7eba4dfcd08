/** Plays the scenarios of clients/behaviour through this client; the README there says how. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import {
  create,
  type DescMessage,
  type DescMethod,
  type DescMethodUnary,
  type DescService,
  fromJson,
  type JsonValue,
  type Message,
  toJson,
} from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";

import * as v1 from "../src/v1.js";
import { items, Reverie, ReverieError, type Session } from "../src/index.js";
import { captured, type Json, type JsonObject, mismatch, substituted } from "./matching.js";

interface Step extends JsonObject {
  readonly expect?: Json;
  readonly capture?: Readonly<Record<string, string>>;
  readonly error?: Json;
  readonly timeout?: number;
  readonly rounds?: number;
}

interface Scenario {
  readonly name: string;
  readonly server?: string;
  readonly steps: readonly Step[];
}

type Call = (request: Message, options?: { timeoutMs?: number }) => Promise<Message>;

type Download = (request: Message, options?: { timeoutMs?: number }) => AsyncIterable<Message>;
type Upload = (requests: AsyncIterable<Message>, options?: { timeoutMs?: number }) => Promise<Message>;

/** One scenario, being played. */
class Player {
  readonly #variables = new Map<string, string>();
  #session: Session | undefined;

  constructor(private readonly reverie: Reverie) {}

  /** One step, as often as it says; what is wrong with it, or nothing. */
  async play(step: Step): Promise<string> {
    for (let round = 0; round < (step.rounds ?? 1); round++) {
      const wrong = await this.#playOnce(step);
      if (wrong !== "") {
        return wrong;
      }
    }
    return "";
  }

  async #playOnce(given: Step): Promise<string> {
    const step = "load" in given ? given : (substituted(given, this.#variables) as Step);
    let answer: Json;
    try {
      answer = await this.#answer(step);
    } catch (failure) {
      if (!(failure instanceof ReverieError)) {
        throw failure;
      }
      return wrongError(step.error, failure);
    }
    if (step.error !== undefined) {
      return `succeeded with ${JSON.stringify(answer)}`;
    }
    const wrong = step.expect === undefined ? "" : mismatch(step.expect, answer);
    for (const [name, path] of Object.entries(wrong ? {} : (step.capture ?? {}))) {
      this.#variables.set(name, captured(answer, path));
    }
    return wrong;
  }

  async #answer(step: Step): Promise<Json> {
    const options = step.timeout === undefined ? {} : { timeoutMs: step.timeout * 1000 };
    if ("call" in step) {
      const { method, call } = this.#rpc(step.call as string);
      return asJson(method.output, await call(requestOf(method, step.request), options));
    }
    if ("collect" in step) {
      return this.#collect(step, options);
    }
    if ("download" in step) {
      return this.#download(step, options);
    }
    if ("upload" in step) {
      return this.#upload(step, options);
    }
    if ("session" in step) {
      return this.#withSession(step);
    }
    return "load" in step ? this.#load(step, options) : restart();
  }

  #rpc(name: string): { method: DescMethodUnary; call: Call } {
    const { method, client } = this.#found(name);
    return { method: method as DescMethodUnary, call: client[method.localName] as Call };
  }

  /** A method, and the service of the client that has it. */
  #found(name: string): { method: DescMethod; client: Record<string, unknown> } {
    const [serviceName, methodName] = name.split("/") as [keyof typeof v1, string];
    const service = v1[serviceName] as unknown as DescService;
    const method = service.methods.find((each) => each.name === methodName)!;
    const clients = Object.values(this.reverie) as Record<string, unknown>[];
    return { method, client: clients.find((each) => isOf(each, service))! };
  }

  async #collect(step: Step, options: { timeoutMs?: number }): Promise<Json> {
    const { method, call } = this.#rpc(step.collect as string);
    const field = method.output.fields.find((each) => each.fieldKind === "list")!;
    const all: Json[] = [];
    const found = items(
      call as unknown as (request: object) => Promise<Message & { nextPageToken: string }>,
      requestOf(method, step.request),
      (page) => (page as unknown as Record<string, Message[]>)[field.localName]!,
      options,
    );
    for await (const item of found) {
      all.push(asJson(field.message!, item));
    }
    return all;
  }

  /** All that a method answers with as a stream. */
  async #download(step: Step, options: { timeoutMs?: number }): Promise<Json> {
    const { method, client } = this.#found(step.download as string);
    const call = client[method.localName] as Download;
    const all: Json[] = [];
    for await (const answer of call(requestOf(method, step.request), options)) {
      all.push(asJson(method.output, answer));
    }
    return all;
  }

  /** What a method answers that these are streamed to. */
  async #upload(step: Step, options: { timeoutMs?: number }): Promise<Json> {
    const { method, client } = this.#found(step.upload as string);
    const call = client[method.localName] as Upload;
    const given = (step.requests as Json[]).map((fields) => requestOf(method, fields));
    async function* requests(): AsyncGenerator<Message> {
      for (let time = 0; time < ((step.times as number | undefined) ?? 1); time++) {
        yield* given;
      }
    }
    return asJson(method.output, await call(requests(), options));
  }

  async #withSession(step: Step): Promise<Json> {
    const content = step.content as string;
    if (step.session === "start") {
      const ids = [step.user_id, step.persona_id] as [string, string];
      this.#session = await this.reverie.startSession(...ids);
      return asJson(v1.SessionSchema, this.#session.info);
    }
    const session = this.#session!;
    switch (step.session) {
      case "say":
      case "reply":
      case "note":
        return session[step.session](content);
      case "entries": {
        const all: Json[] = [];
        for await (const entry of session.entries()) {
          all.push(asJson(v1.EntrySchema, entry));
        }
        return all;
      }
      case "recall":
        return asJson(v1.RecallResponseSchema, await session.recall(step.query as string));
      default:
        return asJson(v1.EndSessionResponseSchema, await session.end());
    }
  }

  async #load(step: Step, options: { timeoutMs?: number }): Promise<Json> {
    const { method, call } = this.#rpc(step.load as string);
    let number = 0;
    let done = 0;
    let restarted: Promise<void> | undefined;
    const caller = async (): Promise<void> => {
      while (number < (step.times as number)) {
        const variables = new Map([...this.#variables, ["number", String(number++)] as const]);
        await call(requestOf(method, substituted(step.request, variables)), options);
        if (++done === step.restart_after) {
          restarted = restart();
        }
      }
    };
    await Promise.all(Array.from({ length: step.in_flight as number }, caller));
    await restarted;
    return undefined;
  }
}

function isOf(client: object, service: DescService): boolean {
  return service.methods.every((method) => method.localName in client);
}

function requestOf(method: DescMethod, fields: Json): Message {
  return fields === undefined
    ? create(method.input)
    : fromJson(method.input, fields as JsonValue);
}

function asJson(schema: DescMessage, message: Message): Json {
  return toJson(schema, message, { useProtoFieldName: true });
}

function wrongError(expected: Json, failure: ReverieError): string {
  if (expected === undefined) {
    return `failed: ${failure}`;
  }
  const actual = {
    code: Code[failure.code]!.replace(/(?<!^)(?=[A-Z])/g, "_").toUpperCase(),
    reason: failure.reason,
    fields: failure.fields.map(({ field }) => field),
    retry_delay: failure.retryDelayMs && failure.retryDelayMs / 1000,
    incident_id: failure.incidentId,
    metadata: failure.metadata,
  };
  return mismatch(expected, actual, "error");
}

async function restart(): Promise<void> {
  const answer = await fetch(`${process.env.BEHAVIOUR_CONTROL}/restart`, { method: "POST" });
  if (!answer.ok) {
    throw new Error(`restart: ${answer.status}`);
  }
}

async function run(scenario: Scenario): Promise<Record<string, Json>> {
  const kind = scenario.server === "peer" ? "PEER" : "SERVER";
  const workspace = `typescript-${crypto.randomUUID()}`;
  const reverie = new Reverie(process.env[`BEHAVIOUR_${kind}`], { workspace });
  try {
    const player = new Player(reverie);
    for (const [step, each] of scenario.steps.entries()) {
      const why = await player.play(each);
      if (why !== "") {
        return { scenario: scenario.name, passed: false, step, why };
      }
    }
    return { scenario: scenario.name, passed: true };
  } finally {
    reverie.close();
  }
}

const folder = process.env.BEHAVIOUR_SCENARIOS!;
for (const file of readdirSync(folder).sort()) {
  const result = await run(JSON.parse(readFileSync(join(folder, file), "utf8")) as Scenario);
  console.log(JSON.stringify(result));
  process.exitCode = result.passed ? process.exitCode : 1;
}
