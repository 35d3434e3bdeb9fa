#!/usr/bin/env bash
# Puts a backup in the place of the ledger. All services and Redis servers must have stopped.
# restore.sh DIRECTORY
set -euo pipefail

directory=${1:?restore.sh DIRECTORY}
data=/var/lib/checkout-aspire/redis-primary
archive=/var/lib/checkout-aspire/archive/orders.db
sha256sum --quiet --check "$directory/SHA256SUMS"

# An append-only file has precedence over a snapshot. A server without one reads the snapshot and writes the append-only file.
rm -rf "$data/appendonlydir" /var/lib/checkout-aspire/redis-replica/appendonlydir
cp "$directory/ledger.rdb" "$data/restore.rdb"
socket=$(mktemp -d)/redis.sock
redis-server --port 0 --unixsocket "$socket" --dir "$data" --dbfilename restore.rdb --save "" --appendonly no --daemonize yes >/dev/null
ask() { redis-cli -s "$socket" "$@"; }
until [[ $(ask ping 2>/dev/null) == PONG ]]; do sleep 0.1; done
ask config set appendonly yes >/dev/null
until [[ $(ask info persistence) == *aof_rewrite_in_progress:0* ]]; do sleep 0.1; done
ask shutdown nosave
rm "$data/restore.rdb"

if [[ -e $directory/orders.db ]]; then
  rm -f "$archive" "$archive"-*
  cp "$directory/orders.db" "$archive"
fi
chown -R checkout: "$data" /var/lib/checkout-aspire/archive
