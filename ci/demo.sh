#!/usr/bin/env bash
# The main job, seen: a simulated device lives a minute in about a second, its bus shown as readable lines.
#
# usage: ci/demo.sh [ARGUMENT…]    (they go to `zedbox demo`)
set -euo pipefail
cd "$(dirname "$0")/.."
exec cargo run --locked --release --quiet --bin zedbox -- demo "$@"
