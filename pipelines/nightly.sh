#!/bin/sh
# One night: certify staging, seal what was seen, tell what changed since the night before.
#
#   nightly.sh CONFIG [OPTION OF conformance run]...
#
# Leaves the bundle in reports/tonight and the one of the night before in reports/last. A file known-issues.toml beside
# CONFIG is heeded. With a private key (PEM) in CONFORMANCE_SEAL_KEY the bundle is sealed.
#
# Exit code: the run's own; where that is 0, the one of seal or compare: 1 says that something got worse.
set -u

if [ $# -eq 0 ]; then
    echo "nightly.sh: name the configuration: nightly.sh CONFIG" >&2
    exit 2
fi
config=$1
shift

known="$(dirname "$config")/known-issues.toml"
if [ -f "$known" ]; then
    set -- --known-issues "$known" "$@"
fi

# A night without results is none to compare with.
if [ -f reports/tonight/results.json ]; then
    rm -rf reports/last
    mv reports/tonight reports/last
fi

conformance run "$config" --report-dir reports/tonight "$@"
code=$?

heed() {
    # The first thing that went wrong is the exit code.
    if [ "$code" -eq 0 ]; then
        code=$1
    fi
}

if [ -f reports/tonight/bundle.json ] && [ -n "${CONFORMANCE_SEAL_KEY:-}" ]; then
    conformance seal reports/tonight --key env:CONFORMANCE_SEAL_KEY
    heed $?
fi

if [ -f reports/tonight/results.json ] && [ -f reports/last/results.json ]; then
    conformance compare reports/last reports/tonight
    heed $?
fi

exit "$code"
