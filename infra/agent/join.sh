#!/bin/sh
# Makes this machine a worker of a Muster: checks what the agent needs, downloads it, enrols with a token that works once, and runs it.
#
#   curl -fsSL https://muster.example/agent/join.sh | MUSTER_TOKEN='mse_…' sh -s -- --url https://muster.example
#
# Everything is in functions and the last line calls the first: a script that was cut off on its way does nothing.
set -eu
umask 077

usage() {
  cat <<'EOF'
Usage: MUSTER_TOKEN='mse_…' sh join.sh --url ADDRESS [options]

  --url ADDRESS    the platform, such as https://muster.example
  --state DIR      where this worker's identity and pods are kept (default: ~/.muster-agent); one for each worker of a machine
  --engine NAME    podman or docker (default: the first that answers)
  --gpu            this machine offers NVIDIA GPUs: check that containers can have them
  --service        keep it running as a service of systemd, instead of in the foreground
  --drain          when it is stopped, end its containers gracefully, instead of leaving them running
  --ca-file FILE   the authority that signed the platform's certificate, when no public one did

Without MUSTER_TOKEN it starts a worker that has joined before. MUSTER_NODE names a Node 24 that is not on the PATH.
EOF
}

main() {
  url='' state='' engine='' gpu='' service='' drain='' ca_file=''
  while [ $# -gt 0 ]; do
    case $1 in
      --url | --state | --engine | --ca-file)
        [ $# -ge 2 ] || fail "$1 needs a value." 'See --help.'
        case $1 in
          --url) url=${2%/} ;;
          --state) state=$2 ;;
          --engine) engine=$2 ;;
          --ca-file) ca_file=$2 ;;
        esac
        shift
        ;;
      --gpu) gpu=yes ;;
      --service) service=yes ;;
      --drain) drain=yes ;;
      -h | --help)
        usage
        return
        ;;
      *) fail "There is no option $1." 'See --help.' ;;
    esac
    shift
  done
  # From here on no program that is started finds the token in its environment.
  token=${MUSTER_TOKEN:-}
  unset MUSTER_TOKEN

  home=${HOME:?}/.muster-agent
  state=$(absolute "${state:-$home}")
  agent=$home/muster-agent.mjs
  check_machine
  mkdir -p "$home" "$state" || fail "$state cannot be made." 'Name a folder of yours with --state.'
  find_node
  download_agent
  enrol
  if [ "$service" ]; then run_as_service; else run_here; fi
}

say() { printf '%s\n' "$*"; }

