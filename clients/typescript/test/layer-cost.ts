/** What this client's layer costs over the raw stubs; bench/clients.py says what it reads and prints. */
import { type Client, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";

import { Reverie } from "../src/index.js";
import { Role, UserService, WorkingMemoryService } from "../src/v1.js";

const WARM_UP_ROUNDS = 2;
const address = process.env.BENCH_SERVER!;
const rounds = Number(process.env.BENCH_ROUNDS);
const pairs = Number(process.env.BENCH_PAIRS);

/** Makes the next call of a side, which is then timed. */
type Side = () => () => Promise<unknown>;

/** Prints the p50 of each round of both sides, whose calls take turns. */
async function measured(call: string, raw: Side, layer: Side): Promise<void> {
  const sides = [raw, layer];
  const p50s: number[][] = sides.map(() => []);
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    const took: number[][] = sides.map(() => []);
    for (let pair = 0; pair < pairs; pair++) {
      for (let turn = 0; turn < sides.length; turn++) {
        const side = (turn + pair) % sides.length;
        const next = sides[side]!();
        const from = process.hrtime.bigint();
        await next();
        took[side]!.push(Number(process.hrtime.bigint() - from) / 1e3);
      }
    }
    if (round >= 0) {
      took.forEach((times, side) => p50s[side]!.push(times.sort((a, b) => a - b)[pairs >> 1]!));
    }
  }
  console.log(JSON.stringify({ call, raw_us: p50s[0], layer_us: p50s[1] }));
}

type Working = Client<typeof WorkingMemoryService>;
type Users = Client<typeof UserService>;

const transport = createGrpcTransport({ baseUrl: `http://${address}` });
const working = createClient(WorkingMemoryService, transport);
const reverie = new Reverie(address);

async function ids(side: string): Promise<{ userId: string; personaId: string; sessionId: string }> {
  const user = { userId: `${side}-${crypto.randomUUID()}`, personaId: "brad" };
  const { session } = await working.startSession(user);
  return { ...user, sessionId: session!.sessionId };
}

async function appending(stub: Working, side: string, withId: boolean): Promise<Side> {
  const session = await ids(side);
  return () => {
    const entries = [{ role: Role.USER, content: "I am allergic to peanuts." }];
    // As the layer would fill one in.
    const requestId = withId ? crypto.randomUUID() : "";
    return () => stub.appendEntries({ ...session, entries, requestId });
  };
}

async function reading(stub: Users, side: string): Promise<Side> {
  const { userId } = await ids(side);
  return () => () => stub.getUser({ userId });
}

const appends = [await appending(working, "raw", true), await appending(reverie.working, "layer", false)];
await measured("AppendEntries", appends[0]!, appends[1]!);
const users = createClient(UserService, transport);
await measured("GetUser", await reading(users, "raw"), await reading(reverie.users, "layer"));
reverie.close();
process.exit();
