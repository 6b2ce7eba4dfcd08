package dev.reverie;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.Base64;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Expectations and variables of the behaviour scenarios; see clients/behaviour/README.md. */
final class Matching {
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{(\\w+)}");

  private Matching() {}

  /** What does not match, in words; empty: all does. Null is what is not there. */
  static String mismatch(JsonElement expected, JsonElement actual, String where) {
    if (expected.isJsonObject()) {
      JsonObject object = expected.getAsJsonObject();
      if (object.size() == 1 && object.keySet().iterator().next().startsWith("$")) {
        String name = object.keySet().iterator().next();
        return matches(name, object.get(name), actual) ? "" : told(where, actual, expected);
      }
      if (actual == null || !actual.isJsonObject()) {
        return told(where, actual, expected);
      }
      for (String key : object.keySet()) {
        JsonElement part = actual.getAsJsonObject().get(key);
        String wrong = mismatch(object.get(key), part, where + "." + key);
        if (!wrong.isEmpty()) {
          return wrong;
        }
      }
      return "";
    }
    if (expected.isJsonArray()) {
      JsonArray list = expected.getAsJsonArray();
      if (actual == null || !actual.isJsonArray() || actual.getAsJsonArray().size() != list.size()) {
        return told(where, actual, expected);
      }
      for (int at = 0; at < list.size(); at++) {
        JsonElement each = actual.getAsJsonArray().get(at);
        String wrong = mismatch(list.get(at), each, where + "." + at);
        if (!wrong.isEmpty()) {
          return wrong;
        }
      }
      return "";
    }
    return expected.equals(actual) ? "" : told(where, actual, expected);
  }

  private static boolean matches(String name, JsonElement argument, JsonElement actual) {
    switch (name) {
      case "$any":
        return actual != null && !isEmpty(actual);
      case "$absent":
        return actual == null;
      case "$count":
        return actual != null
            && actual.isJsonArray()
            && actual.getAsJsonArray().size() == argument.getAsInt();
      case "$min":
        return actual != null && actual.getAsDouble() >= argument.getAsDouble();
      case "$max":
        return actual != null && actual.getAsDouble() <= argument.getAsDouble();
      case "$contains":
        if (actual != null && actual.isJsonPrimitive()) {
          return actual.getAsString().contains(argument.getAsString());
        }
        if (actual != null && actual.isJsonArray()) {
          for (JsonElement each : actual.getAsJsonArray()) {
            if (mismatch(argument, each, "").isEmpty()) {
              return true;
            }
          }
        }
        return false;
      default:
        throw new IllegalArgumentException("no expectation is called " + name);
    }
  }

  private static boolean isEmpty(JsonElement actual) {
    if (actual.isJsonArray()) {
      return actual.getAsJsonArray().isEmpty();
    }
    return actual.equals(new JsonPrimitive("")) || actual.equals(new JsonPrimitive(false));
  }

  /** A value with what stands for variables in its texts, and for zeros. */
  static JsonElement substituted(JsonElement value, Map<String, String> variables) {
    if (value.isJsonObject()) {
      if (value.getAsJsonObject().has("$zeros")) {
        byte[] zeros = new byte[value.getAsJsonObject().get("$zeros").getAsInt()];
        return new JsonPrimitive(Base64.getEncoder().encodeToString(zeros));
      }
      JsonObject result = new JsonObject();
      value.getAsJsonObject().entrySet()
          .forEach(each -> result.add(each.getKey(), substituted(each.getValue(), variables)));
      return result;
    }
    if (value.isJsonArray()) {
      JsonArray result = new JsonArray();
      value.getAsJsonArray().forEach(each -> result.add(substituted(each, variables)));
      return result;
    }
    if (value.isJsonPrimitive() && value.getAsJsonPrimitive().isString()) {
      Matcher found = VARIABLE.matcher(value.getAsString());
      return new JsonPrimitive(
          found.replaceAll(each -> Matcher.quoteReplacement(variables.get(each.group(1)))));
    }
    return value;
  }

  /** The value at a path such as {@code told.0.fact_id}; the answer itself if it is empty. */
  static String captured(JsonElement answer, String path) {
    JsonElement value = answer;
    for (String step : path.isEmpty() ? new String[0] : path.split("\\.")) {
      value =
          value.isJsonArray()
              ? value.getAsJsonArray().get(Integer.parseInt(step))
              : value.getAsJsonObject().get(step);
    }
    return value.getAsString();
  }

  private static String told(String where, JsonElement actual, JsonElement expected) {
    String shown = actual == null ? "absent" : actual.toString();
    return where + " is " + shown.substring(0, Math.min(500, shown.length())) + ", not " + expected;
  }
}
