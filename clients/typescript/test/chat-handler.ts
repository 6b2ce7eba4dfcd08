/** The example against a real server: two messages over HTTP, the second with memory. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { chatHandler } from "../examples/chat-handler.js";
import { Reverie } from "../src/index.js";

const workspace = `typescript-${crypto.randomUUID()}`;
const reverie = new Reverie(process.env.BEHAVIOUR_SERVER, { workspace });
const told: string[][] = [];
const server = createServer(
  chatHandler(reverie, "brad", async (messages) => {
    told.push(messages.map(({ content }) => content));
    return `You said: ${messages.at(-1)?.content}`;
  }),
);
await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/chat`;

async function post(user: string, body: string): Promise<[number, string]> {
  const answer = await fetch(`${url}/${user}`, { method: "POST", body });
  return [answer.status, await answer.text()];
}

try {
  const said = "I am allergic to peanuts.";
  assert.deepEqual(await post("alice", said), [200, `You said: ${said}`]);
  assert.equal((await post("alice", "Am I allergic to peanuts?"))[0], 200);
  assert.deepEqual(told[1]!.slice(1), [said, `You said: ${said}`, "Am I allergic to peanuts?"]);
  assert.deepEqual(await post("", "Who am I?"), [400, "user_id"]);
  const found = await reverie.working.listSessions({ userId: "alice", personaId: "brad" });
  assert.equal(found.sessions.length, 1);
  assert.equal(found.sessions[0]!.entryCount, 4);
} finally {
  server.close();
  reverie.close();
}
