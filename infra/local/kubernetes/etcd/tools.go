//go:build tools

// Package tools pins etcd of the local stack, so that building it is reproducible.
package tools

import _ "go.etcd.io/etcd/server/v3"
