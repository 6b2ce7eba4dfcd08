package dev.reverie.examples;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import dev.reverie.ReverieClient;
import dev.reverie.ReverieException;
import dev.reverie.Session;
import dev.reverie.v1.ComposePromptRequest;
import dev.reverie.v1.ComposePromptResponse;
import io.grpc.Status;

/** What a call centre's own code uses: one per program, as its client. */
public final class CallService {
  private final ReverieClient memory;
  private final String personaId;

  public CallService(ReverieClient memory, String personaId) {
    this.memory = memory;
    this.personaId = personaId;
  }

  /** Keeps what was said in a call; ends the call whatever happens. */
  public void record(String callerId, String said, String replied) {
    try (Session call = memory.startSession(callerId, personaId)) {
      call.say(said);
      call.reply(replied);
    }
  }

  /** The system prompt for the next call, while the phone still rings; empty for who is new. */
  public ListenableFuture<String> prepare(String callerId, String topic) {
    ComposePromptRequest request =
        ComposePromptRequest.newBuilder()
            .setUserId(callerId)
            .setPersonaId(personaId)
            .setTopic(topic)
            .setTokenBudget(1000)
            .build();
    ListenableFuture<String> prompt =
        Futures.transform(
            memory.futures().prompts().composePrompt(request),
            ComposePromptResponse::getPrompt,
            MoreExecutors.directExecutor());
    return Futures.catching(
        prompt,
        ReverieException.class,
        failure -> {
          if (failure.code() != Status.Code.NOT_FOUND) {
            throw failure;
          }
          return "";
        },
        MoreExecutors.directExecutor());
  }
}
