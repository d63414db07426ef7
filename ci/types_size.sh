#!/usr/bin/env bash
# What all words of a device cost in its stripped binary: objects of the bus, controller messages, settings.
#
# usage: ci/types_size.sh [--json]
#
# Builds pillar-core/examples/words.rs, which uses all of them, and a program that does nothing, both as a release
# is built, and prints the difference as `name value unit`.
set -euo pipefail
cd "$(dirname "$0")/.."

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cargo build --locked --release --quiet --package pillar-core --example words
echo 'fn main() { println!("nothing"); }' >"$work/nothing.rs"
rustc --edition 2024 -C opt-level=s -C lto=fat -C codegen-units=1 -C strip=symbols -o "$work/nothing" "$work/nothing.rs"
all=$(stat -c %s "$target/release/examples/words")
none=$(stat -c %s "$work/nothing")
echo "types_size $((all - none)) bytes" | ci/figures.sh "$@"
