#!/usr/bin/env bash
# A trial of going live: runs the steps of docs/going-live.md from top to bottom and as written, and starts two instances of each service behind nginx
# with TLS, on Redis with users, TLS, a replica and Sentinels. The sandbox takes Stripe's place. Ctrl+C stops and deletes everything.
#   deploy/try.sh            starts it and prints the addresses
#   deploy/try.sh --verify   also sells, waits, restarts, fails over, backs up and restores, prints what it found, and ends (about five minutes)
# It changes nothing outside a temporary folder: absolute paths, ports and host names of the page lead into it, systemctl reads the real unit files and
# starts their processes, and users and owners are left out.
source "$(dirname "${BASH_SOURCE[0]}")/../.ci/setup.sh"

require_dotnet
ensure_redis_server
for program in nginx openssl curl jq sqlite3 python3; do
  command -v "$program" >/dev/null || [[ -x /usr/sbin/$program ]] || fail "deploy/try.sh needs $program, which is not installed."
done
nginx=$(command -v nginx || echo /usr/sbin/nginx)

root=$(mktemp -d)
verifies=no current=
[[ ${1:-} != --verify ]] || verifies=yes
passed=0

# --- Where the page's paths, ports and hosts lead.

free_ports=($(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(24)]
for s in sockets: s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in sockets))
PY
))
ports=(5080 5180 5081 5181 5084 5184 5085 5185 6379 6380 26379 26380 26381)
https=${free_ports[20]} sandbox=${free_ports[21]} outside=${free_ports[22]} http=${free_ports[23]}
substitutions=(
  -e "s#/(etc|var/lib|opt)/checkout-aspire#$root/\\1/checkout-aspire#g" -e "s#/etc/(systemd/system|nginx/conf\\.d)#$root/etc/\\1#g"
  -e "s#/usr/bin/dotnet#$(command -v dotnet)#" -e "s#https://(shop|ops)\\.example#https://\\1.example:$https#g"
  -e "s#DNS:shop\\.example,DNS:ops\\.example#DNS:localhost,DNS:ops.localhost#; s#shop\\.example#localhost#g; s#ops\\.example#ops.localhost#g"
  -e "s#listen 443#listen 127.0.0.1:$https#; s#listen 80;#listen 127.0.0.1:$http;#"
)
for index in "${!ports[@]}"; do
  substitutions+=(-e "s#\\b${ports[index]}\\b#${free_ports[index]}#g")
done
port() {
  local index
  for index in "${!ports[@]}"; do
    [[ ${ports[index]} != "$1" ]] || echo "${free_ports[index]}"
  done
}

# --- What the page calls and this machine does not have, or must not change.

useradd() { :; }
chown() { :; }
install() {
  local arguments=()
  while (($#)); do
    case $1 in
      -o | -g) shift ;;
      *) arguments+=("$1") ;;
    esac
    shift
  done
  command install "${arguments[@]}"
}
nginx() { "$nginx" -p "$root/nginx" -c "$root/nginx/nginx.conf" "$@"; }
export -f chown

# Reads the unit files that the page has copied, and starts, stops and restarts what they say.
mkdir -p "$root/bin" "$root/run" "$root/log" "$root/etc/systemd/system" "$root/etc/nginx/conf.d" "$root/nginx"
cat >"$root/bin/systemctl" <<SHIM
#!/usr/bin/env bash
set -euo pipefail
root=$root nginx=$nginx
SHIM
cat >>"$root/bin/systemctl" <<'SHIM'
unit_of() { printf '%s' "$root/etc/systemd/system/${1%%@*}@.service"; }
start() {
  local name=$1 instance=${1#*@} unit line variables=() command
  unit=$(unit_of "$name")
  [[ ! -e $root/run/$name.pid ]] || ! kill -0 "$(<"$root/run/$name.pid")" 2>/dev/null || return 0
  while IFS= read -r line; do
    line=${line//%i/$instance}
    case $line in
      Environment=*) variables+=("${line#Environment=}") ;;
      EnvironmentFile=*) while IFS= read -r variable; do variables+=("$variable"); done < <(grep -E '^[A-Za-z_][A-Za-z0-9_]*=.' "${line#EnvironmentFile=}") ;;
      ExecStart=*) command=${line#ExecStart=} ;;
    esac
  done <"$unit"
  # shellcheck disable=SC2086 # words, as systemd splits them
  env -i PATH="$PATH" HOME="$root" DOTNET_CLI_TELEMETRY_OPTOUT=1 "${variables[@]}" setsid $command >>"$root/log/$name.log" 2>&1 </dev/null &
  echo $! >"$root/run/$name.pid"
}
stop() {
  local pid
  [[ -e $root/run/$1.pid ]] || return 0
  pid=$(<"$root/run/$1.pid")
  kill "$pid" 2>/dev/null || true
  for _ in $(seq 400); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  kill -9 "$pid" 2>/dev/null || true
  rm -f "$root/run/$1.pid"
}
verb=$1
shift
for name in "$@"; do
  [[ $name != --now ]] || continue
  case "$verb $name" in
    "reload nginx")
      if [[ -s $root/nginx/nginx.pid ]]; then
        "$nginx" -p "$root/nginx" -c "$root/nginx/nginx.conf" -s reload
      else
        "$nginx" -p "$root/nginx" -c "$root/nginx/nginx.conf"
      fi
      ;;
    enable* | start*) start "$name" ;;
    stop*) stop "$name" ;;
    restart*) stop "$name" && start "$name" ;;
  esac
