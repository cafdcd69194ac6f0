//go:build tools

// Package tools pins kwok of the local stack, so that building it is reproducible.
package tools

import _ "sigs.k8s.io/kwok/cmd/kwok"
