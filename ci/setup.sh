#!/usr/bin/env bash
# Install what the checks need and a plain Debian machine may lack. Installs nothing that is there.
set -euo pipefail

# command and the Debian package that has it
needs='
cc       gcc
g++      g++
git      git
ip       iproute2
nm       binutils
python3  python3
valgrind valgrind
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
# shellcheck disable=SC2086 # one word a package
$as_root apt-get install -q -y --no-install-recommends $missing
