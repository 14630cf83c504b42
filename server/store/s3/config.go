package s3

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/denkwand/denkwand/server/store"
)

const (
	dialTimeout = 5 * time.Second
	idleTimeout = 60 * time.Second
	maxIdle     = 64 // connections kept for the next request

	defaultRegion = "us-east-1"
)

// Config says which bucket, and who asks.
type Config struct {
	// Endpoint is the store's address: scheme, host and port alone, like https://s3.eu-central-1.amazonaws.com or
	// http://127.0.0.1:7070.
	Endpoint string

	// Region is the bucket's. Empty means us-east-1, which is what stores without regions expect.
	Region string

	// Bucket must exist.
	Bucket string

	// Prefix, and a slash, begins every key, so that one bucket can hold several stores. It is a store's name, or empty.
	Prefix string

	// AccessKey, SecretKey and, for temporary credentials, SessionToken. If all are empty, AWS_ACCESS_KEY_ID,
	// AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN are read from the environment.
	AccessKey, SecretKey, SessionToken string

	// PathStyle asks for endpoint/bucket/key. False is bucket.endpoint/key at providers that are known to want it, and
	// endpoint/bucket/key elsewhere.
	PathStyle bool
}

// store returns the bucket's store, not yet probed.
func (c Config) store() (*Store, error) {
	if c.AccessKey == "" && c.SecretKey == "" && c.SessionToken == "" {
		c.AccessKey = os.Getenv("AWS_ACCESS_KEY_ID")
		c.SecretKey = os.Getenv("AWS_SECRET_ACCESS_KEY")
		c.SessionToken = os.Getenv("AWS_SESSION_TOKEN")
	}
	endpoint, err := url.Parse(c.Endpoint)
	switch {
	case err != nil, endpoint.Host == "", endpoint.Scheme != "http" && endpoint.Scheme != "https",
		endpoint.User != nil, strings.Trim(endpoint.Path, "/") != "", endpoint.RawQuery != "", endpoint.Fragment != "":
		// Not repeated: people write secrets into addresses.
		return nil, errors.New("the endpoint is not scheme, host and port alone, like https://s3.eu-central-1.amazonaws.com")
	case c.Bucket == "":
		return nil, errors.New("no bucket is named")
	case c.Prefix != "" && store.CheckName(c.Prefix) != nil:
		return nil, fmt.Errorf("the prefix: %w", store.CheckName(c.Prefix))
	case c.AccessKey == "" || c.SecretKey == "":
		return nil, errors.New("the access key or its secret is missing: give both, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
	}
	if c.Region == "" {
		c.Region = defaultRegion
	}
	s := &Store{
		transport: newTransport(),
		bucket:    c.Bucket,
		where:     strings.TrimSuffix(c.Endpoint, "/") + "/" + c.Bucket,
		hide:      hider(c.SecretKey, c.SessionToken, c.AccessKey),
		patience:  patience,
	}
	if c.Prefix != "" {
		s.prefix = c.Prefix + separator
		s.where += separator + c.Prefix
	}
	lookup := minio.BucketLookupAuto
	if c.PathStyle {
		lookup = minio.BucketLookupPath
	}
	s.client.Client, err = minio.New(endpoint.Host, &minio.Options{
		Creds:        credentials.NewStaticV4(c.AccessKey, c.SecretKey, c.SessionToken),
		Secure:       endpoint.Scheme == "https",
		Region:       c.Region, // given, so that the library never asks the store for it
		Transport:    s.transport,
		BucketLookup: lookup,
		MaxRetries:   1, // one try
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

func newTransport() *http.Transport {
	var protocols http.Protocols
	protocols.SetHTTP1(true) // requests on one shared connection would wait for each other's lost packets
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: dialTimeout}).DialContext,
		TLSHandshakeTimeout: dialTimeout,
		MaxIdleConns:        maxIdle,
		MaxIdleConnsPerHost: maxIdle,
		IdleConnTimeout:     idleTimeout,
		DisableCompression:  true, // a blob's length is the answer's
		Protocols:           &protocols,
	}
}

// hider replaces credentials in what is shown.
func hider(credentials ...string) *strings.Replacer {
	var pairs []string
	for _, c := range credentials {
		if c != "" {
			pairs = append(pairs, c, "[hidden]")
		}
	}
	return strings.NewReplacer(pairs...)
}
