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

# As pillar-bin/build.rs has it.
link=(-C link-arg=-Wl,-z,pack-relative-relocs)
cargo rustc --locked --release --quiet --package pillar-core --example words -- "${link[@]}"
echo 'fn main() { println!("nothing"); }' >"$work/nothing.rs"
flags=(-C opt-level=s -C lto=fat -C codegen-units=1 -C strip=symbols)
rustc --edition 2024 "${flags[@]}" "${link[@]}" -o "$work/nothing" "$work/nothing.rs"
all=$(stat -c %s "$target/release/examples/words")
none=$(stat -c %s "$work/nothing")
echo "types_size $((all - none)) bytes" | ci/figures.sh "$@"
