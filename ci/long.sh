#!/usr/bin/env bash
# The long tier, for what only chance and time find: a million power cuts, many seeds, processes killed a thousand
# times, hours of fuzzing.
#
# usage: ci/long.sh [MINUTES]    how long to fuzz; 240 unless told
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

minutes=${1:-240}
if ! [[ $minutes =~ ^[0-9]+$ ]]; then
    echo "usage: ci/long.sh [MINUTES]" >&2
    exit 2
fi
. ci/groups.sh
limit=0 # none

group set-up ci/setup.sh
group power-cuts env PILLAR_CUTS=1000000 cargo test --locked --release --package pillar-tests --test sim cuts -- --nocapture
show power-cuts ' power cuts'
group seeds cargo run --locked --release --quiet --bin zedbox -- sim --seeds 1..100000 --faults all
show seeds ' runs, '
group story env PILLAR_STORY_CUTS=1 PILLAR_STORY_SEEDS=10000 cargo test --locked --release --package pillar-tests --test story -- --nocapture
show story ' power cuts'
group kills env PILLAR_KILLS=1000 cargo test --locked --release --package pillar-tests --test ipc_kills
group fuzz ci/fuzz.sh $((minutes * 60))
finish
