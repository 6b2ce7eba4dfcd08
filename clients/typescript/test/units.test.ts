import assert from "node:assert/strict";
import { test } from "node:test";

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
