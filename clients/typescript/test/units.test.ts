import assert from "node:assert/strict";
import { test } from "node:test";

import { Outgoing } from "../src/outgoing.js";
import { Revisions } from "../src/revisions.js";

test("revisions never go back, and the oldest are forgotten", () => {
  const revisions = new Revisions(2);
  revisions.saw("alice", 9007199254740993n); // no number of JavaScript's
  revisions.saw("alice", 3n);
  revisions.saw("bob", 1n);
  revisions.saw("alice", 4n);
  revisions.saw("carol", 9n);

  assert.equal(revisions.of("alice"), 9007199254740993n);
  assert.equal(revisions.of("bob"), 0n);
  revisions.forget("carol", 8n);
  assert.equal(revisions.of("carol"), 9n);
  revisions.forget("carol");
  assert.equal(revisions.of("carol"), 0n);
});

async function all<T>(messages: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const message of messages) {
    list.push(message);
  }
  return list;
}

async function* counted(told: string[], failAt = Infinity): AsyncGenerator<number> {
  try {
    for (let number = 1; number <= 3; number++) {
      if (number === failAt) {
        throw new Error("no more");
      }
      yield number;
    }
  } finally {
    told.push("over");
  }
}

test("what is streamed can be sent again from the first on, also when a try had waited for more", async () => {
  const told: string[] = [];
  const outgoing = new Outgoing(counted(told), () => 1);
  const first = outgoing.messages();
  await first.next();
  const waiting = first.next();

  assert.deepEqual(await all(outgoing.messages()), [1, 2, 3]);
  assert.deepEqual(await waiting, { done: false, value: 2 });
  assert.deepEqual(await all(outgoing.messages()), [1, 2, 3]);
  assert.ok(outgoing.canBeSentAgain);
  assert.deepEqual(told, ["over"]);
});

test("what is too much, or whose maker has failed, is not sent again", async () => {
  const much = new Outgoing(counted([]), () => 4, 8);
  assert.deepEqual(await all(much.messages()), [1, 2, 3]);
  assert.ok(!much.canBeSentAgain);

  const failing = new Outgoing(counted([], 2), () => 1);
  await assert.rejects(all(failing.messages()), /no more/);
  assert.ok(!failing.canBeSentAgain);
});

test("no message is left out for a try that is late for what has become too much", async () => {
  const outgoing = new Outgoing(counted([]), () => 4, 8);
  const first = outgoing.messages();
  const second = outgoing.messages();
  await first.next();
  await second.next();
  await first.next();
  const waiting = first.next();
  const late = outgoing.messages();
  await late.next();

  assert.deepEqual(await waiting, { done: false, value: 3 });
  await assert.rejects(all(late), /cannot be sent again/);
  await assert.rejects(all(outgoing.messages()), /cannot be sent again/);
});

test("what is cut short does not look complete", async () => {
  const outgoing = new Outgoing(counted([]), () => 1);
  const messages = outgoing.messages();
  await messages.next();
  outgoing.end();

  await assert.rejects(all(messages), /cannot be sent again/);
});

test("whoever makes what nobody wants any more is told", async () => {
  const told: string[] = [];
  const outgoing = new Outgoing(counted(told), () => 1);
  await outgoing.messages().next();
  outgoing.end();
  await new Promise(setImmediate);

  assert.deepEqual(told, ["over"]);
});
