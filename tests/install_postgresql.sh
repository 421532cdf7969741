#!/bin/sh
# The store's tests run on PostgreSQL too. Install it where that is possible without asking; otherwise
# say so in one line, and those tests are skipped.
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing postgresql for the tests of the store"
  { apt-get update && apt-get install -y --no-install-recommends postgresql; } >/dev/null 2>&1 && exit 0
fi
echo "PostgreSQL tests are skipped: install Debian's postgresql to run them" >&2
