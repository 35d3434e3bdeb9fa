# shellcheck shell=bash
# Functions that ./run, ./test and ./bench share. They source this file, which changes to the repository's root.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en DOTNET_GENERATE_ASPNET_CERTIFICATE=false

say() { printf '%s\n' "$*"; }
fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# Runs a command and shows its output only if it fails. A signal that ends the script also ends the command.
quietly() {
  local log child status=0
  log=$(mktemp)
  "$@" >"$log" 2>&1 &
  child=$!
  # shellcheck disable=SC2064 # expands now, on purpose
  trap "kill $child 2>/dev/null; rm -f '$log'; exit 1" INT TERM
  wait "$child" || status=$?
  trap - INT TERM
  ((status == 0)) || cat "$log" >&2
  rm -f "$log"
  return "$status"
}

require_dotnet() {
  # global.json selects the SDK version. `dotnet --version` fails if no matching SDK is installed.
  command -v dotnet >/dev/null && dotnet --version >/dev/null 2>&1 ||
    fail "CheckoutAspire needs the .NET 10 SDK: https://dotnet.microsoft.com/download/dotnet/10.0"
}

as_root() {
  if [[ $(id -u) == 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "Installing missing packages requires root. Run this script as root, install sudo, or run: $*"
  fi
}

# install_package NAME APT DNF APK BREW: installs a package with the system's package manager. NAME is shown to the user; the others
# are the package's name for each package manager.
install_package() {
  say "Installing $1…"
  if command -v apt-get >/dev/null; then
    # A mirror may fail once, and a machine that has just started may be installing its updates.
    local options=(-q -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300)
    quietly as_root apt-get "${options[@]}" update
    quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get "${options[@]}" install -y --no-install-recommends "$2"
  elif command -v dnf >/dev/null; then
    quietly as_root dnf install -q -y "$3"
  elif command -v apk >/dev/null; then
    quietly as_root apk add -q "$4"
  elif command -v brew >/dev/null; then
    quietly brew install -q "$5"
  else
    fail "$1 is missing, and none of apt-get, dnf, apk and brew is available. Install it manually."
  fi
}

ensure_redis_server() {
  command -v redis-server >/dev/null && return

  # Debian's package starts a server on port 6379, now and at every boot. We start our own server on another port and prevent both.
  # https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt
  local policy=/usr/sbin/policy-rc.d guarded=no status=0
  if command -v apt-get >/dev/null && [[ ! -e $policy ]]; then
    as_root sh -c "printf '#!/bin/sh\nexit 101\n' >$policy && chmod +x $policy"
    guarded=yes
    # shellcheck disable=SC2064 # expands now, on purpose
    trap "as_root rm -f $policy" EXIT
  fi

  (install_package redis-server redis-server redis redis redis) || status=$?
  if [[ $guarded == yes ]]; then
    as_root rm -f "$policy"
    trap - EXIT
  fi
  if command -v apt-get >/dev/null && command -v systemctl >/dev/null; then
    as_root systemctl disable -q redis-server 2>/dev/null || true
  fi

  ((status == 0)) && command -v redis-server >/dev/null || fail "redis-server could not be installed; see above."
}

ensure_chromium() {
  local name
  for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null && return
  done
  install_package "Chromium" chromium chromium chromium chromium || fail "Chromium could not be installed; see above."
}

ensure_npm() {
  command -v npm >/dev/null && return
  install_package "npm" npm npm npm npm || fail "npm could not be installed; see above."
}

container_runtime_answers() {
  local runtime
  for runtime in ${ASPIRE_CONTAINER_RUNTIME:-docker podman}; do
    if command -v "$runtime" >/dev/null && timeout 10 "$runtime" container ls -n 1 >/dev/null 2>&1; then
      return 0
    fi
  done
  return 1
}
