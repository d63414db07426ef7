# Run groups of checks and count how they end. Sourced by ci/test.sh and ci/long.sh.
#
# Every group runs, whatever the others did; one line tells its result and its time. The output of a group goes
# to a file in target/ci/, and is printed as well if the group fails.

export CARGO_TERM_COLOR=never
logs=${CARGO_TARGET_DIR:-target}/ci
limit=25m # for one group: none may hold up the rest for longer
passed=0 failed=0 skipped=0
mkdir -p "$logs"

# group NAME COMMAND…: status 77 means that it could not run here, and the last line of its output says why.
group() {
    local name=$1 log=$logs/$1.log start=$SECONDS result
    shift
    printf '%-14s' "$name"
    timeout --kill-after=10 "$limit" "$@" </dev/null >"$log" 2>&1
    case $? in
        0) result=ok passed=$((passed + 1)) ;;
        77) result="skipped: $(tail -n 1 "$log")" skipped=$((skipped + 1)) ;;
        *) result=FAILED failed=$((failed + 1)) ;;
    esac
    printf '%5d s  %s\n' $((SECONDS - start)) "$result"
    if [ "$result" = FAILED ]; then
        tail -n 200 "$log" | sed 's/^/    /'
    fi
}

# show NAME PATTERN: lines of that group's output that a reader wants to see even if all went well.
show() {
    grep -E "$2" "$logs/$1.log"
}

# The closing line; the status is 1 if a group failed.
finish() {
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" = 0 ]
}
