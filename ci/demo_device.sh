#!/usr/bin/env bash
# The main job for real: a device with all agents onboards to `zedbox devctl`, runs an application in a VM and follows
# what its controller wants. Controller, datastore, DHCP server and device run in namespaces of their own.
#
# usage: ci/demo_device.sh [ZEDBOX]    (default: built, release)
#        ci/demo_device.sh --check     (whether it can run here; says why not)
#
# Exits with 77 where it cannot run, and with 1 if a step fails or anything is left afterwards. KEEP=DIR in the
# environment has what everybody wrote copied there at the end. Guests run without KVM: the processor is emulated.
set -euo pipefail
cd "$(dirname "$0")/.."
image=${CARGO_TARGET_DIR:-target}/ci/guest.qcow2

# check: whether it can run here.
check() {
    local program
    [ "$(id -u)" = 0 ] || { echo "ci/demo_device.sh: needs root"; return 77; }
    for program in curl dhcpcd dnsmasq ip nft nginx qemu-img qemu-system-x86_64 unshare; do
        command -v "$program" >/dev/null || { echo "ci/demo_device.sh: $program is not installed"; return 77; }
    done
    unshare --net --mount --pid --fork true 2>/dev/null || { echo "ci/demo_device.sh: no namespaces here"; return 77; }
    ci/guest_image.sh "$image"
}

# traces: what a demo could leave on this machine.
traces() {
    ip -o link show | cut -d ' ' -f 2
    ip netns list
    nft list tables
    cut -d ' ' -f 2 /proc/mounts
    find /run /var/lib/dhcpcd /var/lib/misc -maxdepth 1 2>/dev/null | sort
    pgrep -lf /run/demo || true
    md5sum /etc/resolv.conf
}

check
[ "${1:-}" != --check ] || exit 0
zedbox=${1:-}
if [ -z "$zedbox" ]; then
    cargo build --locked --release --quiet --bin zedbox
    zedbox=${CARGO_TARGET_DIR:-target}/release/zedbox
fi
[ -z "${KEEP:-}" ] || mkdir -p "$KEEP"
before=$(traces)
status=0
# Whatever is started dies with the first process of the namespace; mounts and links go with the last.
unshare --net --mount --uts --ipc --pid --fork --kill-child --mount-proc \
    ci/demo_steps.sh "$(realpath "$zedbox")" "$(realpath "$image")" || status=$?
if ! left=$(diff <(echo "$before") <(traces)); then
    echo "FAILED: something is left of it:"
    echo "$left"
    exit 1
fi
[ "$status" != 0 ] || echo "nothing is left of it"
exit "$status"
