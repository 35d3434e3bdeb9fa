# shellcheck shell=bash
# What deploy/try.sh --verify does with the installation. try.sh sources this file.

ca=$root/etc/checkout-aspire/tls/ca.crt
report=()
found() {
  say "  $*"
  report+=("$*")
}

ask() { curl --silent --show-error --cacert "$ca" "$@"; }

# call TOOL ARGUMENTS [SECONDS]: calls a tool (protocol 2026-07-28) and prints its structured result.
call() {
  local meta='{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"try","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}'
  ask --max-time "${3:-30}" "$shop/mcp" -H "Authorization: Bearer $agent_key" -H 'Content-Type: application/json' \
    -H 'Accept: application/json, text/event-stream' -H 'MCP-Protocol-Version: 2026-07-28' -H 'Mcp-Method: tools/call' -H "Mcp-Name: $1" \
    --data "$(jq -nc --arg name "$1" --argjson arguments "$2" --argjson meta "$meta" '{jsonrpc:"2.0",id:1,method:"tools/call",params:{name:$name,arguments:$arguments,_meta:$meta}}')" |
    sed -n 's/^data: *//p; /^{/p' | tail -1 | jq -c '.result.structuredContent // .error // .'
}

# Repeats a command that prints JSON until a filter holds for its result.
until_holds() {
  local deadline=$((SECONDS + $1)) filter=$2 result=
  shift 2
  while ((SECONDS < deadline)); do
    result=$("$@" 2>/dev/null) || true
    if [[ -n $result ]] && jq -e "$filter" <<<"$result" >/dev/null 2>&1; then
      printf '%s' "$result"
      return 0
    fi
    sleep 1
  done
  fail "$* did not lead to $filter. The last result was: $result"
}

sell() { until_holds 90 '.session_id' call initiate_checkout "{\"product_id\":\"mug-red\",\"idempotency_key\":\"$1\"}" | jq -r .session_id; }
pay() { curl --silent --show-error --fail --output /dev/null -X POST "http://127.0.0.1:$sandbox/sandbox/sessions/$1/pay"; }
await_fulfilled() { until_holds 120 '.order_state == "fulfilled"' call get_checkout "{\"session_id\":\"$1\"}" >/dev/null; }
calls_of() { grep -c "^/merchant fulfill/$1" "$root/log/outside.log" || true; }
redis() { redis-cli --tls --cacert "$ca" --user operator --no-auth-warning -p "$1" "${@:2}"; }

# A restart empties the log of denied commands, so it is read before each.
none_denied() {
  local denied
  denied=$(redis "$(port 6379)" acl log)$(redis "$(port 6380)" acl log)
  [[ -z $denied ]] || fail "Redis has denied commands: $denied"
}

# await_role PORT ROLE: waits until a Redis server is the primary ("master") or a replica ("slave").
role_of() { redis "$1" --json role | jq '.[0]'; }
await_role() { until_holds 60 ". == \"$2\"" role_of "$(port "$1")" >/dev/null; }

# sale NAME: one sale from the tool call to the fulfillment.
sale() {
  local id
  id=$(sell "$1")
  pay "$id"
  await_fulfilled "$id"
  printf '%s' "$id"
}

say "Verifying…"
id=$(sale first)
[[ $(calls_of "$id") == 1 ]] || fail "The merchant was not called once for the first sale."
found "A sale through nginx is fulfilled, and the merchant is called once."

# What is public.
[[ $(curl --silent --output /dev/null --write-out '%{http_code} %{redirect_url}' "http://localhost:$http/mcp") == "308 https://localhost/mcp" ]] || fail "http does not lead to https."
[[ $(ask --output /dev/null --write-out '%{http_code}' "$shop/health") == 404 ]] || fail "/health is public."
[[ $(ask --output /dev/null --write-out '%{http_code}' "$shop/mcp" -H 'Content-Type: application/json' --data '{}') == 401 ]] || fail "The MCP API takes calls without a key."
[[ $(ask --output /dev/null --write-out '%{http_code} %{redirect_url}' "$ops/orders") == "302 $ops/sign-in?to=%2Forders" ]] || fail "Operations does not lead to its sign-in by https."
ask --dump-header - --output /dev/null "$ops/sign-in" | grep -qiE "^set-cookie: operations-forms.*; secure" || fail "The cookies of Operations are not secure."
[[ $(ask --output /dev/null --write-out '%{http_code}' "$ops/ops/owed" -H "Authorization: Bearer $(sed -n 's/^OPS_TOKEN=//p' "$root/etc/checkout-aspire/operations.env")") == 200 ]] ||
  fail "The operators' API does not take its token."
