// Package reverie is the Go client of Reverie, a memory server for bots.
//
// Every unary call has a deadline, is tried again while the server is away, carries a request id that
// makes the retry harmless, and sees what this client has written before. Streams ([Client].Privacy)
// have none of that: their deadline is that of the context. All fail with an [*Error]:
//
//	client, err := reverie.Connect("127.0.0.1:50051")
//	if err != nil {
//		return err
//	}
//	defer client.Close()
//	user, err := client.Users.GetUser(ctx, &reveriev1.GetUserRequest{UserId: "alice"})
//
// The fields of [Client] are the services of the contract, whose methods take and give the messages
// of package reveriev1. [Items] and [Pages] walk over what is answered page by page, and [Session]
// carries the ids of one conversation.
package reverie
