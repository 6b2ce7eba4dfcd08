package dev.reverie;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Remembers, for read-your-writes, the latest revision of each user that this client has written;
 * under an empty id that of the workspace's shared part.
 *
 * <p>When there are too many, the users that were written longest ago are forgotten: their next
 * search sees what the server has at hand, as everybody else's.
 */
final class Revisions {
  private final Map<String, Long> seen;

  Revisions(int capacity) {
    seen =
        new LinkedHashMap<>() {
          @Override
          protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
            return size() > capacity;
          }
        };
  }

  /** Never goes back: answers of calls that run side by side arrive in any order. */
  synchronized void saw(String userId, long revision) {
    Long before = seen.remove(userId); // so that it is the last again
    seen.put(userId, before == null ? revision : Math.max(before, revision));
  }

  /** What a search must at least know; 0: whatever there is. */
  synchronized long of(String userId) {
    return seen.getOrDefault(userId, 0L);
  }

  /** The user was deleted. */
  synchronized void forget(String userId) {
    seen.remove(userId);
  }

  /** The server does not know this revision; what was written meanwhile stays. */
  synchronized void lost(String userId, long revision) {
    seen.remove(userId, revision);
  }
}
