#!/usr/bin/env bash
# What the bytes of the stripped release zedbox are for: in all, per crate, per agent.
#
# usage: ci/size.sh [--json]
#
# zedbox as a device has it, that is without the tools for developers. Prints `name value unit` lines.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-target}
device=(--locked --release --quiet --package pillar-bin --bin zedbox --no-default-features --features device)
mkdir -p "$target/size"
# The twin with symbols differs in the last link only, so little is compiled twice.
cargo rustc "${device[@]}" -- -C strip=none
cp "$target/release/zedbox" "$target/size/zedbox.symbols"
cargo build "${device[@]}"
cp "$target/release/zedbox" "$target/size/zedbox"
ci/size.py "$target/size/zedbox" "$target/size/zedbox.symbols" | ci/figures.sh "$@"
