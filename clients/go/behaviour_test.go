package reverie_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	reverie "reverie.dev/go"
)

type scenario struct {
	Name   string
	Server string
	Steps  []map[string]any
}

type result struct {
	Scenario string `json:"scenario"`
	Passed   bool   `json:"passed"`
	Step     int    `json:"step,omitempty"`
	Why      string `json:"why,omitempty"`
}

// TestBehaviour plays the scenarios of clients/behaviour; the tests of the whole project give it
// servers.
func TestBehaviour(t *testing.T) {
	folder := os.Getenv("BEHAVIOUR_SCENARIOS")
	if folder == "" {
		t.Skip("no BEHAVIOUR_SCENARIOS: tests/clients runs this")
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios in %s: %v", folder, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var read scenario
		if err := json.Unmarshal(text, &read); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		played := play(read)
		line, err := json.Marshal(played)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("%s\n", line)
		if !played.Passed {
			t.Errorf("%s, step %d: %s", played.Scenario, played.Step, played.Why)
		}
	}
}

func play(read scenario) result {
	address := os.Getenv("BEHAVIOUR_SERVER")
	if read.Server == "peer" {
		address = os.Getenv("BEHAVIOUR_PEER")
	}
	workspace := fmt.Sprintf("go-%s-%d", read.Name, time.Now().UnixNano())
	client, err := reverie.Connect(address, reverie.WithWorkspace(workspace))
	if err != nil {
		return result{Scenario: read.Name, Why: err.Error()}
	}
	defer client.Close()
	playing := &player{client: client, variables: map[string]string{}}
	for number, step := range read.Steps {
		if why := playing.play(step); why != "" {
			return result{Scenario: read.Name, Step: number, Why: why}
		}
	}
	return result{Scenario: read.Name, Passed: true}
}
