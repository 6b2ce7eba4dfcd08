/**
 * Remembers, for read-your-writes, the latest revision of each user that this client has written;
 * under an empty id that of the workspace's shared part.
 *
 * When there are too many, the users that were written longest ago are forgotten: their next search
 * sees what the server has at hand, as everybody else's.
 */
export class Revisions {
  readonly #seen = new Map<string, bigint>();

  constructor(private readonly capacity = 10_000) {}

  /** Never goes back: answers of calls that run side by side arrive in any order. */
  saw(userId: string, revision: bigint): void {
    const before = this.of(userId);
    this.#seen.delete(userId); // so that it is the last again
    this.#seen.set(userId, before > revision ? before : revision);
    if (this.#seen.size > this.capacity) {
      for (const oldest of this.#seen.keys()) {
        this.#seen.delete(oldest);
        break;
      }
    }
  }

  /** What a search must at least know; 0: whatever there is. */
  of(userId: string): bigint {
    return this.#seen.get(userId) ?? 0n;
  }

  /** The user was deleted or, with a revision, the server does not know it: then only this one. */
  forget(userId: string, revision?: bigint): void {
    if (revision === undefined || this.of(userId) === revision) {
      this.#seen.delete(userId);
    }
  }
}
