#!/usr/bin/env bash
# Copies the ledger, and the archive if it is a SQLite file, into a directory. Nothing has to stop.
# backup.sh DIRECTORY, with the password of the Redis user `operator` in REDISCLI_AUTH.
set -euo pipefail

directory=${1:?backup.sh DIRECTORY}
archive=/var/lib/checkout-aspire/archive/orders.db
mkdir -p -m 700 "$directory"

# The ledger first: what the archive has in addition is found there.
redis-cli --tls --cacert /etc/checkout-aspire/tls/ca.crt -p 6379 --user operator --no-auth-warning --rdb "$directory/ledger.rdb"
if [[ -e $archive ]]; then
  sqlite3 "$archive" ".backup '$directory/orders.db'"
fi
sha256sum "$directory"/* >"$directory/SHA256SUMS"
