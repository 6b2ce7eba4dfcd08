import assert from "node:assert/strict";
import { createServer, type ServerHttp2Stream } from "node:http2";
import { createServer as createTcpServer, type AddressInfo, type Server } from "node:net";
import { test, type TestContext } from "node:test";

import { Code, ConnectError, type Transport } from "@connectrpc/connect";

import { Calls } from "../src/calls.js";
import { Reverie, ReverieError } from "../src/index.js";
import { PrivacyService } from "../src/v1.js";

/** Reads of an upload that goes on until it is closed. */
async function* endless(closed: () => void): AsyncGenerator<{ userId: string }> {
  try {
    for (;;) {
      yield { userId: "alice" };
    }
  } finally {
    closed();
  }
}

async function* one(): AsyncGenerator<{ userId: string }> {
  yield { userId: "alice" };
}

/** Serves for a test; gives a client of it. */
async function clientOf(test: TestContext, server: Server): Promise<Reverie> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const reverie = new Reverie(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  test.after(() => {
    reverie.close();
    server.close();
  });
  return reverie;
}

/** A transport on which every stream fails or succeeds as `send` says, which gets what is streamed. */
function transportOf(send: (input: AsyncIterator<unknown>) => Promise<void>): Transport {
  return {
    unary: () => assert.fail("no stream"),
    async stream(method, _signal, _timeoutMs, _header, input) {
      await send(input[Symbol.asyncIterator]());
      async function* nothing(): AsyncGenerator<never> {}
      const told = { header: new Headers(), trailer: new Headers() };
      return { stream: true, service: method.parent, method, ...told, message: nothing() };
    },
  };
}

function importThrough(
  transport: Transport,
  input: AsyncIterable<object>,
  { signal, timeoutMs = 10_000 }: { signal?: AbortSignal; timeoutMs?: number } = {},
): ReturnType<Transport["stream"]> {
  const calls = new Calls(transport, "nowhere", [], timeoutMs);
  return calls.stream(PrivacyService.method.importUser, signal, undefined, undefined, input);
}

function unreachable(): ConnectError {
  const cause = Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
  return new ConnectError("refused", Code.Unavailable, undefined, undefined, cause);
}

test("an upload that breaks its connection each time is not sent for ever", async (t) => {
  t.mock.method(Math, "random", () => 0); // no pauses
  const tooOften = new AbortController();
  let connections = 0;
  const server = createTcpServer((socket) => {
    connections++;
    if (connections === 10) {
      tooOften.abort();
    }
    socket.on("error", () => undefined);
    socket.once("data", () => socket.resetAndDestroy());
  });
  const reverie = await clientOf(t, server);

  await assert.rejects(reverie.privacy.importUser(one(), { signal: tooOften.signal }), ReverieError);
  assert.equal(connections, 5);
});

test("a stream waits for a server that cannot be reached", async (t) => {
  t.mock.method(Math, "random", () => 0);
  let tries = 0;
  const late = transportOf(async () => {
    tries++;
    if (tries < 20) {
      throw unreachable();
    }
  });

  await importThrough(late, one());
  assert.equal(tries, 20);
});

test("a stream without a deadline waits no longer than a unary call", async (t) => {
  t.mock.method(Math, "random", () => 0);
  const tooOften = new AbortController();
  let tries = 0;
  const never = transportOf(async () => {
    tries++;
    if (tries === 3) {
      tooOften.abort();
    }
    throw unreachable();
  });

  const importing = importThrough(never, one(), { signal: tooOften.signal, timeoutMs: 0 });
  await assert.rejects(importing, { code: Code.Unavailable });
  assert.equal(tries, 1);
});

test("an upload that has become too much during the pause is not sent again", async (t) => {
  let go = (): void => undefined;
  const gone = new Promise<void>((resolve) => (go = resolve));
  async function* growing(): AsyncGenerator<object> {
    yield { userId: "alice" };
    await gone;
    yield { data: new Uint8Array(9 * 1024 * 1024) };
  }
  t.mock.method(Math, "random", () => {
    go(); // the pause begins
    return 1;
  });
  let tries = 0;
  const breaking = transportOf(async (input) => {
    tries++;
    await input.next();
    void input.next();
    throw new ConnectError("away", Code.Unavailable);
  });

  await assert.rejects(importThrough(breaking, growing()), { code: Code.Unavailable });
  assert.equal(tries, 1);
});

test("an upload is closed when it is answered early", { timeout: 20_000 }, async (t) => {
  const server = createServer();
  server.on("stream", (stream: ServerHttp2Stream) => {
    stream.on("error", () => undefined);
    stream.once("data", () => {
      stream.respond({ "content-type": "application/grpc+proto" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end(Buffer.alloc(5)); // a message with nothing in it
    });
  });
  const reverie = await clientOf(t, server);

  await new Promise<void>((closed, failed) => {
    reverie.privacy.importUser(endless(closed)).catch(failed);
  });
});

test("an upload is closed when nobody looks at the answer", { timeout: 20_000 }, async () => {
  const answering = transportOf(async (input) => void (await input.next()));
  await new Promise<void>((closed) => {
    void importThrough(answering, endless(closed)).then(({ message }) =>
      message[Symbol.asyncIterator]().return!(),
    );
  });
});
