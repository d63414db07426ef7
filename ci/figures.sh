#!/usr/bin/env bash
# Pass figures on: of all lines on standard input those of the form `name value unit`, or the same as JSON.
#
# usage: COMMAND | ci/figures.sh [--json]
set -euo pipefail

figures() {
    grep --line-buffered -E '^[a-z][a-z0-9_]* -?[0-9]+(\.[0-9]+)? [^ ]+$' || true
}

case ${1-} in
    '') figures ;;
    --json)
        figures | awk '
            BEGIN { printf "[" }
            { printf "%s\n  {\"name\": \"%s\", \"value\": %s, \"unit\": \"%s\"}", comma, $1, $2, $3; comma = "," }
            END { print "\n]" }' ;;
    *) echo "usage: COMMAND | ci/figures.sh [--json]" >&2; exit 2 ;;
esac
