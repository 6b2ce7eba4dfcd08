package dev.reverie;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RequestInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A call failed, also after the retries. The cause is gRPC's own exception. */
public final class ReverieException extends RuntimeException {
  private static final String DOMAIN = "reverie";

  private final Status.Code code;
  private final String requestId;
  private String reason = "";
  private Map<String, String> metadata = Map.of();
  private List<FieldError> fields = List.of();
  private Duration retryDelay;
  private String incidentId = "";

  /**
   * One field of the request that is not as it must be.
   *
   * @param field its path in the request, such as {@code entries[3].content}
   * @param description what is wrong
   */
  public record FieldError(String field, String description) {}

  private ReverieException(StatusRuntimeException cause, String message, String requestId) {
    super(message, cause);
    this.code = cause.getStatus().getCode();
    this.requestId = requestId;
  }

  static ReverieException of(StatusRuntimeException failure, String address, String requestId) {
    Status status = failure.getStatus();
    String message =
        status.getCode() == Status.Code.DEADLINE_EXCEEDED
            ? "no answer from " + address + " in time"
            : status.getDescription();
    ReverieException result = new ReverieException(failure, message, requestId);
    com.google.rpc.Status details = StatusProto.fromThrowable(failure);
    try {
      for (Any detail : details == null ? List.<Any>of() : details.getDetailsList()) {
        result.read(detail);
      }
    } catch (InvalidProtocolBufferException notOurs) {
      // Some other server's: the code and the message are all there is.
      return result;
    }
    return result;
  }

  private void read(Any detail) throws InvalidProtocolBufferException {
    if (detail.is(ErrorInfo.class)) {
      ErrorInfo info = detail.unpack(ErrorInfo.class);
      if (info.getDomain().equals(DOMAIN)) {
        reason = info.getReason();
        metadata = Map.copyOf(info.getMetadataMap());
      }
    } else if (detail.is(BadRequest.class)) {
      fields =
          detail.unpack(BadRequest.class).getFieldViolationsList().stream()
              .map(each -> new FieldError(each.getField(), each.getDescription()))
              .toList();
    } else if (detail.is(RetryInfo.class)) {
      com.google.protobuf.Duration delay = detail.unpack(RetryInfo.class).getRetryDelay();
      retryDelay = Duration.ofSeconds(delay.getSeconds(), delay.getNanos());
    } else if (detail.is(RequestInfo.class)) {
      incidentId = detail.unpack(RequestInfo.class).getRequestId();
    }
  }

  /** The canonical status code. */
  public Status.Code code() {
    return code;
  }

  /** Why: a value of {@code ErrorReason} without its prefix; empty when the server did not say. */
  public String reason() {
    return reason;
  }

  /** More about the reason, by name. */
  public Map<String, String> metadata() {
    return metadata;
  }

  /** The request's fields that are wrong. */
  public List<FieldError> fields() {
    return fields;
  }

  /** After how long another try makes sense, if the server said so. */
  public Optional<Duration> retryDelay() {
    return Optional.ofNullable(retryDelay);
  }

  /** What to report when the server had a defect. */
  public String incidentId() {
    return incidentId;
  }

  /** The request id that was sent. Another try with it has no second effect. */
  public String requestId() {
    return requestId;
  }
}
