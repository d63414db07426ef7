#!/usr/bin/env bash
# Measure what pillar promises, and print it as `name value unit` lines, whether a promise holds or not.
#
# usage: ci/bench.sh [--json]
#
# A bench of pillar-tests prints such lines itself, so a new one needs no change here. Timings compare within
# one run only.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

target=${CARGO_TARGET_DIR:-target}
failed=0

# from COMMAND…: take the figures that a command prints; one that fails does not stop the rest.
from() {
    "$@" || { echo "ci/bench.sh: failed: $*" >&2; failed=1; }
}

measure() {
    from cargo bench --locked --quiet --package pillar-tests --bench '*' --no-fail-fast
    from ci/size.sh
    from ci/object_size.sh
    from ci/types_size.sh
    from ci/idle.py "$target/size/zedbox" # which ci/size.sh has built
    return "$failed"
}

measure </dev/null | ci/figures.sh "$@"
