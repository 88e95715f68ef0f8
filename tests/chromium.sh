#!/bin/sh
# The browser tests need Debian's chromium and its driver; a machine that runs as root gets them here.
command -v chromium >/dev/null && command -v chromedriver >/dev/null && exit 0
[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || {
    echo "please install chromium and chromium-driver; the browser tests need them" >&2
    exit 0
}
apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium chromium-driver >/dev/null
