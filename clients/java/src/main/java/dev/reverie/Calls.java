package dev.reverie;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.reverie.v1.UserServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.time.Duration;
import java.util.Iterator;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** What every call of a client goes through. The generated stubs call over it. */
public final class Calls {
  /** Where a stub carries the calls of its client. */
  static final CallOptions.Key<Calls> KEY = CallOptions.Key.create("dev.reverie.Calls");

  private final String address;
  private final Duration timeout;
  private final Revisions revisions = new Revisions(10_000);

  Calls(String address, Duration timeout) {
    this.address = address;
    this.timeout = timeout;
  }

  /** Calls a method, and answers when it has. */
  public static <Q extends Message, R extends Message> R blocking(
      Channel channel, MethodDescriptor<Q, R> method, CallOptions options, Q request) {
    Calls calls = options.getOption(KEY);
    if (calls == null) { // a stub that was made without a client
      return ClientCalls.blockingUnaryCall(channel, method, options, request);
    }
    CallOptions timed = calls.timed(options);
    Completed<Q> completed = calls.completed(request);
    R response;
    try {
      response = ClientCalls.blockingUnaryCall(channel, method, timed, completed.request);
    } catch (StatusRuntimeException failure) {
      calls.forgetLost(completed, calls.typed(failure, completed)); // or throws it
      try {
        response = ClientCalls.blockingUnaryCall(channel, method, timed, request);
      } catch (StatusRuntimeException again) {
        throw calls.typed(again, completed);
      }
    }
    calls.remember(method, request, response);
    return response;
  }

  /** Calls a method, and answers with a future that fails with a {@link ReverieException}. */
  public static <Q extends Message, R extends Message> ListenableFuture<R> future(
      Channel channel, MethodDescriptor<Q, R> method, CallOptions options, Q request) {
    Calls calls = options.getOption(KEY);
    if (calls == null) {
      return ClientCalls.futureUnaryCall(channel.newCall(method, options), request);
    }
    CallOptions timed = calls.timed(options);
    Completed<Q> completed = calls.completed(request);
    ListenableFuture<R> first =
        ClientCalls.futureUnaryCall(channel.newCall(method, timed), completed.request);
    ListenableFuture<R> second =
        Futures.catchingAsync(
            first,
            StatusRuntimeException.class,
            failure -> {
              calls.forgetLost(completed, calls.typed(failure, completed));
              return Futures.catchingAsync(
                  ClientCalls.futureUnaryCall(channel.newCall(method, timed), request),
                  StatusRuntimeException.class,
                  again -> Futures.immediateFailedFuture(calls.typed(again, completed)),
                  MoreExecutors.directExecutor());
            },
            MoreExecutors.directExecutor());
    return Futures.transform(
        second,
        response -> {
          calls.remember(method, request, response);
          return response;
        },
        MoreExecutors.directExecutor());
  }

  /**
   * Calls a method that answers with a stream. It has no deadline but its stub's: how long it takes
   * depends on how much there is.
   */
  public static <Q extends Message, R extends Message> Download<R> download(
      Channel channel, MethodDescriptor<Q, R> method, CallOptions options, Q request) {
    ClientCall<Q, R> call = channel.newCall(method, options);
    return new Download<>(
        call, ClientCalls.blockingServerStreamingCall(call, request), failure -> typed(failure, options));
  }

  /**
   * Sends a stream, no faster than it is taken, and answers when the server has, which may be before
   * the last request. It has no deadline but its stub's.
   */
  public static <Q extends Message, R extends Message> R upload(
      Channel channel, MethodDescriptor<Q, R> method, CallOptions options, Iterator<Q> requests) {
    try {
      return Upload.send(channel.newCall(method, options), requests);
    } catch (StatusRuntimeException failure) {
      throw typed(failure, options);
    }
  }

  private static RuntimeException typed(StatusRuntimeException failure, CallOptions options) {
    Calls calls = options.getOption(KEY);
    return calls == null ? failure : ReverieException.of(failure, calls.address, "");
  }

  /** A request with what its caller has left open. */
  private record Completed<Q>(Q request, String userId, String requestId, long filledRevision) {}

  private CallOptions timed(CallOptions options) {
    return options.getDeadline() != null
        ? options
        : options.withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS);
  }

  @SuppressWarnings("unchecked")
  private <Q extends Message> Completed<Q> completed(Q request) {
    String userId = text(request, "user_id");
    FieldDescriptor idField = field(request, "request_id");
    FieldDescriptor revisionField = field(request, "min_revision");
    String requestId = idField == null ? "" : (String) request.getField(idField);
    long revision = 0;
    if (revisionField != null && (long) request.getField(revisionField) == 0) {
      revision = revisions.of(userId);
    }
    boolean needsId = idField != null && requestId.isEmpty();
    if (!needsId && revision == 0) {
      return new Completed<>(request, userId, requestId, 0);
    }
    Message.Builder builder = request.toBuilder();
    if (needsId) {
      requestId = UUID.randomUUID().toString();
      builder.setField(idField, requestId);
    }
    if (revision != 0) {
      builder.setField(revisionField, revision);
    }
    return new Completed<>((Q) builder.build(), userId, requestId, revision);
  }

  /**
   * The server has lost what we saw: it was restored from before. What we remember is of a past that
   * is gone, and the caller never asked for it. Any other failure is thrown.
   */
  private void forgetLost(Completed<?> completed, ReverieException failure) {
    if (completed.filledRevision == 0 || !failure.reason().equals("REVISION_UNKNOWN")) {
      throw failure;
    }
    revisions.lost(completed.userId, completed.filledRevision);
  }

  private ReverieException typed(StatusRuntimeException failure, Completed<?> completed) {
    return ReverieException.of(failure, address, completed.requestId);
  }

  private void remember(MethodDescriptor<?, ?> method, Message request, Message response) {
    FieldDescriptor field = field(response, "revision");
    if (method == UserServiceGrpc.getDeleteUserMethod()) {
      revisions.forget(text(request, "user_id"));
    } else if (!method.isSafe() && field != null) {
      revisions.saw(text(request, "user_id"), (long) response.getField(field));
    }
  }

  private static String text(Message message, String name) {
    FieldDescriptor field = field(message, name);
    return field == null ? "" : (String) message.getField(field);
  }

  private static FieldDescriptor field(Message message, String name) {
    return message.getDescriptorForType().findFieldByName(name);
  }
}
