package dev.reverie;

import com.google.gson.Gson;
import dev.reverie.v1.GetSessionRequest;
import dev.reverie.v1.StartSessionRequest;
import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.ClientInterceptors;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.TlsChannelCredentials;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/**
 * A connection to a Reverie server, made at the first call. One serves a whole program, and may be
 * used by many threads at once; close it.
 *
 * <p>Every call has a deadline, is tried again while the server is away, carries a request id that
 * makes the retry harmless, fails with a {@link ReverieException}, and sees what this client has
 * written before. Of that, streams ({@link #privacy}) have only the exception; their deadline is the
 * one that their stub is given.
 *
 * <p>The methods are the services of the contract, whose own methods take and give its messages:
 * {@code client.users().getUser(request)} blocks, {@code client.futures().users().getUser(request)}
 * answers with a future.
 */
public final class ReverieClient extends Services implements AutoCloseable {
  /** How long a call may take, retries included, that has no deadline itself. */
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);

  /** A request larger than this is never sent twice; a batch may have 2 MiB. */
  private static final int BUFFER_BYTES = 8 * 1024 * 1024;

  private final ManagedChannel connection;
  private final Channel channel;
  private final FutureServices futures;

  private ReverieClient(ManagedChannel connection, Channel channel, Calls calls) {
    super(channel, calls);
    this.connection = connection;
    this.channel = channel;
    this.futures = new FutureServices(channel, calls);
  }

  /** A client of the server at {@code host:port}, or any gRPC target, with the defaults. */
  public static ReverieClient connect(String address) {
    return builder(address).build();
  }

  /** Says how to connect to the server at {@code host:port}, or any gRPC target. */
  public static Builder builder(String address) {
    return new Builder(address);
  }

  /** The services, whose calls answer with futures. */
  public FutureServices futures() {
    return futures;
  }

  /** What the services are called over, for stubs of other contracts on the same server. */
  public Channel channel() {
    return channel;
  }

  /** Starts a session; user and persona are made when they are not there yet. */
  public Session startSession(String userId, String personaId) {
    StartSessionRequest request =
        StartSessionRequest.newBuilder().setUserId(userId).setPersonaId(personaId).build();
    return sessionOf(working().startSession(request).getSession());
  }

  /** A handle on a session that was started before, by anybody. */
  public Session resumeSession(String userId, String personaId, String sessionId) {
    GetSessionRequest request =
        GetSessionRequest.newBuilder()
            .setUserId(userId)
            .setPersonaId(personaId)
            .setSessionId(sessionId)
            .build();
    return sessionOf(working().getSession(request).getSession());
  }

  /** A handle on a session that some call has answered with. */
  public Session sessionOf(dev.reverie.v1.Session info) {
    return new Session(this, info);
  }

  /** Ends the connection; calls in flight fail. */
  @Override
  public void close() {
    connection.shutdownNow();
  }

  /** How a client connects. */
  public static final class Builder {
    private final String address;
    private final Metadata headers = new Metadata();
    private ChannelCredentials credentials = InsecureChannelCredentials.create();
    private Duration timeout = DEFAULT_TIMEOUT;
    private UnaryOperator<ManagedChannelBuilder<?>> options = UnaryOperator.identity();

    private Builder(String address) {
      this.address = address;
    }

    /** Sends a key as a bearer token. Without {@link #tls} it can be read on its way. */
    public Builder apiKey(String key) {
      headers.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + key);
      return this;
    }

    /** Chooses a workspace on a server on loopback without keys. */
    public Builder workspace(String workspace) {
      headers.put(Metadata.Key.of("reverie-workspace", Metadata.ASCII_STRING_MARSHALLER), workspace);
      return this;
    }

    /** Encrypts the connection, with the system's roots. */
    public Builder tls() {
      return credentials(TlsChannelCredentials.create());
    }

    /** Encrypts the connection, with roots or a certificate of one's own. */
    public Builder credentials(ChannelCredentials credentials) {
      this.credentials = credentials;
      return this;
    }

    /** For calls that have no deadline themselves; see {@link #DEFAULT_TIMEOUT}. */
    public Builder timeout(Duration timeout) {
      this.timeout = timeout;
      return this;
    }

    /** Options of gRPC's own. */
    public Builder options(UnaryOperator<ManagedChannelBuilder<?>> options) {
      this.options = options;
      return this;
    }

    /** The client. */
    public ReverieClient build() {
      ManagedChannelBuilder<?> builder =
          Grpc.newChannelBuilder(address, credentials)
              .defaultServiceConfig(serviceConfig())
              .enableRetry()
              .perRpcBufferLimit(BUFFER_BYTES)
              .retryBufferSize(2L * BUFFER_BYTES)
              .maxInboundMessageSize(BUFFER_BYTES)
              // A peer that is gone without a word is noticed. The server permits pings from 20 s on.
              .keepAliveTime(60, TimeUnit.SECONDS)
              .keepAliveTimeout(20, TimeUnit.SECONDS);
      ManagedChannel connection = options.apply(builder).build();
      Channel channel =
          ClientInterceptors.intercept(
              connection, MetadataUtils.newAttachHeadersInterceptor(headers));
      return new ReverieClient(connection, channel, new Calls(address, timeout));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, ?> serviceConfig() {
      try (InputStream file = ReverieClient.class.getResourceAsStream("service_config.json")) {
        return new Gson().fromJson(new InputStreamReader(file, StandardCharsets.UTF_8), Map.class);
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }
  }
}
