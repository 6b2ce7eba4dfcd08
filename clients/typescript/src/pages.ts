import type { CallOptions } from "@connectrpc/connect";

/** A method that answers page by page. */
export type PagedCall<Q, R> = (request: Q, options?: CallOptions) => Promise<R>;

/**
 * The answers of a method that answers page by page, from the page that the request names on, each
 * fetched when it is needed. The request's `pageSize` says how many items come with one call.
 */
export async function* pages<Q extends object, R extends { nextPageToken: string }>(
  call: PagedCall<Q, R>,
  request: Q,
  options?: CallOptions,
): AsyncGenerator<R, void, undefined> {
  for (let next = request; ; ) {
    const page = await call(next, options);
    yield page;
    if (page.nextPageToken === "") {
      return;
    }
    next = { ...request, pageToken: page.nextPageToken };
  }
}

/** All items of all pages: `items(reverie.users.listUsers, {}, (page) => page.users)`. */
export async function* items<Q extends object, R extends { nextPageToken: string }, T>(
  call: PagedCall<Q, R>,
  request: Q,
  of: (page: R) => readonly T[],
  options?: CallOptions,
): AsyncGenerator<T, void, undefined> {
  for await (const page of pages(call, request, options)) {
    yield* of(page);
  }
}
