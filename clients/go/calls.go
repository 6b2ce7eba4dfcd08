package reverie

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	"reverie.dev/go/reveriev1"
)

// calls is what every call of a client goes through.
type calls struct {
	address   string
	metadata  []string
	timeout   time.Duration
	revisions *revisions
	methods   sync.Map // of *method, by full name
}

// method is what the client knows of a method from its descriptor; fields that its messages do not
// have are nil.
type method struct {
	userID      protoreflect.FieldDescriptor
	requestID   protoreflect.FieldDescriptor
	minRevision protoreflect.FieldDescriptor
	revision    protoreflect.FieldDescriptor // of the answer; nil when the method is read-only
	deletesUser bool
}

func (c *calls) unary(
	ctx context.Context, name string, request, reply any, connection *grpc.ClientConn,
	invoke grpc.UnaryInvoker, options ...grpc.CallOption,
) error {
	in, isProto := request.(proto.Message)
	out, answersProto := reply.(proto.Message)
	if !isProto || !answersProto {
		return invoke(ctx, name, request, reply, connection, options...)
	}
	ctx = metadata.AppendToOutgoingContext(ctx, c.metadata...)
	if _, has := ctx.Deadline(); !has {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.timeout)
		defer cancel()
	}
	about := c.method(name, in, out)
	completed, revision := c.completed(in, about)
	user := about.owner(completed)
	err := c.typed(invoke(ctx, name, completed, reply, connection, options...), about, completed)
	var failure *Error
	if revision != 0 && errors.As(err, &failure) && failure.Reason == "REVISION_UNKNOWN" {
		// The server has lost what we saw: it was restored from before. What we remember is of a
		// past that is gone, and the caller never asked for it.
		c.revisions.lost(user, revision)
		completed.ProtoReflect().Clear(about.minRevision)
		err = c.typed(invoke(ctx, name, completed, reply, connection, options...), about, completed)
	}
	if err == nil && about.deletesUser {
		c.revisions.forget(user)
	} else if err == nil && about.revision != nil {
		c.revisions.saw(user, out.ProtoReflect().Get(about.revision).Int())
	}
	return err
}

// completed is the request with what the caller has left open, and the revision that was filled in
// or 0. The caller's own request is not changed.
func (c *calls) completed(request proto.Message, about *method) (proto.Message, int64) {
	given := request.ProtoReflect()
	var requestID string
	if about.requestID != nil && given.Get(about.requestID).String() == "" {
		requestID = newRequestID()
	}
	var revision int64
	if about.minRevision != nil && given.Get(about.minRevision).Int() == 0 {
		revision = c.revisions.of(about.owner(request))
	}
	if requestID == "" && revision == 0 {
		return request, 0
	}
	copied := given.New()
	given.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		copied.Set(field, value)
		return true
	})
	copied.SetUnknown(given.GetUnknown())
	if requestID != "" {
		copied.Set(about.requestID, protoreflect.ValueOfString(requestID))
	}
	if revision != 0 {
		copied.Set(about.minRevision, protoreflect.ValueOfInt64(revision))
	}
	return copied.Interface(), revision
}

func (c *calls) typed(err error, about *method, request proto.Message) error {
	if err == nil {
		return nil
	}
	var requestID string
	if about.requestID != nil {
		requestID = request.ProtoReflect().Get(about.requestID).String()
	}
	return errorOf(err, c.address, requestID)
}

func (c *calls) method(name string, request, reply proto.Message) *method {
	if known, found := c.methods.Load(name); found {
		return known.(*method)
	}
	in := request.ProtoReflect().Descriptor().Fields()
	about := &method{
		userID:      in.ByName("user_id"),
		requestID:   in.ByName("request_id"),
		minRevision: in.ByName("min_revision"),
		deletesUser: name == reveriev1.UserService_DeleteUser_FullMethodName,
	}
	if !isReadOnly(name) {
		about.revision = reply.ProtoReflect().Descriptor().Fields().ByName("revision")
	}
	known, _ := c.methods.LoadOrStore(name, about)
	return known.(*method)
}

// isReadOnly says whether a method, by its full name such as "/reverie.v1.UserService/GetUser", has
// no side effects.
func isReadOnly(name string) bool {
	found, err := descriptorOf(name)
	if err != nil {
		return false
	}
	options, known := found.Options().(*descriptorpb.MethodOptions)
	return known &&
		options.GetIdempotencyLevel() == descriptorpb.MethodOptions_NO_SIDE_EFFECTS
}

// descriptorOf finds a method by its full name.
func descriptorOf(name string) (protoreflect.Descriptor, error) {
	dotted := strings.ReplaceAll(name[1:], "/", ".")
	return protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(dotted))
}

// owner is whose revision a call is about: the user's or, empty, the workspace's shared part's.
func (m *method) owner(request proto.Message) string {
	if m.userID == nil {
		return ""
	}
	return request.ProtoReflect().Get(m.userID).String()
}
