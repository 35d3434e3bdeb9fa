#!/usr/bin/env bash
# Restarts one instance after the other, and goes on when the restarted one is ready: the other instance serves meanwhile. Workers are first, because
# they read what the receivers of the earlier release write, and not the other way round.
set -euo pipefail

instances=(
  checkout-worker@5084 checkout-worker@5184
  checkout-webhooks@5081 checkout-webhooks@5181
  checkout-mcpapi@5080 checkout-mcpapi@5180
  checkout-operations@5085 checkout-operations@5185
)

for instance in "${instances[@]}"; do
  systemctl restart "$instance"
  ready=no
  for _ in $(seq 60); do
    if curl --silent --fail --max-time 5 --output /dev/null "http://127.0.0.1:${instance#*@}/health"; then
      ready=yes
      break
    fi
    sleep 1
  done
  [[ $ready == yes ]] || {
    echo "$instance is not ready after a minute. The instances after it still run the earlier release." >&2
    exit 1
  }
  echo "$instance is ready."
done
