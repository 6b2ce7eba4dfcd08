package reverie_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	reverie "reverie.dev/go"
	"reverie.dev/go/reveriev1"
)

// player is one scenario, being played.
type player struct {
	client    *reverie.Client
	variables map[string]string
	session   *reverie.Session
}

// play is one step, as often as it says; it gives what is wrong with it, or nothing.
func (p *player) play(step map[string]any) string {
	rounds, has := step["rounds"].(float64)
	if !has {
		rounds = 1
	}
	for range int(rounds) {
		if wrong := p.playOnce(step); wrong != "" {
			return wrong
		}
	}
	return ""
}

func (p *player) playOnce(step map[string]any) string {
	if _, is := step["load"]; !is {
		step = substituted(step, p.variables).(map[string]any)
	}
	ctx, cancel := context.Background(), context.CancelFunc(func() {})
	if _, is := step["load"]; !is && step["timeout"] != nil {
		ctx, cancel = context.WithTimeout(ctx, seconds(step["timeout"]))
	}
	defer cancel()
	answer, err := p.answer(ctx, step)
	if err != nil || step["error"] != nil {
		return wrongError(step["error"], err)
	}
	if expected, has := step["expect"]; has {
		if wrong := mismatch(expected, answer, "answer"); wrong != "" {
			return wrong
		}
	}
	captures, _ := step["capture"].(map[string]any)
	for name, path := range captures {
		value, err := captured(answer, path.(string))
		if err != nil {
			return err.Error()
		}
		p.variables[name] = value
	}
	return ""
}

func (p *player) answer(ctx context.Context, step map[string]any) (any, error) {
	switch {
	case step["call"] != nil:
		call, request, err := p.rpc(step["call"], step["request"])
		if err != nil {
			return nil, err
		}
		response, err := call(ctx, request)
		if err != nil {
			return nil, err
		}
		return asJSON(response)
	case step["collect"] != nil:
		call, request, err := p.rpc(step["collect"], step["request"])
		if err != nil {
			return nil, err
		}
		return collected(reverie.Items(ctx, call, request, items))
	case step["download"] != nil:
		return p.download(ctx, step)
	case step["upload"] != nil:
		return p.upload(ctx, step)
	case step["session"] != nil:
		return p.withSession(ctx, step)
	case step["load"] != nil:
		return nil, p.load(step)
	default:
		return nil, restart()
	}
}

// rpc finds a method by a name such as "UserService/GetUser", and makes its request of JSON.
func (p *player) rpc(name, fields any) (
	func(context.Context, proto.Message, ...grpc.CallOption) (proto.Message, error),
	proto.Message, error,
) {
	service, method, _ := strings.Cut(name.(string), "/")
	full := protoreflect.FullName("reverie.v1." + service + "." + method)
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(full)
	if err != nil {
		return nil, nil, err
	}
	described := found.(protoreflect.MethodDescriptor)
	request, err := protoregistry.GlobalTypes.FindMessageByName(described.Input().FullName())
	if err != nil {
		return nil, nil, err
	}
	response, err := protoregistry.GlobalTypes.FindMessageByName(described.Output().FullName())
	if err != nil {
		return nil, nil, err
	}
	filled := request.New().Interface()
	if err := fromJSON(fields, filled); err != nil {
		return nil, nil, err
	}
	path := fmt.Sprintf("/reverie.v1.%s/%s", service, method)
	call := func(
		ctx context.Context, request proto.Message, options ...grpc.CallOption,
	) (proto.Message, error) {
		answer := response.New().Interface()
		err := p.client.Connection().Invoke(ctx, path, request, answer, options...)
		return answer, err
	}
	return call, filled, nil
}

// download is all that a method answers with as a stream.
func (p *player) download(ctx context.Context, step map[string]any) (any, error) {
	var request reveriev1.ExportUserRequest
	if err := fromJSON(step["request"], &request); err != nil {
		return nil, err
	}
	stream, err := p.client.Privacy.ExportUser(ctx, &request)
	if err != nil {
		return nil, err
	}
	all := []any{}
	for {
		message, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		read, err := answered(message, err)
		if err != nil {
			return nil, err
		}
		all = append(all, read)
	}
}

// upload is the answer of a method that takes a stream.
func (p *player) upload(ctx context.Context, step map[string]any) (any, error) {
	var requests []*reveriev1.ImportUserRequest
	for _, fields := range step["requests"].([]any) {
		var request reveriev1.ImportUserRequest
		if err := fromJSON(fields, &request); err != nil {
			return nil, err
		}
		requests = append(requests, &request)
	}
	if times, has := step["times"].(float64); has {
		requests = slices.Repeat(requests, int(times))
	}
	stream, err := p.client.Privacy.ImportUser(ctx)
	if err != nil {
		return nil, err
	}
	for _, request := range requests {
		if err := stream.Send(request); errors.Is(err, io.EOF) {
			read, err := answered(stream.CloseAndRecv())
			if err != nil {
				return nil, fmt.Errorf("Send did not say so: %v", err)
			}
			return read, nil
		} else if err != nil {
			return nil, err
		}
	}
	return answered(stream.CloseAndRecv())
}

