package reverie

import (
	"context"
	"errors"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

func (c *calls) stream(
	ctx context.Context, description *grpc.StreamDesc, connection *grpc.ClientConn, name string,
	open grpc.Streamer, options ...grpc.CallOption,
) (grpc.ClientStream, error) {
	ctx = metadata.AppendToOutgoingContext(ctx, c.metadata...)
	stream, err := open(ctx, description, connection, name, options...)
	if err != nil {
		return nil, errorOf(err, c.address, "")
	}
	typed := &typedStream{ClientStream: stream, address: c.address}
	if description.ClientStreams && !description.ServerStreams {
		typed.answer = answerOf(name)
	}
	return typed, nil
}

// answerOf is what a method, by its full name, answers with; nil: nobody knows.
func answerOf(name string) protoreflect.MessageType {
	found, err := descriptorOf(name)
	if err != nil {
		return nil
	}
	described, is := found.(protoreflect.MethodDescriptor)
	if !is {
		return nil
	}
	answer, err := protoregistry.GlobalTypes.FindMessageByName(described.Output().FullName())
	if err != nil {
		return nil
	}
	return answer
}

// typedStream gives the errors of a stream as those of calls are.
type typedStream struct {
	grpc.ClientStream
	address string
	answer  protoreflect.MessageType // nil, unless there is one answer to what is streamed
	early   proto.Message            // an answer that came while its caller was sending
	failure error                    // the same of an error
}

// SendMsg fails with what the server said, if it has refused what was sent. If it has answered, this
// is io.EOF, as gRPC has it, and the answer can be received.
func (s *typedStream) SendMsg(message any) error {
	err := s.ClientStream.SendMsg(message)
	switch {
	case err == nil:
		return nil
	case !errors.Is(err, io.EOF):
		return errorOf(err, s.address, "")
	case s.answer == nil || s.early != nil:
		return err
	}
	answer := s.answer.New().Interface()
	if s.failure = s.RecvMsg(answer); s.failure != nil {
		return s.failure
	}
	s.early = answer
	return err
}

func (s *typedStream) RecvMsg(message any) error {
	if s.failure != nil {
		return s.failure
	}
	if into, is := message.(proto.Message); is && s.early != nil {
		proto.Merge(into, s.early)
		return nil
	}
	err := s.ClientStream.RecvMsg(message)
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return errorOf(err, s.address, "")
}
