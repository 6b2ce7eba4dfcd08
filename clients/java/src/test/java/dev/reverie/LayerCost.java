package dev.reverie;

import com.google.gson.Gson;
import dev.reverie.v1.AppendEntriesRequest;
import dev.reverie.v1.Entry;
import dev.reverie.v1.GetUserRequest;
import dev.reverie.v1.Role;
import dev.reverie.v1.Session;
import dev.reverie.v1.StartSessionRequest;
import dev.reverie.v1.UserServiceGrpc;
import dev.reverie.v1.UserServiceGrpc.UserServiceBlockingStub;
import dev.reverie.v1.WorkingMemoryServiceGrpc;
import dev.reverie.v1.WorkingMemoryServiceGrpc.WorkingMemoryServiceBlockingStub;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * What this client's layer costs over the raw stubs; bench/clients.py says what it reads and prints.
 */
final class LayerCost {
  private static final int WARM_UP_ROUNDS = 10; // until the compiler has seen it all
  private static final int ROUNDS = Integer.parseInt(System.getenv("BENCH_ROUNDS"));
  private static final int PAIRS = Integer.parseInt(System.getenv("BENCH_PAIRS"));

  private final WorkingMemoryServiceBlockingStub working;

  private LayerCost(WorkingMemoryServiceBlockingStub working) {
    this.working = working;
  }

  public static void main(String[] arguments) {
    String address = System.getenv("BENCH_SERVER");
    ManagedChannel channel =
        Grpc.newChannelBuilder(address, InsecureChannelCredentials.create()).build();
    try (ReverieClient client = ReverieClient.connect(address)) {
      LayerCost cost = new LayerCost(WorkingMemoryServiceGrpc.newBlockingStub(channel));
      measure(
          "AppendEntries",
          cost.appending(cost.working, "raw", true),
          cost.appending(client.working(), "layer", false));
      measure(
          "GetUser",
          cost.reading(UserServiceGrpc.newBlockingStub(channel), "raw"),
          cost.reading(client.users(), "layer"));
    }
    channel.shutdownNow();
  }

  /** Makes the next call of a side, which is then timed. */
  private Supplier<Runnable> appending(
      WorkingMemoryServiceBlockingStub stub, String side, boolean withId) {
    Session session = started(side);
    return () -> {
      AppendEntriesRequest.Builder request =
          AppendEntriesRequest.newBuilder()
              .setUserId(session.getUserId())
              .setPersonaId(session.getPersonaId())
              .setSessionId(session.getSessionId())
              .addEntries(
                  Entry.newBuilder()
                      .setRole(Role.ROLE_USER)
                      .setContent("I am allergic to peanuts."));
      if (withId) { // as the layer would fill one in
        request.setRequestId(UUID.randomUUID().toString());
      }
      AppendEntriesRequest built = request.build();
      return () -> stub.appendEntries(built);
    };
  }

  private Supplier<Runnable> reading(UserServiceBlockingStub stub, String side) {
    String userId = started(side).getUserId();
    return () -> {
      GetUserRequest request = GetUserRequest.newBuilder().setUserId(userId).build();
      return () -> stub.getUser(request);
    };
  }

  private Session started(String side) {
    StartSessionRequest request =
        StartSessionRequest.newBuilder()
            .setUserId(side + "-" + UUID.randomUUID())
            .setPersonaId("brad")
            .build();
    return working.startSession(request).getSession();
  }

  /** Prints the p50 of each round of both sides, whose calls take turns. */
  private static void measure(String call, Supplier<Runnable> raw, Supplier<Runnable> layer) {
    List<Supplier<Runnable>> sides = List.of(raw, layer);
    List<List<Double>> p50s = List.of(new ArrayList<>(), new ArrayList<>());
    for (int round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
      long[][] took = new long[sides.size()][PAIRS];
      for (int pair = 0; pair < PAIRS; pair++) {
        for (int turn = 0; turn < sides.size(); turn++) {
          int side = (turn + pair) % sides.size();
          Runnable next = sides.get(side).get();
          long from = System.nanoTime();
          next.run();
          took[side][pair] = System.nanoTime() - from;
        }
      }
      for (int side = 0; round >= 0 && side < sides.size(); side++) {
        Arrays.sort(took[side]);
        p50s.get(side).add(took[side][PAIRS / 2] / 1e3);
      }
    }
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("call", call);
    line.put("raw_us", p50s.get(0));
    line.put("layer_us", p50s.get(1));
    System.out.println(new Gson().toJson(line));
  }
}
