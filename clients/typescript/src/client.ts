import type { SecureClientSessionOptions } from "node:http2";

import type { CallOptions, Transport } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";

import { Calls } from "./calls.js";
import { createServices, type Services } from "./gen/services.js";
import type { Session as SessionInfo } from "./gen/v1.js";
import { Session } from "./session.js";

/** How long a call may take, retries included, that names no time itself. */
export const DEFAULT_TIMEOUT_MS = 10_000;

const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;

/**
 * What was on its way in a stream that the server ended early is never taken off what Node.js counts
 * as a connection's memory. At its limit, of 10 by default, no answer would come through any more.
 */
const MAX_SESSION_MEGABYTES = 4000;

/** How a client connects. */
export interface ConnectOptions {
  /** Sent as a bearer token. Without `tls` it can be read on its way. */
  readonly apiKey?: string;
  /** Chooses a workspace on a server on loopback without keys. */
  readonly workspace?: string;
  /** Encrypts the connection; `true` takes the system's roots. */
  readonly tls?: true | SecureClientSessionOptions;
  /** For calls that name no `timeoutMs` themselves; see `DEFAULT_TIMEOUT_MS`. */
  readonly timeoutMs?: number;
}

/**
 * A connection to a Reverie server, made at the first call. One serves a whole program; `close` it.
 *
 * Every unary call has a deadline, is tried again while the server is away, carries a request id that
 * makes the retry harmless, and sees what this client has written before. Streams (`privacy`) are
 * tried again until their first answer, five times at most once they were begun to be sent, and have no
 * deadline but the one that they are called with; without one they wait `timeoutMs` for a server that
 * cannot be reached. All fail with a `ReverieError`.
 *
 * The properties are the services of the contract, whose methods take and give its messages:
 * `await reverie.users.getUser({ userId: "alice" })`.
 */
export class Reverie {
  /** What the services are called over, for stubs of other contracts on the same server. */
  readonly transport: Transport;
  readonly #sessions: Http2SessionManager;

  /** Connects to `host:port`. */
  constructor(address = "127.0.0.1:50051", options: ConnectOptions = {}) {
    const baseUrl = `${options.tls === undefined ? "http" : "https"}://${address}`;
    this.#sessions = new Http2SessionManager(
      baseUrl,
      // A peer that is gone without a word is noticed. The server permits pings from 20 s on.
      { pingIntervalMs: 60_000, pingTimeoutMs: 20_000 },
      { maxSessionMemory: MAX_SESSION_MEGABYTES, ...(options.tls === true ? {} : options.tls) },
    );
    const headers: [string, string][] = [];
    if (options.apiKey !== undefined) {
      headers.push(["authorization", `Bearer ${options.apiKey}`]);
    }
    if (options.workspace !== undefined) {
      headers.push(["reverie-workspace", options.workspace]);
    }
    this.transport = new Calls(
      createGrpcTransport({
        baseUrl,
        sessionManager: this.#sessions,
        readMaxBytes: MAX_MESSAGE_BYTES,
      }),
      address,
      headers,
      options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    );
    Object.assign(this, createServices(this.transport));
  }

  /** Ends the connection; calls in flight fail. */
  close(): void {
    this.#sessions.abort();
  }

  /** Starts a session; user and persona are made when they are not there yet. */
  async startSession(userId: string, personaId: string, options?: CallOptions): Promise<Session> {
    const { session } = await this.working.startSession({ userId, personaId }, options);
    return this.sessionOf(session!);
  }

  /** A handle on a session that was started before, by anybody. */
  async resumeSession(
    userId: string,
    personaId: string,
    sessionId: string,
    options?: CallOptions,
  ): Promise<Session> {
    const { session } = await this.working.getSession({ userId, personaId, sessionId }, options);
    return this.sessionOf(session!);
  }

  /** A handle on a session that some call has answered with. */
  sessionOf(info: SessionInfo): Session {
    return new Session(this, info);
  }
}

/** The services are put in by the constructor. */
export interface Reverie extends Services {}