// items is the one repeated field of a page.
func items(page proto.Message) []proto.Message {
	var found []proto.Message
	page.ProtoReflect().Range(func(field protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if field.IsList() {
			for at := range v.List().Len() {
				found = append(found, v.List().Get(at).Message().Interface())
			}
		}
		return true
	})
	return found
}

func collected[T proto.Message](all iter.Seq2[T, error]) (any, error) {
	list := []any{}
	for item, err := range all {
		if err != nil {
			return nil, err
		}
		read, err := asJSON(item)
		if err != nil {
			return nil, err
		}
		list = append(list, read)
	}
	return list, nil
}

func (p *player) withSession(ctx context.Context, step map[string]any) (any, error) {
	content, _ := step["content"].(string)
	switch step["session"] {
	case "start":
		started, err := p.client.StartSession(ctx, step["user_id"].(string), step["persona_id"].(string))
		if err != nil {
			return nil, err
		}
		p.session = started
		return asJSON(started.Info())
	case "say":
		return p.session.Say(ctx, content)
	case "reply":
		return p.session.Reply(ctx, content)
	case "note":
		return p.session.Note(ctx, content)
	case "entries":
		return collected(p.session.Entries(ctx))
	case "recall":
		return answered(p.session.Recall(ctx, step["query"].(string)))
	case "end":
		return answered(p.session.End(ctx, nil))
	}
	return nil, fmt.Errorf("no such step: %v", step)
}

func (p *player) load(step map[string]any) error {
	var number, done atomic.Int64
	times, restartAfter := int64(step["times"].(float64)), int64(step["restart_after"].(float64))
	due := make(chan struct{})
	failures := make(chan error, int(step["in_flight"].(float64))+1)
	var callers sync.WaitGroup
	for range int(step["in_flight"].(float64)) {
		callers.Go(func() {
			for at := number.Add(1) - 1; at < times; at = number.Add(1) - 1 {
				if err := p.loadOne(step, at); err != nil {
					failures <- err
					return
				}
				if done.Add(1) == restartAfter {
					close(due)
				}
			}
		})
	}
	select {
	case <-due:
	case err := <-failures:
		return err
	}
	failures <- restart()
	callers.Wait()
	close(failures)
	for err := range failures {
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *player) loadOne(step map[string]any, number int64) error {
	fields := substituted(step["request"], map[string]string{"number": fmt.Sprint(number)})
	call, request, err := p.rpc(step["load"], fields)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), seconds(step["timeout"]))
	defer cancel()
	_, err = call(ctx, request)
	return err
}

func wrongError(expected any, err error) string {
	if expected == nil {
		return fmt.Sprintf("failed: %v", err)
	}
	var failure *reverie.Error
	if !errors.As(err, &failure) {
		return fmt.Sprintf("did not fail as it should: %v", err)
	}
	if failure.Code.String() == "DeadlineExceeded" && !errors.Is(err, context.DeadlineExceeded) {
		return "is not context.DeadlineExceeded"
	}
	fields := []any{}
	for _, field := range failure.Fields {
		fields = append(fields, field.Field)
	}
	told := map[string]any{}
	for name, value := range failure.Metadata {
		told[name] = value
	}
	return mismatch(expected, map[string]any{
		"code":        code.Code(failure.Code).String(),
		"reason":      failure.Reason,
		"fields":      fields,
		"retry_delay": failure.RetryDelay.Seconds(),
		"incident_id": failure.IncidentID,
		"metadata":    told,
	}, "error")
}

// restart has the server killed and started; it returns when it serves.
func restart() error {
	response, err := http.Post(os.Getenv("BEHAVIOUR_CONTROL")+"/restart", "", nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("restart: %s", response.Status)
	}
	return nil
}

func answered[T proto.Message](response T, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return asJSON(response)
}

// asJSON is a message as protobuf JSON with the protos' names, read.
func asJSON(message proto.Message) (any, error) {
	text, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(message)
	if err != nil {
		return nil, err
	}
	var read any
	err = json.Unmarshal(text, &read)
	return read, err
}

// fromJSON fills a message from protobuf JSON, read.
func fromJSON(fields any, message proto.Message) error {
	text, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	return protojson.Unmarshal(text, message)
}

func seconds(value any) time.Duration {
	return time.Duration(value.(float64) * float64(time.Second))
}
