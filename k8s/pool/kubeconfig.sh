#!/usr/bin/env bash
# Prints a kubeconfig for one of Muster's service accounts in the pool that kubectl points at.
# Usage: kubeconfig.sh [muster-orchestrator|muster-node-bridge] > pool.kubeconfig
set -euo pipefail
umask 077
account=${1:-muster-orchestrator}
view() { kubectl config view --minify --raw --flatten -o "jsonpath=$1"; }
of_token() { kubectl -n muster-system get secret "$account-token" -o "jsonpath={.data.$1}"; }
token=$(of_token token | base64 -d)
[ -n "$token" ] || { echo "There is no token of $account yet: apply the manifests first." >&2; exit 1; }
cat <<YAML
apiVersion: v1
kind: Config
current-context: muster
clusters:
  - name: pool
    cluster:
      server: $(view '{.clusters[0].cluster.server}')
      certificate-authority-data: $(of_token 'ca\.crt')
contexts:
  - name: muster
    context: { cluster: pool, user: $account }
users:
  - name: $account
    user:
      token: $token
YAML
