import { Code, ConnectError } from "@connectrpc/connect";

import {
  BadRequestSchema,
  ErrorInfoSchema,
  RequestInfoSchema,
  RetryInfoSchema,
} from "./gen/google/rpc/error_details_pb.js";

const DOMAIN = "reverie";

/** One field of the request that is not as it must be. */
export interface FieldError {
  /** Path in the request, such as `entries[3].content`. */
  readonly field: string;
  readonly description: string;
}

/** A call failed, also after the retries. `cause` is Connect's own error. */
export class ReverieError extends Error {
  override readonly name = "ReverieError";
  /** The canonical status code. */
  readonly code: Code;
  /** Why: a value of `ErrorReason` without its prefix; empty when the server did not get to say. */
  readonly reason: string;
  /** More about the reason, by name. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The request's fields that are wrong. */
  readonly fields: readonly FieldError[];
  /** After how long another try makes sense; undefined: the server did not say. */
  readonly retryDelayMs: number | undefined;
  /** What to report when the server had a defect. */
  readonly incidentId: string;
  /** The request id that was sent. Another try with it has no second effect. */
  readonly requestId: string;

  constructor(failure: ConnectError, message: string, requestId: string) {
    super(message, { cause: failure });
    this.code = failure.code;
    const info = failure.findDetails(ErrorInfoSchema).find(({ domain }) => domain === DOMAIN);
    const delay = failure.findDetails(RetryInfoSchema)[0]?.retryDelay;
    this.reason = info?.reason ?? "";
    this.metadata = info?.metadata ?? {};
    this.fields = failure
      .findDetails(BadRequestSchema)
      .flatMap(({ fieldViolations }) => fieldViolations)
      .map(({ field, description }) => ({ field, description }));
    this.retryDelayMs = delay && Number(delay.seconds) * 1000 + delay.nanos / 1e6;
    this.incidentId = failure.findDetails(RequestInfoSchema)[0]?.requestId ?? "";
    this.requestId = requestId;
  }
}

/** What a failed call gives its caller. */
export function typedError(failure: ConnectError, address: string, requestId: string): ReverieError {
  const message =
    failure.code === Code.DeadlineExceeded
      ? `no answer from ${address} in time`
      : failure.rawMessage;
  return new ReverieError(failure, message, requestId);
}

/** Whether it was the connection that failed, and not the server that refused. */
export function isOfConnection(failure: ConnectError): boolean {
  if (failure.metadata.has("grpc-status")) {
    return false;
  }
  for (let cause: unknown = failure; cause instanceof Error; cause = cause.cause) {
    if ("code" in cause && typeof cause.code === "string" && CONNECTION.test(cause.code)) {
      return true;
    }
  }
  return failure.code !== Code.DeadlineExceeded && /http\/2|stream|connection/i.test(failure.rawMessage);
}

/** Node's own codes of what happens to sockets and HTTP/2 sessions. */
const CONNECTION = /^(E[A-Z]+|ERR_(HTTP2|STREAM|SOCKET)_\w+)$/;
