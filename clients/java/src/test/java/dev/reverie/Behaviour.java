package dev.reverie;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.grpc.stub.AbstractStub;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Plays the scenarios of clients/behaviour through this client; the README there says how. */
final class Behaviour {
  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer().preservingProtoFieldNames();

  private final ReverieClient client;
  private final Map<String, String> variables = new HashMap<>();
  private Session session;

  private Behaviour(ReverieClient client) {
    this.client = client;
  }

  public static void main(String[] arguments) throws Exception {
    boolean allPassed = true;
    TreeSet<Path> files = new TreeSet<>();
    Path folder = Path.of(System.getenv("BEHAVIOUR_SCENARIOS"));
    try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, "*.json")) {
      found.forEach(files::add);
    }
    for (Path file : files) {
      JsonObject result = run(JsonParser.parseString(Files.readString(file)).getAsJsonObject());
      allPassed &= result.get("passed").getAsBoolean();
      System.out.println(result);
    }
    System.exit(allPassed ? 0 : 1);
  }

  private static JsonObject run(JsonObject scenario) throws Exception {
    JsonObject result = new JsonObject();
    result.add("scenario", scenario.get("name"));
    boolean isPeer = scenario.has("server") && scenario.get("server").getAsString().equals("peer");
    String address = System.getenv(isPeer ? "BEHAVIOUR_PEER" : "BEHAVIOUR_SERVER");
    String workspace = "java-" + UUID.randomUUID();
    try (ReverieClient client = ReverieClient.builder(address).workspace(workspace).build()) {
      Behaviour playing = new Behaviour(client);
      int number = 0;
      for (JsonElement step : scenario.getAsJsonArray("steps")) {
        String why = playing.play(step.getAsJsonObject());
        if (!why.isEmpty()) {
          result.addProperty("passed", false);
          result.addProperty("step", number);
          result.addProperty("why", why);
          return result;
        }
        number++;
      }
    }
    result.addProperty("passed", true);
    return result;
  }

  /** One step, as often as it says; what is wrong with it, or nothing. */
  private String play(JsonObject step) throws Exception {
    int rounds = step.has("rounds") ? step.get("rounds").getAsInt() : 1;
    String wrong = "";
    for (int round = 0; round < rounds && wrong.isEmpty(); round++) {
      wrong = playOnce(step);
    }
    return wrong;
  }

  private String playOnce(JsonObject given) throws Exception {
    JsonObject step =
        given.has("load") ? given : Matching.substituted(given, variables).getAsJsonObject();
    JsonElement answer;
    try {
      answer = answer(step);
    } catch (ReverieException failure) {
      return wrongError(step.get("error"), failure);
    }
    if (step.has("error")) {
      return "succeeded with " + answer;
    }
    String wrong =
        step.has("expect") ? Matching.mismatch(step.get("expect"), answer, "answer") : "";
    if (wrong.isEmpty() && step.has("capture")) {
      step.getAsJsonObject("capture").entrySet()
          .forEach(
              each ->
                  variables.put(
                      each.getKey(), Matching.captured(answer, each.getValue().getAsString())));
    }
    return wrong;
  }

  private JsonElement answer(JsonObject step) throws Exception {
    if (step.has("call")) {
      Rpc rpc = new Rpc(step.get("call").getAsString(), step);
      return json(rpc.call(rpc.request(step.get("request"))));
    }
    if (step.has("collect")) {
      Rpc rpc = new Rpc(step.get("collect").getAsString(), step);
      JsonArray all = new JsonArray();
      for (Message item :
          Pages.items(rpc::call, rpc.request(step.get("request")), Behaviour::items)) {
        all.add(json(item));
      }
      return all;
    }
    if (step.has("download")) {
      return download(new Rpc(step.get("download").getAsString(), step), step.get("request"));
    }
    if (step.has("upload")) {
      Rpc rpc = new Rpc(step.get("upload").getAsString(), step);
      List<Message> requests = new ArrayList<>();
      for (JsonElement fields : step.getAsJsonArray("requests")) {
        requests.add(rpc.request(fields));
      }
      int times = step.has("times") ? step.get("times").getAsInt() : 1;
      Iterator<Message> streamed =
          Collections.nCopies(times, requests).stream().flatMap(List::stream).iterator();
      return json((Message) rpc.invoke(streamed));
    }
    if (step.has("session")) {
      return withSession(step);
    }
    if (step.has("load")) {
      load(step);
    } else {
      restart();
    }
    return new JsonObject();
  }

  /** All that a method answers with as a stream. */
  private static JsonElement download(Rpc rpc, JsonElement fields) throws Exception {
    JsonArray all = new JsonArray();
    try (Download<?> answers = (Download<?>) rpc.invoke(rpc.request(fields))) {
      while (answers.hasNext()) {
        all.add(json((Message) answers.next()));
      }
    }
    return all;
  }

  private JsonElement withSession(JsonObject step) throws IOException {
    String content = step.has("content") ? step.get("content").getAsString() : "";
    switch (step.get("session").getAsString()) {
      case "start":
        session =
            client.startSession(
                step.get("user_id").getAsString(), step.get("persona_id").getAsString());
        return json(session.info());
      case "say":
        return new JsonPrimitive(session.say(content));
      case "reply":
        return new JsonPrimitive(session.reply(content));
      case "note":
        return new JsonPrimitive(session.note(content));
      case "entries":
        JsonArray all = new JsonArray();
        for (Message entry : session.entries()) {
          all.add(json(entry));
        }
        return all;
      case "recall":
        return json(session.recall(step.get("query").getAsString()));
      default:
        return json(session.end());
    }
  }

  private void load(JsonObject step) throws Exception {
    int times = step.get("times").getAsInt();
    int restartAfter = step.get("restart_after").getAsInt();
    int inFlight = step.get("in_flight").getAsInt();
    AtomicInteger next = new AtomicInteger();
    AtomicInteger done = new AtomicInteger();
    ExecutorService callers = Executors.newFixedThreadPool(inFlight + 1);
    List<Future<?>> working = new ArrayList<>();
    List<Future<?>> restarting = new ArrayList<>();
    for (int caller = 0; caller < inFlight; caller++) {
      working.add(
          callers.submit(
              () -> {
                for (int at = next.getAndIncrement(); at < times; at = next.getAndIncrement()) {
                  Rpc rpc = new Rpc(step.get("load").getAsString(), step);
                  Map<String, String> all = new HashMap<>(variables);
                  all.put("number", String.valueOf(at));
                  rpc.call(rpc.request(Matching.substituted(step.get("request"), all)));
                  if (done.incrementAndGet() == restartAfter) {
                    synchronized (restarting) {
                      restarting.add(
                          callers.submit(
                              () -> {
                                restart();
                                return null;
                              }));
                    }
                  }
                }
                return null;
              }));
    }
    for (Future<?> each : working) {
      each.get();
    }
    for (Future<?> each : restarting) {
      each.get();
    }
    callers.shutdown();
  }

  /** A method of the client by a name such as {@code UserService/GetUser}. */
  private final class Rpc {
    private final Object stub;
    private final Method method;

    Rpc(String name, JsonObject step) throws ReflectiveOperationException {
      String service = name.substring(0, name.indexOf('/'));
      String call = name.substring(service.length() + 1);
      Method accessor =
          Arrays.stream(Services.class.getMethods())
              .filter(each -> each.getReturnType().getSimpleName().equals(service + "BlockingStub"))
              .findFirst()
              .orElseThrow();
      AbstractStub<?> plain = (AbstractStub<?>) accessor.invoke(client);
      stub =
          step.has("timeout")
              ? plain.withDeadlineAfter(
                  (long) (1e9 * step.get("timeout").getAsDouble()), TimeUnit.NANOSECONDS)
              : plain;
      String wanted = Character.toLowerCase(call.charAt(0)) + call.substring(1);
      method =
          Arrays.stream(stub.getClass().getMethods())
              .filter(each -> each.getName().equals(wanted))
              .findFirst()
              .orElseThrow();
    }

    Message request(JsonElement fields) throws ReflectiveOperationException, IOException {
      Type taken = method.getGenericParameterTypes()[0];
      Class<?> type =
          (Class<?>)
              (taken instanceof ParameterizedType stream ? stream.getActualTypeArguments()[0] : taken);
      Message.Builder builder = (Message.Builder) type.getMethod("newBuilder").invoke(null);
      JsonFormat.parser().merge(fields.toString(), builder);
      return builder.build();
    }

    Message call(Message request) {
      return (Message) invoke(request);
    }

    Object invoke(Object argument) {
      try {
        return method.invoke(stub, argument);
      } catch (InvocationTargetException failure) {
        throw (RuntimeException) failure.getCause();
      } catch (IllegalAccessException impossible) {
        throw new IllegalStateException(impossible);
      }
    }
  }

  @SuppressWarnings("unchecked")
  private static List<Message> items(Message page) {
    for (FieldDescriptor field : page.getDescriptorForType().getFields()) {
      if (field.isRepeated()) {
        return (List<Message>) page.getField(field);
      }
    }
    throw new IllegalStateException("no items");
  }

  private static JsonElement json(Message message) throws IOException {
    return JsonParser.parseString(PRINTER.print(message));
  }

  private static String wrongError(JsonElement expected, ReverieException failure) {
    if (expected == null) {
      return "failed: " + failure;
    }
    JsonObject actual = new JsonObject();
    actual.addProperty("code", failure.code().name());
    actual.addProperty("reason", failure.reason());
    JsonArray fields = new JsonArray();
    failure.fields().forEach(each -> fields.add(each.field()));
    actual.add("fields", fields);
    failure.retryDelay().ifPresent(delay -> actual.addProperty("retry_delay", delay.toMillis() / 1e3));
    actual.addProperty("incident_id", failure.incidentId());
    JsonObject metadata = new JsonObject();
    failure.metadata().forEach(metadata::addProperty);
    actual.add("metadata", metadata);
    return Matching.mismatch(expected, actual, "error");
  }

  /** Has the server killed and started; returns when it serves. */
  private static void restart() throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(System.getenv("BEHAVIOUR_CONTROL") + "/restart"))
            .version(HttpClient.Version.HTTP_1_1)
            .POST(HttpRequest.BodyPublishers.noBody())
            .build();
    int status =
        HttpClient.newHttpClient()
            .send(request, HttpResponse.BodyHandlers.discarding())
            .statusCode();
    if (status != 200) {
      throw new IOException("restart: " + status);
    }
  }
}