done
SHIM
chmod +x "$root/bin/systemctl"
export PATH=$root/bin:$PATH

# nginx is also what is outside of the installation: a collector of telemetry, and a merchant whose calls are counted.
cat >"$root/nginx/nginx.conf" <<NGINX
pid $root/nginx/nginx.pid;
error_log $root/log/nginx.log;
worker_processes 2;
events {}
http {
  access_log off;
  client_body_temp_path $root/nginx/body;
  proxy_temp_path $root/nginx/proxy;
  fastcgi_temp_path $root/nginx/fastcgi;
  uwsgi_temp_path $root/nginx/uwsgi;
  scgi_temp_path $root/nginx/scgi;
  log_format calls '\$uri \$http_webhook_id';
  server {
    listen 127.0.0.1:$outside;
    access_log $root/log/outside.log calls;
    location / { return 200; }
  }
  include $root/etc/nginx/conf.d/*.conf;
}
NGINX

cleanup() {
  trap - EXIT INT TERM
  if [[ -n $current ]]; then
    cat "$root/log/step-$current.log"
    say "The step $current of docs/going-live.md failed."
  fi >&2
  # Ends what this script has started, by its number.
  local file
  for file in "$root"/run/*.pid "$root/nginx/nginx.pid"; do
    [[ ! -s $file ]] || kill "$(<"$file")" 2>/dev/null || true
  done
  sleep 2
  for file in "$root"/run/*.pid; do
    [[ ! -e $file ]] || kill -9 "$(<"$file")" 2>/dev/null || true
  done
  if [[ $verifies == yes && $passed == 0 ]]; then
    say "The logs are in $root/log, which is yours to delete with $root." >&2
  else
    rm -rf "$root"
  fi
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# --- The steps of the page.

mkdir "$root/source"
git ls-files -z --cached --others --exclude-standard | tar --create --null --files-from - --ignore-failed-read 2>/dev/null | tar --extract --directory "$root/source"
cd "$root/source"
find deploy -type f -not -name try.sh -not -name verify.sh -exec sed -i -E "${substitutions[@]}" {} +
awk '/^<!-- step: /{name=$3; next} /^```/{if (inside) {inside=0; name=""} else if (name) {inside=1} next} inside{print > (steps "/" name)}' \
  steps="$(mkdir "$root/steps" && echo "$root/steps")" docs/going-live.md
sed -i -E "${substitutions[@]}" "$root"/steps/*

# Runs a step in this shell. If it fails, the script ends and shows what it printed.
step() {
  current=$1
  say "Step $1…"
  # shellcheck disable=SC1090
  source "$root/steps/$1" >"$root/log/step-$1.log" 2>&1
  current=
}

STRIPE_SECRET_KEY=sk_test_checkout_aspire_sandbox_$(openssl rand -hex 16)
STRIPE_WEBHOOK_SECRET=whsec_$(openssl rand -hex 32)
OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:$outside
shop=https://localhost:$https ops=https://ops.localhost:$https
export STRIPE_SECRET_KEY STRIPE_WEBHOOK_SECRET OTEL_EXPORTER_OTLP_ENDPOINT

step folders
step certificates
step public-certificate
step release
quietly dotnet publish CheckoutAspire.StripeSandbox -c Release -v quiet -o "$root/sandbox" || fail "The sandbox could not be published; see above."
step configuration
# The sandbox in place of Stripe, a catalog, and a merchant.
set_value mcpapi CHECKOUT_CATALOG "$root/source/docs/catalog.example.json"
echo "STRIPE_API_BASE=http://127.0.0.1:$sandbox" >>"$root/etc/checkout-aspire/seller.env"
set_value worker FULFILLMENT_URL "http://127.0.0.1:$outside/merchant"
set_value worker FULFILLMENT_SECRET "whsec_$(openssl rand -base64 32 | tr '/' 'A')"
step redis
env -i PATH="$PATH" HOME="$root" ASPNETCORE_URLS="http://127.0.0.1:$sandbox" STRIPE_SECRET_KEY="$STRIPE_SECRET_KEY" STRIPE_WEBHOOK_SECRET="$STRIPE_WEBHOOK_SECRET" \
  SANDBOX_WEBHOOK_URL="$shop/webhook/stripe" SSL_CERT_FILE="$root/etc/checkout-aspire/tls/ca.crt" \
  setsid dotnet "$root/sandbox/CheckoutAspire.StripeSandbox.dll" >"$root/log/sandbox.log" 2>&1 </dev/null &
echo $! >"$root/run/sandbox.pid"
step start
step nginx
step check

if [[ $verifies == no ]]; then
  cat <<TEXT

The installation runs. Its certificates are of its own authority, $root/etc/checkout-aspire/tls/ca.crt.

  MCP endpoint   $shop/mcp
  its key        $agent_key
  Operations     $ops/orders
  its token      $(sed -n 's/^OPS_TOKEN=//p' "$root/etc/checkout-aspire/operations.env")
  Sandbox        http://127.0.0.1:$sandbox/sandbox
  Files          $root

Ctrl+C stops and deletes everything.
TEXT
  passed=1
  sleep infinity &
  wait $!
fi

source "$root/source/deploy/verify.sh"
passed=1
