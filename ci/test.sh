#!/usr/bin/env bash
# Set up a Debian machine and run the push tier: all checks, all tests, short fuzzing, the demo, the sizes.
#
# usage: ci/test.sh
#
# Needs Rust with rustfmt and clippy; installs what else is missing, as root or by sudo. Exits with 1 if a
# group of checks failed.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
. ci/groups.sh

if ! command -v cargo >/dev/null; then
    echo "ci/test.sh: no Rust here; rust-version in Cargo.toml says which is needed" >&2
    exit 1
fi

group set-up ci/setup.sh
group fetch cargo fetch --locked --target "$(rustc -vV | sed -n 's/^host: //p')"
group format cargo fmt --all --check
group files ci/check_files.py
group core ci/check_core.py
group licences ci/check_licences.py
group advisories ci/check_advisories.sh
group acceptance ci/acceptance.py
show acceptance '^all:'
group proto-table ci/proto_table.py --check
group lint cargo clippy --locked --workspace --all-targets -- -D warnings
group lint-bare cargo clippy --locked --package pillar-bin --no-default-features -- -D warnings
group lint-device cargo clippy --locked --package pillar-bin --no-default-features --features device -- -D warnings
group documents env RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps
if cargo nextest --version >/dev/null 2>&1; then
    group tests cargo nextest run --locked --workspace --no-fail-fast --status-level fail
else
    group tests cargo test --locked --workspace --no-fail-fast --tests
fi
show tests '(Summary \[|^test result:)'
group doc-tests cargo test --locked --workspace --doc
show doc-tests '^test result:'
group examples cargo build --locked --workspace --examples --profile test
group fuzz ci/fuzz.sh 20
group demo-simulated ci/demo.sh --simulated
group demo ci/demo_device.sh
group demo-again ci/demo_device.sh
group sizes ci/size.sh
show sizes '^zedbox_size'
finish
