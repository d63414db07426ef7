#!/usr/bin/env bash
# What the bytes of the stripped release zedbox are for: in all, per crate, per agent.
#
# usage: ci/size.sh [--json]
#
# Prints `name value unit` lines.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-target}
mkdir -p "$target/size"
# The twin with symbols differs in the last link only, so little is compiled twice.
cargo rustc --locked --release --quiet --package pillar-bin --bin zedbox -- -C strip=none
cp "$target/release/zedbox" "$target/size/zedbox.symbols"
cargo build --locked --release --quiet --package pillar-bin --bin zedbox
cp "$target/release/zedbox" "$target/size/zedbox"

ci/size.py "$target/size/zedbox" "$target/size/zedbox.symbols" | ci/figures.sh "$@"
