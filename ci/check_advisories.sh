#!/usr/bin/env bash
# Look the dependencies up among the published security advisories, with cargo-deny.
# Exits with 77, and says why, if that is not installed or the advisories cannot be had.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

if ! cargo deny --version >/dev/null 2>&1; then
    echo "cargo-deny is not installed"
    exit 77
fi
if ! cargo deny --locked fetch db; then
    echo "the advisory database could not be fetched"
    exit 77
fi
cargo deny --locked --offline check advisories
