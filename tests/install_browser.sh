#!/bin/sh
# The browser tests need Chromium and a Chinese font. Install them where that is possible without
# asking; otherwise say so in one line, and those tests are skipped.
command -v chromium >/dev/null && fc-list 2>/dev/null | grep -qi "noto.*cjk" && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing chromium and fonts-noto-cjk for the browser tests"
  { apt-get update && apt-get install -y --no-install-recommends chromium fonts-noto-cjk fontconfig; } \
    >/dev/null 2>&1 && exit 0
fi
echo "browser tests are skipped: install Debian's chromium and fonts-noto-cjk to run them" >&2
