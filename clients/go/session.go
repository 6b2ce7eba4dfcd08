package reverie

import (
	"context"
	"iter"

	"google.golang.org/protobuf/proto"

	"reverie.dev/go/reveriev1"
)

// Session is one conversation or call of a user with a persona; it carries their ids. The server
// archives a session itself when it has been idle for long enough, but [Session.End] does it at once.
type Session struct {
	client *Client
	info   *reveriev1.Session
}

// StartSession starts a session; user and persona are made when they are not there yet. For more than
// ids, and with a session id of your own, call Working.StartSession and [Client.SessionOf].
func (c *Client) StartSession(ctx context.Context, userID, personaID string) (*Session, error) {
	request := &reveriev1.StartSessionRequest{UserId: userID, PersonaId: personaID}
	response, err := c.Working.StartSession(ctx, request)
	if err != nil {
		return nil, err
	}
	return c.SessionOf(response.GetSession()), nil
}

// ResumeSession is a handle on a session that was started before, by anybody.
func (c *Client) ResumeSession(
	ctx context.Context, userID, personaID, sessionID string,
) (*Session, error) {
	response, err := c.Working.GetSession(ctx, &reveriev1.GetSessionRequest{
		UserId: userID, PersonaId: personaID, SessionId: sessionID,
	})
	if err != nil {
		return nil, err
	}
	return c.SessionOf(response.GetSession()), nil
}

// SessionOf is a handle on a session that some call has answered with.
func (c *Client) SessionOf(info *reveriev1.Session) *Session {
	return &Session{client: c, info: info}
}

// Info is the session as it was when the handle was made; it is not to be changed.
func (s *Session) Info() *reveriev1.Session {
	return s.info
}

// Say adds what the user says; it gives the entry's id.
func (s *Session) Say(ctx context.Context, content string) (string, error) {
	return s.appendOne(ctx, reveriev1.Role_ROLE_USER, content)
}

// Reply adds what the persona says; it gives the entry's id.
func (s *Session) Reply(ctx context.Context, content string) (string, error) {
	return s.appendOne(ctx, reveriev1.Role_ROLE_ASSISTANT, content)
}

// Note adds what nobody said; it gives the entry's id.
func (s *Session) Note(ctx context.Context, content string) (string, error) {
	return s.appendOne(ctx, reveriev1.Role_ROLE_NOTE, content)
}

// Append adds entries, all or none; it gives their ids in order.
func (s *Session) Append(ctx context.Context, entries ...*reveriev1.Entry) ([]string, error) {
	response, err := s.client.Working.AppendEntries(ctx, &reveriev1.AppendEntriesRequest{
		UserId:    s.info.GetUserId(),
		PersonaId: s.info.GetPersonaId(),
		SessionId: s.info.GetSessionId(),
		Entries:   entries,
	})
	return response.GetEntryIds(), err
}

// Entries are all entries, of all timelines, oldest first.
func (s *Session) Entries(ctx context.Context) iter.Seq2[*reveriev1.Entry, error] {
	request := &reveriev1.ListEntriesRequest{
		UserId:    s.info.GetUserId(),
		PersonaId: s.info.GetPersonaId(),
		SessionId: s.info.GetSessionId(),
	}
	entries := (*reveriev1.ListEntriesResponse).GetEntries
	return Items(ctx, s.client.Working.ListEntries, request, entries)
}

// Recall is what fits the query of all that the persona may know of the user, with this session as
// context: hits, best first.
func (s *Session) Recall(ctx context.Context, query string) (*reveriev1.RecallResponse, error) {
	return s.client.Memories.Recall(ctx, &reveriev1.RecallRequest{
		UserId:    s.info.GetUserId(),
		PersonaId: s.info.GetPersonaId(),
		SessionId: s.info.GetSessionId(),
		Query:     query,
	})
}

// End ends the session, which makes an episode of it. What supplied holds of its own (a summary,
// facts, a reason not to flush) is kept as given; nil leaves all of it to the server.
func (s *Session) End(
	ctx context.Context, supplied *reveriev1.EndSessionRequest,
) (*reveriev1.EndSessionResponse, error) {
	request := &reveriev1.EndSessionRequest{}
	if supplied != nil {
		request = proto.CloneOf(supplied)
	}
	request.UserId = s.info.GetUserId()
	request.PersonaId = s.info.GetPersonaId()
	request.SessionId = s.info.GetSessionId()
	return s.client.Working.EndSession(ctx, request)
}

func (s *Session) appendOne(
	ctx context.Context, role reveriev1.Role, content string,
) (string, error) {
	ids, err := s.Append(ctx, &reveriev1.Entry{Role: role, Content: content})
	if err != nil {
		return "", err
	}
	return ids[0], nil
}
