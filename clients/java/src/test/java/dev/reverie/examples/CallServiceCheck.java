package dev.reverie.examples;

import dev.reverie.ReverieClient;
import java.util.UUID;

/** The example against a real server: a new caller, a call, and the next one with memory. */
final class CallServiceCheck {
  private CallServiceCheck() {}

  public static void main(String[] arguments) throws Exception {
    String address = System.getenv("BEHAVIOUR_SERVER");
    String workspace = "java-" + UUID.randomUUID();
    try (ReverieClient client = ReverieClient.builder(address).workspace(workspace).build()) {
      CallService calls = new CallService(client, "brad");
      check(calls.prepare("alice", "peanuts").get().isEmpty(), "nothing is known of who is new");
      calls.record("alice", "I am allergic to peanuts.", "No peanuts then.");
      String prompt = calls.prepare("alice", "Is she allergic to peanuts?").get();
      check(prompt.contains("allergic to peanuts"), prompt);
    }
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }
}
