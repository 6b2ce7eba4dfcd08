package callhandler

import (
	"context"
	"log/slog"
	"net"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"

	reverie "reverie.dev/go"
	"reverie.dev/go/reveriev1"
)

// prompts answers when its gate is open.
type prompts struct {
	reveriev1.UnimplementedPromptServiceServer
	gate chan struct{}
}

func (p *prompts) ComposePrompt(
	ctx context.Context, request *reveriev1.ComposePromptRequest,
) (*reveriev1.ComposePromptResponse, error) {
	select {
	case <-p.gate:
		return &reveriev1.ComposePromptResponse{Prompt: "You know " + request.GetUserId()}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func serve(t *testing.T, service *prompts) *Handler {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	reveriev1.RegisterPromptServiceServer(server, service)
	grpc_health_v1.RegisterHealthServer(server, health.NewServer())
	go server.Serve(listener)
	t.Cleanup(server.Stop)
	client, err := reverie.Connect(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return &Handler{Memory: client, PersonaID: "brad", Log: slog.New(slog.DiscardHandler)}
}

func TestACallGoesOnWithoutMemoryThatIsLate(t *testing.T) {
	handler := serve(t, &prompts{gate: make(chan struct{})})

	prompt, remembered := handler.Opening(context.Background(), "alice")

	if remembered || prompt != plain {
		t.Errorf("%q, %v", prompt, remembered)
	}
}

func TestACallOpensWithWhatIsKnown(t *testing.T) {
	gate := make(chan struct{})
	close(gate)
	handler := serve(t, &prompts{gate: gate})

	// The first call also connects, which on a busy machine may take longer than a caller waits.
	for range 100 {
		if prompt, remembered := handler.Opening(context.Background(), "alice"); remembered {
			if prompt != "You know alice" {
				t.Errorf("%q", prompt)
			}
			return
		}
	}
	t.Error("never remembered")
}
