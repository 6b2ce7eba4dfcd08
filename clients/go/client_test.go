package reverie

import (
	"context"
	"errors"
	"sync"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestRevisionsNeverGoBackAndForgetTheOldest(t *testing.T) {
	r := newRevisions()
	r.capacity = 2

	r.saw("alice", 5)
	r.saw("alice", 3)
	r.saw("bob", 1)
	r.saw("alice", 6)
	r.saw("carol", 9)

	for user, want := range map[string]int64{"alice": 6, "bob": 0, "carol": 9} {
		if got := r.of(user); got != want {
			t.Errorf("%s: %d, not %d", user, got, want)
		}
	}
	r.lost("alice", 5)
	if r.of("alice") != 6 {
		t.Error("what was written after a lost revision stays")
	}
	r.forget("alice")
	if r.of("alice") != 0 {
		t.Error("a deleted user's revision stays")
	}
}

func TestRevisionsAreSharedByGoroutines(t *testing.T) {
	r := newRevisions()
	var writers sync.WaitGroup
	for revision := range int64(50) {
		writers.Go(func() {
			r.saw("alice", revision)
			r.of("alice")
		})
	}
	writers.Wait()
	if r.of("alice") != 49 {
		t.Errorf("%d", r.of("alice"))
	}
}

func TestAnErrorIsContextsWhereItIsOfTime(t *testing.T) {
	late := errorOf(status.Error(codes.DeadlineExceeded, "late"), "somewhere", "id")
	if !errors.Is(late, context.DeadlineExceeded) || errors.Is(late, context.Canceled) {
		t.Error(late)
	}
	if status.Code(late) != codes.DeadlineExceeded {
		t.Error("gRPC does not know its status any more")
	}
}

func TestReadOnlyMethodsAreKnown(t *testing.T) {
	if !isReadOnly("/reverie.v1.UserService/GetUser") || isReadOnly("/reverie.v1.UserService/CreateUser") {
		t.Error("by their idempotency level")
	}
}
