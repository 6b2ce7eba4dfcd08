package dev.reverie;

import com.google.common.util.concurrent.SettableFuture;
import com.google.common.util.concurrent.Uninterruptibles;
import io.grpc.ClientCall;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ClientResponseObserver;
import java.util.Iterator;
import java.util.concurrent.ExecutionException;

/** Sends a stream from a thread that may wait, no faster than the server takes it. */
final class Upload<Q, R> implements ClientResponseObserver<Q, R> {
  private final SettableFuture<R> answer = SettableFuture.create();
  private ClientCallStreamObserver<Q> requests;
  private R received; // gRPC tells it and the end one after the other

  /** Sends all of them, unless the answer comes before; gives the answer. */
  static <Q, R> R send(ClientCall<Q, R> call, Iterator<Q> requests) {
    Upload<Q, R> upload = new Upload<>();
    ClientCalls.asyncClientStreamingCall(call, upload);
    return upload.sendAll(requests);
  }

  private R sendAll(Iterator<Q> all) {
    try {
      while (all.hasNext() && isWanted()) {
        requests.onNext(all.next());
      }
      requests.onCompleted();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      requests.cancel("interrupted", interrupted);
    } catch (RuntimeException failure) { // of whoever makes the requests
      requests.cancel("there are no more requests", failure);
      throw failure;
    }
    try {
      return Uninterruptibles.getUninterruptibly(answer);
    } catch (ExecutionException failure) {
      throw (StatusRuntimeException) failure.getCause();
    }
  }

  /** Waits until the server takes more, or has answered; says whether it takes more. */
  private synchronized boolean isWanted() throws InterruptedException {
    while (!answer.isDone() && !requests.isReady()) {
      wait();
    }
    return !answer.isDone();
  }

  private synchronized void lookAgain() {
    notifyAll();
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<Q> stream) {
    requests = stream;
    stream.setOnReadyHandler(this::lookAgain);
  }

  @Override
  public void onNext(R value) {
    received = value;
  }

  @Override
  public void onError(Throwable failure) {
    answer.setException(failure);
    lookAgain();
  }

  @Override
  public void onCompleted() {
    if (received == null) {
      onError(Status.INTERNAL.withDescription("the server gave no answer").asRuntimeException());
    } else {
      answer.set(received);
      lookAgain();
    }
  }
}
