package reverie

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const domain = "reverie"

// Error is why a call failed, also after the retries:
//
//	var failure *reverie.Error
//	if errors.As(err, &failure) && failure.Reason == "SESSION_ENDED" {
//
// A call that ran out of time is also context.DeadlineExceeded to errors.Is, and one that its caller
// gave up is context.Canceled.
type Error struct {
	Code codes.Code
	// Message is a sentence for people.
	Message string
	// Reason says why: a value of reveriev1.ErrorReason without its prefix; empty when the server
	// did not get to say.
	Reason string
	// Metadata is more about the reason, by name.
	Metadata map[string]string
	// Fields are the request's fields that are wrong.
	Fields []FieldError
	// RetryDelay is after how long another try makes sense; 0: the server did not say.
	RetryDelay time.Duration
	// IncidentID is what to report when the server had a defect.
	IncidentID string
	// RequestID is the one that was sent. Another try with it has no second effect.
	RequestID string

	status *status.Status
}

// FieldError is one field of the request that is not as it must be.
type FieldError struct {
	// Field is its path in the request, such as "entries[3].content".
	Field       string
	Description string
}

func (e *Error) Error() string {
	name := code.Code(e.Code).String()
	if e.Reason != "" {
		name = fmt.Sprintf("%s (%s)", name, e.Reason)
	}
	return fmt.Sprintf("%s: %s", name, e.Message)
}

// GRPCStatus makes status.FromError understand it.
func (e *Error) GRPCStatus() *status.Status {
	return e.status
}

// Is is for errors.Is with context's errors.
func (e *Error) Is(target error) bool {
	return e.Code == codes.DeadlineExceeded && target == context.DeadlineExceeded ||
		e.Code == codes.Canceled && target == context.Canceled
}

// errorOf is what a failed call gives its caller.
func errorOf(err error, address, requestID string) error {
	failed := status.Convert(err)
	result := &Error{
		Code:      failed.Code(),
		Message:   failed.Message(),
		RequestID: requestID,
		status:    failed,
	}
	if failed.Code() == codes.DeadlineExceeded {
		result.Message = fmt.Sprintf("no answer from %s in time", address)
	}
	for _, detail := range failed.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			if detail.GetDomain() == domain {
				result.Reason, result.Metadata = detail.GetReason(), detail.GetMetadata()
			}
		case *errdetails.BadRequest:
			for _, each := range detail.GetFieldViolations() {
				field := FieldError{Field: each.GetField(), Description: each.GetDescription()}
				result.Fields = append(result.Fields, field)
			}
		case *errdetails.RetryInfo:
			result.RetryDelay = detail.GetRetryDelay().AsDuration()
		case *errdetails.RequestInfo:
			result.IncidentID = detail.GetRequestId()
		}
	}
	return result
}
