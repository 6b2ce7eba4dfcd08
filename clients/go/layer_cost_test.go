package reverie_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	reverie "reverie.dev/go"
	"reverie.dev/go/reveriev1"
)

const warmUpRounds = 2

// TestLayerCost measures what this client's layer costs over the raw stubs; bench/clients.py says
// what it reads and prints.
func TestLayerCost(t *testing.T) {
	address := os.Getenv("BENCH_SERVER")
	if address == "" {
		t.Skip("no BENCH_SERVER: bench.clients runs this")
	}
	connection, err := grpc.NewClient(
		address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	client, err := reverie.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	working := reveriev1.NewWorkingMemoryServiceClient(connection)
	measureAppends(t, working, client.Working)
	measureReads(t, working, reveriev1.NewUserServiceClient(connection), client.Users)
}

func measureAppends(t *testing.T, raw, layer reveriev1.WorkingMemoryServiceClient) {
	ctx := context.Background()
	appending := func(stub reveriev1.WorkingMemoryServiceClient, side string, withID bool) func() func() error {
		session := started(t, raw, side)
		number := 0
		return func() func() error {
			number++
			request := &reveriev1.AppendEntriesRequest{
				UserId: session.GetUserId(), PersonaId: session.GetPersonaId(),
				SessionId: session.GetSessionId(),
				Entries: []*reveriev1.Entry{
					{Role: reveriev1.Role_ROLE_USER, Content: "I am allergic to peanuts."},
				},
			}
			if withID { // as the layer would fill one in
				request.RequestId = fmt.Sprintf("%s-%023d", session.GetUserId()[:12], number)
			}
			return func() error {
				_, err := stub.AppendEntries(ctx, request)
				return err
			}
		}
	}
	measured(t, "AppendEntries", appending(raw, "raw", true), appending(layer, "layer", false))
}

func measureReads(
	t *testing.T, working reveriev1.WorkingMemoryServiceClient, raw, layer reveriev1.UserServiceClient,
) {
	ctx := context.Background()
	read := func(stub reveriev1.UserServiceClient, side string) func() func() error {
		session := started(t, working, side)
		return func() func() error {
			request := &reveriev1.GetUserRequest{UserId: session.GetUserId()}
			return func() error {
				_, err := stub.GetUser(ctx, request)
				return err
			}
		}
	}
	measured(t, "GetUser", read(raw, "raw"), read(layer, "layer"))
}

// started is a new session of a user of its own.
func started(
	t *testing.T, working reveriev1.WorkingMemoryServiceClient, side string,
) *reveriev1.Session {
	response, err := working.StartSession(context.Background(), &reveriev1.StartSessionRequest{
		UserId: fmt.Sprintf("%s-%d", side, time.Now().UnixNano()), PersonaId: "brad",
	})
	if err != nil {
		t.Fatal(err)
	}
	return response.GetSession()
}

// measured prints the p50 of each round of both sides, whose calls take turns. Each side makes its
// next call, which is then timed.
func measured(t *testing.T, call string, sides ...func() func() error) {
	rounds, pairs := number(t, "BENCH_ROUNDS"), number(t, "BENCH_PAIRS")
	p50s := make([][]float64, len(sides))
	for round := -warmUpRounds; round < rounds; round++ {
		took := make([][]float64, len(sides))
		for pair := range pairs {
			for turn := range sides {
				side := (turn + pair) % len(sides)
				next := sides[side]()
				from := time.Now()
				if err := next(); err != nil {
					t.Fatal(err)
				}
				took[side] = append(took[side], float64(time.Since(from).Nanoseconds())/1e3)
			}
		}
		for side := range sides {
			if round >= 0 {
				slices.Sort(took[side])
				p50s[side] = append(p50s[side], took[side][pairs/2])
			}
		}
	}
	line, err := json.Marshal(map[string]any{"call": call, "raw_us": p50s[0], "layer_us": p50s[1]})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("%s\n", line)
}

func number(t *testing.T, name string) int {
	value, err := strconv.Atoi(os.Getenv(name))
	if err != nil {
		t.Fatal(err)
	}
	return value
}
