// Package callhandler opens a phone call with what is known of the caller, if that comes in time.
package callhandler

import (
	"context"
	"errors"
	"log/slog"
	"time"

	reverie "reverie.dev/go"
	"reverie.dev/go/reveriev1"
)

// Patience is how long a caller may wait for memory before the first word.
const Patience = 150 * time.Millisecond

// plain is who the persona is when nothing of the caller can be had.
const plain = "You are a friendly assistant on the phone. You do not know the caller yet."

// Handler opens calls.
type Handler struct {
	Memory    *reverie.Client
	PersonaID string
	Log       *slog.Logger
}

// Opening is the system prompt that a call starts with, and whether memory is in it. It comes within
// [Patience], or as soon as ctx ends: a call goes on without memory rather than in silence.
func (h *Handler) Opening(ctx context.Context, callerID string) (prompt string, remembered bool) {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	composed, err := h.Memory.Prompts.ComposePrompt(ctx, &reveriev1.ComposePromptRequest{
		UserId: callerID, PersonaId: h.PersonaID, TokenBudget: 1000,
	})
	if err == nil {
		return composed.GetPrompt(), true
	}
	var failure *reverie.Error
	if errors.As(err, &failure) {
		h.Log.Warn("without memory", "code", failure.Code, "reason", failure.Reason)
	}
	return plain, false
}
