#!/usr/bin/env bash
# Install what the checks need and a plain Debian machine may lack. Installs nothing that is there.
set -euo pipefail

# command and the Debian package that has it
needs='
busybox            busybox-static
cc                 gcc
cpio               cpio
curl               curl
dhcpcd             dhcpcd-base
dnsmasq            dnsmasq-base
g++                g++
git                git
ip                 iproute2
mformat            mtools
nft                nftables
nginx              nginx-light
nm                 binutils
openssl            openssl
pgrep              procps
python3            python3
qemu-img           qemu-utils
qemu-system-x86_64 qemu-system-x86
syslinux           syslinux
valgrind           valgrind
'

missing=$(while read -r command package; do
    [ -z "$command" ] || command -v "$command" >/dev/null || echo "$package"
done <<<"$needs")

if [ -z "$missing" ]; then
    echo "nothing is missing"
    exit 0
fi
echo "installing:" $missing
as_root=
[ "$(id -u)" = 0 ] || as_root=sudo
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -q
# QEMU's packages must be of one version, also where one of them came from elsewhere.
version=$(apt-cache policy qemu-system-x86 | sed -n 's/^ *Candidate: //p')
missing=$(echo "$missing" | sed "s/^qemu-.*/qemu-system-x86=$version qemu-utils=$version/")
# shellcheck disable=SC2086 # one word a package
$as_root apt-get install -q -y --no-install-recommends --allow-downgrades $missing
