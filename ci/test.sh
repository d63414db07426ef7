#!/usr/bin/env bash
# Set up a Debian machine and run the push tier: all checks, all tests, short fuzzing, the demo, the sizes.
#
# usage: ci/test.sh
#
# Needs Rust (rustfmt and clippy with it); installs what else is missing, as root or by sudo. Every group of
# checks runs, whatever the others did; one line tells its result and its time. The output of a group is in
# target/ci/, and is printed if the group fails. Exits with 1 if a group failed.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

export CARGO_TERM_COLOR=never
logs=${CARGO_TARGET_DIR:-target}/ci
limit=25m # no group may hold up the rest for longer
passed=0 failed=0 skipped=0
mkdir -p "$logs"

# group NAME COMMAND…: status 77 means that it could not run here, and the last line of its output says why.
group() {
    local name=$1 log=$logs/${1// /-}.log start=$SECONDS result
    shift
    printf '%-16s' "$name"
    timeout --kill-after=10 "$limit" "$@" </dev/null >"$log" 2>&1
    case $? in
        0) result=ok passed=$((passed + 1)) ;;
        77) result="skipped: $(tail -n 1 "$log")" skipped=$((skipped + 1)) ;;
        *) result=FAILED failed=$((failed + 1)) ;;
    esac
    printf '%4d s  %s\n' $((SECONDS - start)) "$result"
    if [ "$result" = FAILED ]; then
        tail -n 200 "$log" | sed 's/^/    /'
    fi
}

# show NAME PATTERN: lines of that group's output that a reader wants to see even if all went well.
show() {
    grep -E "$2" "$logs/${1// /-}.log"
}

if ! command -v cargo >/dev/null; then
    echo "ci/test.sh: no Rust found; rust-version in Cargo.toml says which is needed" >&2
    exit 1
fi

group set-up ci/setup.sh
group fetch cargo fetch --locked
group format cargo fmt --all --check
group files ci/check_files.py
group core ci/check_core.py
group licences ci/check_licences.py
group advisories ci/check_advisories.sh
group acceptance ci/acceptance.py
show acceptance '^all:'
group proto-table ci/proto_table.py --check
group lint cargo clippy --locked --workspace --all-targets -- -D warnings
if cargo nextest --version >/dev/null 2>&1; then
    group tests cargo nextest run --locked --workspace --status-level fail
else
    group tests cargo test --locked --workspace --all-targets
fi
show tests '(Summary \[|^test result:)'
group doc-tests cargo test --locked --workspace --doc
show doc-tests '^test result:'
group examples cargo build --locked --workspace --examples --profile test
group documentation env RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps
group fuzz ci/fuzz.sh 20
group demo ci/demo.sh
group sizes ci/size.sh
show sizes '^zedbox_size'

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
