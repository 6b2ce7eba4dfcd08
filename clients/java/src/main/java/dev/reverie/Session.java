package dev.reverie;

import dev.reverie.v1.AppendEntriesRequest;
import dev.reverie.v1.EndSessionRequest;
import dev.reverie.v1.EndSessionResponse;
import dev.reverie.v1.Entry;
import dev.reverie.v1.ListEntriesRequest;
import dev.reverie.v1.ListEntriesResponse;
import dev.reverie.v1.RecallRequest;
import dev.reverie.v1.RecallResponse;
import dev.reverie.v1.Role;
import java.util.List;

/**
 * One conversation or call of a user with a persona; it carries their ids. Closing it ends it. The
 * server archives a session itself when it has been idle for long enough.
 */
public final class Session implements AutoCloseable {
  private final ReverieClient client;
  private final dev.reverie.v1.Session info;
  private boolean ended;

  Session(ReverieClient client, dev.reverie.v1.Session info) {
    this.client = client;
    this.info = info;
  }

  /** The session as it was when the handle was made. */
  public dev.reverie.v1.Session info() {
    return info;
  }

  /** The user says something; gives the entry's id. */
  public String say(String content) {
    return appendOne(Role.ROLE_USER, content);
  }

  /** The persona says something; gives the entry's id. */
  public String reply(String content) {
    return appendOne(Role.ROLE_ASSISTANT, content);
  }

  /** Notes something that nobody said; gives the entry's id. */
  public String note(String content) {
    return appendOne(Role.ROLE_NOTE, content);
  }

  /** Appends entries, all or none; gives their ids in order. */
  public List<String> append(Iterable<Entry> entries) {
    AppendEntriesRequest request =
        AppendEntriesRequest.newBuilder()
            .setUserId(info.getUserId())
            .setPersonaId(info.getPersonaId())
            .setSessionId(info.getSessionId())
            .addAllEntries(entries)
            .build();
    return client.working().appendEntries(request).getEntryIdsList();
  }

  /** All entries, of all timelines, oldest first, fetched page by page. */
  public Iterable<Entry> entries() {
    ListEntriesRequest request =
        ListEntriesRequest.newBuilder()
            .setUserId(info.getUserId())
            .setPersonaId(info.getPersonaId())
            .setSessionId(info.getSessionId())
            .build();
    return Pages.items(
        client.working()::listEntries, request, ListEntriesResponse::getEntriesList);
  }

  /** What fits of all that the persona may know of the user, with this session as context. */
  public RecallResponse recall(String query) {
    RecallRequest request =
        RecallRequest.newBuilder()
            .setUserId(info.getUserId())
            .setPersonaId(info.getPersonaId())
            .setSessionId(info.getSessionId())
            .setQuery(query)
            .build();
    return client.memories().recall(request);
  }

  /** Ends it, which makes an episode of it. */
  public EndSessionResponse end() {
    return end(EndSessionRequest.getDefaultInstance());
  }

  /** Ends it. What is supplied (a summary, facts, a reason not to flush) is kept as given. */
  public EndSessionResponse end(EndSessionRequest supplied) {
    EndSessionRequest request =
        supplied.toBuilder()
            .setUserId(info.getUserId())
            .setPersonaId(info.getPersonaId())
            .setSessionId(info.getSessionId())
            .build();
    EndSessionResponse response = client.working().endSession(request);
    ended = true;
    return response;
  }

  /** Ends it, unless {@link #end} has. */
  @Override
  public void close() {
    if (!ended) {
      end();
    }
  }

  private String appendOne(Role role, String content) {
    return append(List.of(Entry.newBuilder().setRole(role).setContent(content).build())).get(0);
  }
}
