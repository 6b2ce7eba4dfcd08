package reverie

import (
	"context"
	"fmt"
	"iter"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Pages are the answers of a method that answers page by page, from the page that the request names
// on, each fetched when it is needed. An error is the last thing that comes. The request's page_size
// says how many items come with one call, and is not changed.
func Pages[Q, R proto.Message](
	ctx context.Context,
	call func(context.Context, Q, ...grpc.CallOption) (R, error),
	request Q,
) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		next := proto.CloneOf(request)
		token := next.ProtoReflect().Descriptor().Fields().ByName("page_token")
		if token == nil {
			var none R
			yield(none, fmt.Errorf("%T has no pages", request))
			return
		}
		for {
			page, err := call(ctx, next)
			if !yield(page, err) || err != nil {
				return
			}
			answer := page.ProtoReflect()
			follows := answer.Get(answer.Descriptor().Fields().ByName("next_page_token")).String()
			if follows == "" {
				return
			}
			next.ProtoReflect().Set(token, protoreflect.ValueOfString(follows))
		}
	}
}

// Items are all items of all pages:
//
//	list := &reveriev1.ListUsersRequest{}
//	users := reverie.Items(ctx, client.Users.ListUsers, list, (*reveriev1.ListUsersResponse).GetUsers)
//	for user, err := range users {
func Items[Q, R proto.Message, T any](
	ctx context.Context,
	call func(context.Context, Q, ...grpc.CallOption) (R, error),
	request Q,
	items func(R) []T,
) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for page, err := range Pages(ctx, call, request) {
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range items(page) {
				if !yield(item, nil) {
					return
				}
			}
		}
	}
}
