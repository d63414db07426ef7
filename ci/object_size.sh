#!/usr/bin/env bash
# What a further object of the bus costs in the stripped release binary: code and tables.
#
# usage: ci/object_size.sh [--json]
#
# Builds a program with 200 made-up types of the usual shape and one with a single type, and prints the
# difference for each type as `name value unit` lines: with JSON and postcard, and with Clone, == and Debug too.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")/object_size
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

size() { # TYPES FEATURES
  ci/object_size.py "$root" "$work" "$1"
  cp Cargo.lock "$work/"
  (cd "$work" && cargo build --quiet --release --target-dir "$target" --features "$2") >&2
  stat -c %s "$target/release/object_size"
}

per_type() { # FEATURES
  local one many
  one=$(size 1 "$1")
  many=$(size 200 "$1")
  echo $(((many - one) / 199))
}

codecs=$(per_type codecs)
everything=$(per_type everything)
ci/figures.sh "$@" <<EOF
object_size_per_type $codecs bytes
object_size_per_type_with_traits $everything bytes
EOF
