package dev.reverie;

import io.grpc.ClientCall;
import io.grpc.StatusRuntimeException;
import java.util.Iterator;
import java.util.function.Function;

/**
 * The answers of a call, as they come. A failure is a {@link ReverieException}. Whoever leaves before
 * the last one closes it, which ends the call.
 */
public final class Download<R> implements Iterator<R>, AutoCloseable {
  private final ClientCall<?, R> call;
  private final Iterator<R> answers;
  private final Function<StatusRuntimeException, RuntimeException> typed;

  Download(
      ClientCall<?, R> call,
      Iterator<R> answers,
      Function<StatusRuntimeException, RuntimeException> typed) {
    this.call = call;
    this.answers = answers;
    this.typed = typed;
  }

  /** Waits for the next answer, or the end. */
  @Override
  public boolean hasNext() {
    try {
      return answers.hasNext();
    } catch (StatusRuntimeException failure) {
      throw typed.apply(failure);
    }
  }

  /** Waits for the next answer. */
  @Override
  public R next() {
    try {
      return answers.next();
    } catch (StatusRuntimeException failure) {
      throw typed.apply(failure);
    }
  }

  /** Ends the call, if it has not ended. */
  @Override
  public void close() {
    call.cancel("closed before its end", null);
  }
}
