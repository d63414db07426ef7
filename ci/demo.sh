#!/usr/bin/env bash
# The main job, seen: a device onboards, runs an application in a VM and follows its controller, for real (see
# ci/demo_device.sh). Where that cannot be, a simulated device lives a minute in about a second.
#
# usage: ci/demo.sh
#        ci/demo.sh --simulated [ARGUMENT…]    (they go to `zedbox demo`)
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "${1:-}" != --simulated ]; then
    if why=$(ci/demo_device.sh --check); then
        exec ci/demo_device.sh
    fi
    echo "A simulated device: $why"
fi
exec cargo run --locked --release --quiet --bin zedbox -- demo "${@:2}"
