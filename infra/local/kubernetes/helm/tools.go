//go:build tools

// Package tools pins Helm of the local stack, so that building it is reproducible.
package tools

import _ "helm.sh/helm/v4/cmd/helm"
