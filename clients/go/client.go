package reverie

import (
	"crypto/tls"
	_ "embed"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	_ "google.golang.org/grpc/health" // the service config asks for health checks
	"google.golang.org/grpc/keepalive"
)

// DefaultTimeout is how long a call may take, retries included, whose context has no deadline.
const DefaultTimeout = 10 * time.Second

// A request larger than this is never sent twice; a batch may have 2 MiB.
const bufferSize = 8 * 1024 * 1024

//go:embed service_config.json
var serviceConfig string

// Client is a connection to a Reverie server. One serves a whole program; it may be used by many
// goroutines at once.
type Client struct {
	Services
	connection *grpc.ClientConn
	calls      *calls
}

// Option changes how a client connects.
type Option func(*settings)

type settings struct {
	metadata  []string
	transport credentials.TransportCredentials
	timeout   time.Duration
	dial      []grpc.DialOption
}

// WithAPIKey sends a key as a bearer token. Without [WithTLS] it can be read on its way.
func WithAPIKey(key string) Option {
	return func(s *settings) { s.metadata = append(s.metadata, "authorization", "Bearer "+key) }
}

// WithWorkspace chooses a workspace on a server on loopback without keys.
func WithWorkspace(workspace string) Option {
	return func(s *settings) { s.metadata = append(s.metadata, "reverie-workspace", workspace) }
}

// WithTLS encrypts the connection; nil takes the system's roots.
func WithTLS(config *tls.Config) Option {
	return func(s *settings) { s.transport = credentials.NewTLS(config) }
}

// WithTimeout is for calls whose context has no deadline; see [DefaultTimeout].
func WithTimeout(timeout time.Duration) Option {
	return func(s *settings) { s.timeout = timeout }
}

// WithDialOptions adds options of gRPC's own.
func WithDialOptions(options ...grpc.DialOption) Option {
	return func(s *settings) { s.dial = append(s.dial, options...) }
}

// Connect makes a client of the server at an address: host:port, or any gRPC target. The connection
// itself is made at the first call. Close the client.
func Connect(address string, options ...Option) (*Client, error) {
	chosen := settings{transport: insecure.NewCredentials(), timeout: DefaultTimeout}
	for _, option := range options {
		option(&chosen)
	}
	calls := &calls{
		address:   address,
		metadata:  chosen.metadata,
		timeout:   chosen.timeout,
		revisions: newRevisions(),
	}
	dial := append([]grpc.DialOption{
		grpc.WithTransportCredentials(chosen.transport),
		grpc.WithDefaultServiceConfig(serviceConfig),
		grpc.WithChainUnaryInterceptor(calls.unary),
		grpc.WithChainStreamInterceptor(calls.stream),
		// A server that restarts is back in seconds; gRPC's own default waits up to two minutes.
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff: backoff.Config{
				BaseDelay:  100 * time.Millisecond,
				Multiplier: 1.6,
				Jitter:     0.2,
				MaxDelay:   2 * time.Second,
			},
			MinConnectTimeout: time.Second,
		}),
		// A peer that is gone without a word is noticed. The server permits pings from 20 s on.
		grpc.WithKeepaliveParams(keepalive.ClientParameters{
			Time:    time.Minute,
			Timeout: 20 * time.Second,
		}),
		grpc.WithDefaultCallOptions(
			grpc.MaxCallRecvMsgSize(bufferSize),
			grpc.MaxRetryRPCBufferSize(bufferSize),
		),
	}, chosen.dial...)
	connection, err := grpc.NewClient(address, dial...)
	if err != nil {
		return nil, err
	}
	return &Client{Services: newServices(connection), connection: connection, calls: calls}, nil
}

// Close ends the connection; calls in flight fail.
func (c *Client) Close() error {
	return c.connection.Close()
}

// Connection is what the services are called over, with all that a call of this client gets: for
// stubs of other contracts on the same server, and for calls by name.
func (c *Client) Connection() grpc.ClientConnInterface {
	return c.connection
}