# Why it ends, and what to do about it.
fail() {
  printf 'muster: %s\n' "$1" >&2
  printf '  fix: %s\n' "$2" >&2
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

absolute() {
  case $1 in
    /*) say "$1" ;;
    *) say "$PWD/$1" ;;
  esac
}

check_machine() {
  case $url in
    http://?* | https://?*) ;;
    '') fail 'It is not said which platform to join.' 'Add --url and its address, such as --url https://muster.example.' ;;
    *) fail "$url is no address of a platform." 'Begin it with https://.' ;;
  esac
  [ "$(uname -s)" = Linux ] || fail "The agent runs on Linux, and this is $(uname -s)." 'Run it on a Linux machine; on Windows, in WSL 2.'
  have curl || fail 'There is no curl.' 'Install it: sudo apt-get install -y curl.'
  [ -z "$ca_file" ] || [ -r "$ca_file" ] || fail "$ca_file cannot be read." 'Name the certificate of the authority with --ca-file.'
  case $engine in
    '') have podman || have docker || fail 'There is no Podman and no Docker.' 'Install one: sudo apt-get install -y podman runc.' ;;
    podman | docker) have "$engine" || fail "There is no $engine." "Install it, or leave --engine away." ;;
    *) fail "There is no engine $engine." 'Name podman or docker.' ;;
  esac
  [ -z "$gpu" ] || check_gpu
  if [ "$service" ]; then
    systemd show >/dev/null 2>&1 || fail 'systemd does not answer here.' 'Leave --service away, and have what starts your services run the command without it.'
  fi
}

check_gpu() {
  have nvidia-smi || fail 'There is no nvidia-smi: the NVIDIA driver is not installed.' 'Install the driver and restart, or leave --gpu away to offer the CPU.'
  nvidia-smi -L 2>/dev/null | grep -q '^GPU ' || fail 'nvidia-smi finds no GPU.' 'Run nvidia-smi: it says what is wrong with the driver.'
  # Podman hands GPUs in by their CDI names, Docker by its own runtime.
  [ "$engine" != docker ] && have podman || return 0
  for spec in /etc/cdi/*nvidia* /var/run/cdi/*nvidia*; do
    [ ! -e "$spec" ] || return 0
  done
  fail 'Podman cannot hand in NVIDIA GPUs yet.' 'Install nvidia-container-toolkit, and run: sudo nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml'
}

is_node_24() {
  [ "$("$1" -p 'Number(process.versions.node.split(".")[0]) >= 24' </dev/null 2>/dev/null)" = true ]
}

# Sets `node` to the path of a Node that is new enough: one that is named, on the PATH, kept from before, or from npm.
find_node() {
  if [ "${MUSTER_NODE:-}" ]; then
    is_node_24 "$MUSTER_NODE" || fail "$MUSTER_NODE is not Node 24 or later." 'Name one with MUSTER_NODE, or leave it away.'
    node=$(absolute "$(command -v "$MUSTER_NODE")")
    return
  fi
  for each in "$(command -v node || true)" "$home/node"; do
    if [ "$each" ] && is_node_24 "$each"; then
      node=$each
      return
    fi
  done
  have npm || fail 'There is no Node 24.' 'Install Node 24 or later from https://nodejs.org, or name one with MUSTER_NODE=/path/to/node.'
  say "There is no Node 24 on the PATH: npm fetches one for the agent, into $home/node."
  fetched=$(npm exec --yes --loglevel=error --no-update-notifier --package node@24 -- node -p process.execPath </dev/null) ||
    fail 'npm could not fetch Node 24.' 'Install Node 24 or later from https://nodejs.org, or name one with MUSTER_NODE=/path/to/node.'
  # A copy, since npm may empty its cache.
  cp "$fetched" "$home/node.$$"
  mv "$home/node.$$" "$home/node"
  is_node_24 "$home/node" || fail 'The Node 24 of npm does not run on this machine.' 'Name one that does with MUSTER_NODE=/path/to/node.'
  node=$home/node
}

# In the end there is the whole agent, or the one that was there before.
download_agent() {
  new=$home/muster-agent.$$.mjs
  curl -fsSL ${ca_file:+--cacert "$ca_file"} -o "$new" "$url/agent/muster-agent.mjs" </dev/null ||
    discard "$url gives out no agent." 'Check --url, and that this machine reaches it.'
  version=$("$node" "$new" --version </dev/null 2>/dev/null) ||
    discard "What $url gave out is no agent." 'Check --url: it is the address of the platform, without a path.'
  mv "$new" "$agent"
  say "Muster agent $version is in $agent."
}

discard() {
  rm -f "$new"
  fail "$@"
}

enrol() {
  if [ -e "$state/identity.json" ]; then
    [ -z "$token" ] || fail "$state is a worker already: the token was not used." \
      'Run this without MUSTER_TOKEN to start it, with --state DIR to make another worker of this machine, or move the folder away to join anew.'
    return
  fi
  [ "$token" ] || fail "$state has not joined yet, and there is no token." \
    "Make one in the worker portal or with \`muster worker token\`, and set MUSTER_TOKEN to it before sh: | MUSTER_TOKEN='mse_…' sh -s -- --url $url"
  # On standard input, where no other user of the machine can read it. The shell's own printf is no process.
  printf '%s' "$token" |
    "$node" "$agent" join --url "$url" --state "$state" --token-stdin --exit ${engine:+--engine "$engine"} ${ca_file:+--ca-file "$ca_file"} ||
    fail 'This machine has not joined.' 'The line above says why. A token that is refused is replaced by a new one from the worker portal.'
}

run_here() {
  say 'It runs until you stop it with Ctrl-C, and goes on with the same command without MUSTER_TOKEN.'
  exec "$node" "$agent" run --state "$state" ${drain:+--drain} ${engine:+--engine "$engine"} </dev/null
}

# The machine's systemd for root, else the user's own.
systemd() {
  if [ "$(id -u)" = 0 ]; then systemctl "$@"; else systemctl --user "$@"; fi
}

run_as_service() {
  if [ "$(id -u)" = 0 ]; then
    units=/etc/systemd/system target=multi-user.target
  else
    units=${XDG_CONFIG_HOME:-$HOME/.config}/systemd/user target=default.target
  fi
  name=muster-agent
  [ "$state" = "$home" ] || name=muster-agent-$(basename "$state" | tr -c 'A-Za-z0-9\n' '-')
  mkdir -p "$units"
  # Only the agent is ended with the service: containers outlive it, and are found again.
  cat >"$units/$name.service" <<EOF
[Unit]
Description=Muster agent ($state)
Wants=network-online.target
After=network-online.target

[Service]
ExecStart="$node" "$agent" run --state "$state" ${drain:+--drain} ${engine:+--engine $engine}
KillMode=process
Restart=always
RestartSec=5

[Install]
WantedBy=$target
EOF
  systemd daemon-reload
  systemd enable --now "$name.service" || fail "systemd does not start $name." "See what it says: journalctl -u $name (with --user unless you are root)."
  say "It runs as the service $name."
  if [ "$(id -u)" != 0 ] && ! loginctl enable-linger </dev/null 2>/dev/null; then
    say 'It ends when you log out. To keep it: sudo loginctl enable-linger '"$(id -un)"
  fi
}

main "$@"
