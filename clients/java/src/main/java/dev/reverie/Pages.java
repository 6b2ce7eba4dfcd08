package dev.reverie;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Function;

/** Walks over what is answered page by page, each page fetched when it is needed. */
public final class Pages {
  private Pages() {}

  /**
   * The pages, from the one that the request names on.
   *
   * @param call a method that answers page by page, such as {@code client.users()::listUsers}
   * @param request its {@code page_size} says how many items come with one call
   */
  public static <Q extends Message, R extends Message> Iterable<R> of(
      Function<Q, R> call, Q request) {
    return () -> new PageIterator<>(call, request);
  }

  /**
   * All items of all pages: {@code Pages.items(client.users()::listUsers, request,
   * ListUsersResponse::getUsersList)}.
   */
  public static <Q extends Message, R extends Message, T> Iterable<T> items(
      Function<Q, R> call, Q request, Function<R, List<T>> items) {
    return () ->
        new Iterator<T>() {
          private final Iterator<R> pages = of(call, request).iterator();
          private Iterator<T> page = List.<T>of().iterator();

          @Override
          public boolean hasNext() {
            while (!page.hasNext() && pages.hasNext()) {
              page = items.apply(pages.next()).iterator();
            }
            return page.hasNext();
          }

          @Override
          public T next() {
            if (!hasNext()) {
              throw new NoSuchElementException();
            }
            return page.next();
          }
        };
  }

  private static final class PageIterator<Q extends Message, R extends Message>
      implements Iterator<R> {
    private final Function<Q, R> call;
    private Q next;

    PageIterator(Function<Q, R> call, Q request) {
      this.call = call;
      this.next = request;
    }

    @Override
    public boolean hasNext() {
      return next != null;
    }

    @Override
    @SuppressWarnings("unchecked")
    public R next() {
      if (next == null) {
        throw new NoSuchElementException();
      }
      R page = call.apply(next);
      String token = (String) page.getField(field(page, "next_page_token"));
      next =
          token.isEmpty()
              ? null
              : (Q) next.toBuilder().setField(field(next, "page_token"), token).build();
      return page;
    }

    private static FieldDescriptor field(Message message, String name) {
      return message.getDescriptorForType().findFieldByName(name);
    }
  }
}
