package dev.reverie;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** What needs no server. */
final class Units {
  private Units() {}

  public static void main(String[] arguments) throws Exception {
    revisionsNeverGoBackAndTheOldestAreForgotten();
    revisionsAreSharedByThreads();
  }

  private static void revisionsNeverGoBackAndTheOldestAreForgotten() {
    Revisions revisions = new Revisions(2);
    revisions.saw("alice", 5);
    revisions.saw("alice", 3);
    revisions.saw("bob", 1);
    revisions.saw("alice", 6);
    revisions.saw("carol", 9);

    check(revisions.of("alice") == 6, "never goes back");
    check(revisions.of("bob") == 0, "who was written longest ago is forgotten");
    revisions.lost("alice", 5);
    check(revisions.of("alice") == 6, "what was written after a lost revision stays");
    revisions.lost("alice", 6);
    check(revisions.of("alice") == 0, "a lost revision goes");
    revisions.forget("carol");
    check(revisions.of("carol") == 0, "a deleted user's revision goes");
  }

  /** Whoever has seen a revision never remembers less, whatever other threads do meanwhile. */
  private static void revisionsAreSharedByThreads() throws Exception {
    int threads = 4;
    int each = 1_000_000;
    Revisions revisions = new Revisions(3);
    CyclicBarrier together = new CyclicBarrier(threads);
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    List<Callable<Void>> writers = new ArrayList<>();
    for (int thread = 0; thread < threads; thread++) {
      int first = thread;
      writers.add(
          () -> {
            together.await();
            for (long revision = first + 1; revision <= each; revision += threads) {
              revisions.saw("alice", revision);
              check(revisions.of("alice") >= revision, "a thread forgot what another one saw");
            }
            return null;
          });
    }
    try {
      for (Future<Void> writer : executor.invokeAll(writers)) {
        writer.get();
      }
    } finally {
      executor.shutdownNow();
    }
    check(revisions.of("alice") == each, "the last revision is remembered");
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }
}
