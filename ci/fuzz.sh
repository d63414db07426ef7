#!/usr/bin/env bash
# Fuzz what reads bytes from outside: build every target of tests/fuzz, and run each for a while.
#
# usage: ci/fuzz.sh [SECONDS [TARGET...]]    60 seconds and all targets unless told
#
# Works with stable Rust. Exits with 1 on a finding, whose input stays in tests/fuzz/artifacts, and with 77
# where it cannot run. What was learnt stays in tests/fuzz/corpus. First inputs of a target come from
# fixtures, or from tests/fuzz/seeds/TARGET.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-60}
shift $(($# > 0))
fuzz=$PWD/tests/fuzz
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")/fuzz
host=$(rustc -vV | sed -n 's/^host: //p')

skip() {
    echo "ci/fuzz.sh: $*"
    exit 77
}

if ! command -v c++ >/dev/null; then
    skip "no C++ compiler here, which libFuzzer needs"
fi
if ! cargo fetch --quiet --locked --target "$host" --manifest-path "$fuzz/Cargo.toml"; then
    skip "libFuzzer cannot be fetched here"
fi

# What cargo-fuzz would say to a nightly compiler: counters and the table of their places, on every edge.
flags=(--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table
    -Clink-dead-code -Cdebug-assertions -Ccodegen-units=1)
RUSTFLAGS="${flags[*]}" cargo build --quiet --locked --release --target "$host" --target-dir "$target" \
    --manifest-path "$fuzz/Cargo.toml"

targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
    mapfile -t targets < <(cd "$fuzz/fuzz_targets" && ls -- *.rs | sed 's/\.rs$//')
fi

seed() { # TARGET FOLDER
    local name file
    rm -rf "$2"
    mkdir -p "$2"
    case $1 in
        object_json)
            for file in fixtures/golden/types/*.json; do
                name=$(basename "$file")
                { echo "${name%%.*}"; cat "$file"; } >"$2/$name"
            done
            ;;
        protobuf | message_json)
            local extension=pb
            [ "$1" = protobuf ] || extension=json
            for file in fixtures/golden/eve-api/*."$extension"; do
                # Package and message; the files use the name of the package's source folder.
                name=$(basename "$file" | cut -d. -f1,2)
                { echo "${name/#eveuuid/uuid}"; cat "$file"; } >"$2/$(basename "$file")"
            done
            ;;
        settings)
            cp fixtures/golden/types/ConfigItemValueMap.*.json "$2/"
            tail -n +2 fixtures/settings/items.tsv | cut -f1,3 --output-delimiter== >"$2/items"
            ;;
        *) [ ! -d "$fuzz/seeds/$1" ] || cp -r "$fuzz/seeds/$1/." "$2/" ;;
    esac
}

found=0
for name in "${targets[@]}"; do
    corpus=$fuzz/corpus/$name
    artifacts=$fuzz/artifacts/$name
    mkdir -p "$corpus" "$artifacts"
    seed "$name" "$target/seeds/$name"
    log=$target/$name.log
    echo "$name: $seconds s"
    if "$target/$host/release/$name" -max_total_time="$seconds" -rss_limit_mb=512 -malloc_limit_mb=128 \
        -max_len=32768 -timeout=10 -print_final_stats=1 -artifact_prefix="$artifacts/" \
        "$corpus" "$target/seeds/$name" >"$log" 2>&1; then
        grep -E '^stat::(number_of_executed_units|average_exec_per_sec|peak_rss_mb)' "$log" | sed 's/^/  /' || true
    else
        tail -n 60 "$log"
        echo "ci/fuzz.sh: $name has a finding; its input is in ${artifacts#"$PWD"/}"
        found=1
    fi
done
exit $found
