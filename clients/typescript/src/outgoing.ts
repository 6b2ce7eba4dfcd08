import { Code, ConnectError } from "@connectrpc/connect";

/** As gRPC's own clients: what is larger is never sent twice. */
const MAX_KEPT_BYTES = 8 * 1024 * 1024;

/** What a caller streams to a method, kept so that it can be sent again, until it is too much. */
export class Outgoing<T> {
  readonly #source: AsyncIterator<T>;
  #kept: T[] | undefined = [];
  #bytes = 0;
  #pulled = 0;
  #tries = 0;
  #pulling: Promise<IteratorResult<T>> | undefined;
  #failed = false;
  #ended = false;

  /** `bytes` says how large a message is. */
  constructor(
    source: AsyncIterable<T>,
    private readonly bytes: (message: T) => number,
    private readonly maxBytes = MAX_KEPT_BYTES,
  ) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Whether `messages` would give all of them once more. */
  get canBeSentAgain(): boolean {
    return this.#kept !== undefined && !this.#failed;
  }

  /** How many tries have begun to send: those that had a connection. */
  get tries(): number {
    return this.#tries;
  }

  /**
   * All messages from the first on, for one try; those of an earlier try that is over stop. It fails
   * rather than leave some out, when they have become too much meanwhile or no more is wanted.
   */
  async *messages(): AsyncGenerator<T, void, undefined> {
    this.#tries++;
    for (let at = 0; ; at++) {
      if (this.#kept !== undefined && at < this.#kept.length) {
        yield this.#kept[at]!;
        continue;
      }
      if (this.#ended || at < this.#pulled) {
        throw new ConnectError("broke off where it cannot be sent again", Code.Unavailable);
      }
      const next = await this.#pull();
      if (next.done) {
        return;
      }
      yield next.value;
    }
  }

  /** Tells the caller that no more is wanted. */
  end(): void {
    this.#kept = undefined;
    this.#ended = true;
    void Promise.resolve(this.#source.return?.()).catch(() => undefined);
  }

  /** The next one of the caller; tries that wait for it at once all get it. */
  #pull(): Promise<IteratorResult<T>> {
    this.#pulling ??= this.#source.next().then(
      (next) => {
        this.#pulling = undefined;
        if (!next.done) {
          this.#keep(next.value);
        }
        return next;
      },
      (failure: unknown) => {
        this.#failed = true;
        throw failure;
      },
    );
    return this.#pulling;
  }

  #keep(message: T): void {
    this.#pulled++;
    if (this.#kept !== undefined) {
      this.#bytes += this.bytes(message);
      if (this.#bytes > this.maxBytes) {
        this.#kept = undefined;
      } else {
        this.#kept.push(message);
      }
    }
  }
}
