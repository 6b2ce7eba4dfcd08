import { setTimeout as sleep } from "node:timers/promises";

import type { DescMessage, DescMethodStreaming, DescMethodUnary, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { create, toBinary } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import {
  Code,
  ConnectError,
  type ContextValues,
  type StreamResponse,
  type Transport,
  type UnaryResponse,
} from "@connectrpc/connect";

import { isOfConnection, ReverieError, typedError } from "./errors.js";
import { serviceConfig } from "./gen/service_config.js";
import { UserService } from "./gen/v1.js";
import { Outgoing } from "./outgoing.js";
import { Revisions } from "./revisions.js";

const POLICY = serviceConfig.methodConfig[0].retryPolicy;
const FIRST_PAUSE_MS = 1000 * Number.parseFloat(POLICY.initialBackoff);
const LONGEST_PAUSE_MS = 1000 * Number.parseFloat(POLICY.maxBackoff);
const RETRYABLE: ReadonlySet<Code> = new Set(
  POLICY.retryableStatusCodes.map((name) => ({ UNAVAILABLE: Code.Unavailable, CANCELLED: Code.Canceled })[name]),
);

type HeadersInit = ConstructorParameters<typeof Headers>[0];

/** Fields that messages of many types have. */
interface Fields {
  userId?: string;
  requestId?: string;
  minRevision?: bigint;
  revision?: bigint;
}

/** What every call of a client goes through, over the transport that carries it. */
export class Calls implements Transport {
  readonly #revisions = new Revisions();

  constructor(
    private readonly inner: Transport,
    private readonly address: string,
    private readonly headers: readonly (readonly [string, string])[],
    private readonly timeoutMs: number,
  ) {}

  async unary<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    signal: AbortSignal | undefined,
    timeoutMs: number | undefined,
    header: HeadersInit | undefined,
    input: MessageInitShape<I>,
    contextValues?: ContextValues,
  ): Promise<UnaryResponse<I, O>> {
    // The caller's own message is not changed.
    const request = Object.assign(create(method.input), create(method.input, input)) as Fields;
    if ("requestId" in method.input.field && !request.requestId) {
      request.requestId = crypto.randomUUID();
    }
    let filled = 0n;
    if ("minRevision" in method.input.field && !request.minRevision) {
      filled = this.#revisions.of(request.userId ?? "");
      request.minRevision = filled;
    }
    const deadline = Date.now() + (timeoutMs ?? this.timeoutMs);
    const send = (): Promise<UnaryResponse<I, O>> =>
      this.#tried(
        (remaining) =>
          this.inner.unary(
            method,
            signal,
            remaining,
            this.#withHeaders(header),
            request as MessageInitShape<I>,
            contextValues,
          ),
        deadline,
        signal,
        request.requestId ?? "",
      );
    let response: UnaryResponse<I, O>;
    try {
      response = await send();
    } catch (failure) {
      if (!filled || !(failure instanceof ReverieError) || failure.reason !== "REVISION_UNKNOWN") {
        throw failure;
      }
      // The server has lost what we saw: it was restored from before. What we remember is of a past
      // that is gone, and the caller never asked for it.
      this.#revisions.forget(request.userId ?? "", filled);
      request.minRevision = 0n;
      response = await send();
    }
    this.#remember(method, request, response.message as Fields);
    return response;
  }

  async stream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodStreaming<I, O>,
    signal: AbortSignal | undefined,
    timeoutMs: number | undefined,
    header: HeadersInit | undefined,
    input: AsyncIterable<MessageInitShape<I>>,
    contextValues?: ContextValues,
  ): Promise<StreamResponse<I, O>> {
    const { address } = this;
    const outgoing = new Outgoing(input, (message) => {
      return toBinary(method.input, create(method.input, message)).length;
    });
    let opened: StreamResponse<I, O>;
    try {
      // Until the first answer has come: what has been answered is not answered again.
      opened = await this.#tried(
        (remaining) =>
          this.inner.stream(
            method,
            signal,
            remaining,
            this.#withHeaders(header),
            outgoing.messages(),
            contextValues,
          ),
        timeoutMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + timeoutMs,
        signal,
        "",
        outgoing,
      );
    } catch (failure) {
      outgoing.end();
      throw failure;
    }
    async function* typed(): AsyncGenerator<MessageShape<O>, void, undefined> {
      try {
        yield* opened.message;
      } catch (failure) {
        throw typedError(ConnectError.from(failure), address, "");
      } finally {
        outgoing.end();
      }
    }
    const message = typed();
    // A generator that has not been started does not get to its `finally`.
    const unstarted = message.return.bind(message);
    message.return = (value) => {
      outgoing.end();
      return unstarted(value);
    };
    return { ...opened, message };
  }

  /**
   * Tries until it succeeds, fails for good, or is late. A server that refuses is asked as often as
   * the service config says; one that cannot be reached is waited for. Of a stream that was begun
   * to be sent every try counts, however it fails; and one without a deadline waits as long as a
   * unary call does, each time.
   */
  async #tried<T>(
    send: (remainingMs: number | undefined) => Promise<T>,
    deadline: number,
    signal: AbortSignal | undefined,
    requestId: string,
    outgoing?: Pick<Outgoing<unknown>, "canBeSentAgain" | "tries">,
  ): Promise<T> {
    const isSpent = (): boolean => outgoing !== undefined && !outgoing.canBeSentAgain;
    let pause = FIRST_PAUSE_MS;
    let waitingSince = Date.now();
    for (let attempt = 1; ; ) {
      const begun = outgoing?.tries;
      const remaining = deadline - Date.now();
      let failure: ConnectError;
      try {
        if (remaining <= 0) {
          throw new ConnectError("out of time", Code.DeadlineExceeded);
        }
        return await send(Number.isFinite(remaining) ? remaining : undefined);
      } catch (error) {
        failure = ConnectError.from(error);
      }
      const isBroken = isOfConnection(failure);
      const waits = isBroken && outgoing?.tries === begun;
      const isFinal = waits
        ? deadline === Number.POSITIVE_INFINITY && Date.now() - waitingSince >= this.timeoutMs
        : !(isBroken || RETRYABLE.has(failure.code)) || attempt >= POLICY.maxAttempts;
      if (isFinal || signal?.aborted || isSpent()) {
        throw typedError(failure, this.address, requestId);
      }
      if (!waits) {
        attempt++;
        waitingSince = Date.now();
      }
      const left = Math.max(0, Math.min(pause * Math.random(), deadline - Date.now()));
      await sleep(left, undefined, signal && { signal }).catch(() => undefined);
      // What the try was still waiting for may have come meanwhile, and be too much.
      if (isSpent()) {
        throw typedError(failure, this.address, requestId);
      }
      pause = Math.min(pause * POLICY.backoffMultiplier, LONGEST_PAUSE_MS);
    }
  }

  #remember(
    method: DescMethodUnary,
    request: Fields,
    answer: Fields,
  ): void {
    const userId = request.userId ?? "";
    if (method === UserService.method.deleteUser) {
      this.#revisions.forget(userId);
    } else if (
      method.idempotency !== MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS &&
      answer.revision !== undefined
    ) {
      this.#revisions.saw(userId, answer.revision);
    }
  }

  #withHeaders(given: HeadersInit | undefined): Headers {
    const headers = new Headers(given);
    for (const [name, value] of this.headers) {
      headers.set(name, value);
    }
    return headers;
  }
}