found "Only https is served, health is not public, and forwarded headers make secure cookies and https addresses."

# A waiting call, while nothing happens: nginx ends a response that is silent for 60 seconds.
waiting=$(sell waiting)
began=$SECONDS
call wait_for_payment "{\"session_id\":\"$waiting\",\"timeout_seconds\":120}" 150 >"$root/waited.json" &
waiter=$!
# 80 seconds is what is tried, and not awaited for anything else.
sleep 80
kill -0 "$waiter" 2>/dev/null || fail "wait_for_payment ended early: $(<"$root/waited.json")"
pay "$waiting"
wait "$waiter"
jq -e '.order_state == "fulfilled"' "$root/waited.json" >/dev/null || fail "wait_for_payment returned $(<"$root/waited.json")"
found "A silent wait_for_payment has outlived nginx's proxy_read_timeout of 60 seconds: it returned after $((SECONDS - began)) seconds, when the buyer had paid."

step denied
step telemetry
sale telemetry >/dev/null
for signal in traces metrics logs; do
  until_holds 60 '. > 0' grep -c "^/v1/$signal " "$root/log/outside.log" >/dev/null
done
found "Traces, metrics and logs arrive at the collector."
for log in "$root"/log/checkout-{mcpapi,webhooks,worker,operations}@*.log; do
  jq -e 'type == "object"' "$log" >/dev/null || fail "$log has a line that is not a JSON object."
done
found "Every line that the services log is a JSON object."

# Twelve payments while every instance is replaced.
step upgrade >"$root/upgrade.log" 2>&1 &
upgrade=$!
payments=()
for number in $(seq 12); do
  id=$(sell "rolling-$number")
  pay "$id"
  payments+=("$id")
  sleep 2
done
restarting=$(kill -0 "$upgrade" 2>/dev/null && echo "The last of them was paid before the last restart." || echo "The restarts were over before the last of them.")
wait "$upgrade" || { cat "$root/log/step-upgrade.log" >&2; fail "The step upgrade failed."; }
counts=()
for id in "${payments[@]}"; do
  await_fulfilled "$id"
  counts+=("$(calls_of "$id")")
done
found "12 payments during a rolling restart: ${#counts[@]} fulfilled; calls of the merchant: ${counts[*]}. $restarting"
[[ ${counts[*]} == "1 1 1 1 1 1 1 1 1 1 1 1" ]] || fail "The merchant was not called once for each."

step backup
step denied
none_denied

# The primary dies.
paid_before=$(sell before-failover)
kill -9 "$(<"$root/run/checkout-redis@primary.pid")"
rm "$root/run/checkout-redis@primary.pid"
await_role 6380 master
systemctl start checkout-redis@primary
await_role 6379 slave
pay "$paid_before"
await_fulfilled "$paid_before"
sale after-failover >/dev/null
found "After kill -9 of the primary, Sentinel promotes the replica, and sales go on."

none_denied
step failback
await_role 6379 master
await_role 6380 slave
sale after-failback >/dev/null

# The ledger goes back to the backup. The orders after it are not shipped a second time.
later=$(sale lost-by-restore)
none_denied
step restore
step check
await_fulfilled "${payments[0]}"
sale after-restore >/dev/null
[[ $(calls_of "${payments[0]}") == 1 && $(calls_of "$later") == 1 ]] || fail "The merchant was called again after the restore."
found "The restored ledger has the orders of the backup, sells, and calls the merchant for none of them again."

none_denied
found "Redis has denied no command."

say
say "docs/going-live.md was run from top to bottom:"
for line in "${report[@]}"; do
  say "- $line"
done
