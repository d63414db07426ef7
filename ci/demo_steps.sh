#!/usr/bin/env bash
# The steps of ci/demo_device.sh, in the namespaces that it makes.
#
# usage: ci/demo_steps.sh ZEDBOX IMAGE
set -euo pipefail
zedbox=$1 image=$2
mount --make-rprivate /
for dir in /run /var/lib/dhcpcd /var/lib/misc; do
    [ ! -d "$dir" ] || mount -t tmpfs demo "$dir"
done
touch /run/resolv.conf
mount --bind /run/resolv.conf /etc/resolv.conf
work=/run/demo
root=$work/device
ctl=$work/ctl
mkdir -p "$root"/{config,persist,run,proc,sys,dev,etc,bin} "$root/persist/status/zedclient/OnboardingStatus" "$work/www"
mount -t proc proc "$root/proc"
step=start
steps=0

finish() {
    status=$?
    [ -z "${KEEP:-}" ] || cp -r --one-file-system "$work" "$KEEP"
    if [ "$status" != 0 ]; then
        echo "FAILED: $step"
        show || true
        for log in "$work"/*.log; do
            echo "== ${log##*/}"
            tail -n 20 "$log" | cut -c 1-300
        done
    fi
    exit "$status"
}
trap finish EXIT

# begin WORDS…: names the step that follows.
begin() {
    step=$*
    steps=$((steps + 1))
    printf '%3d s  %s\n' "$SECONDS" "$step"
}

# await SECONDS COMMAND…: waits until the command succeeds; fails after that time.
await() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.2
    done
}

# not COMMAND…: whether it fails.
not() {
    ! "$@"
}

# control COMMAND ARGUMENT…: what a person does at the controller.
control() {
    "$zedbox" devctl "$1" "$ctl" one "${@:2}" >>"$work/devctl.log"
}

show() {
    "$zedbox" devctl show "$ctl" one
}

# shows PATTERN: whether a line of the controller's view is like that.
shows() {
    show | grep -Eq "$1"
}

# page PATTERN: what the guest says through the port map, if it is like that.
page() {
    ip netns exec site curl --silent --fail --max-time 2 "http://$address:8080/" | grep -E "$1"
}

# left: what there still is of applications; fails if there is nothing.
left() {
    {
        pgrep -l qemu-system
        pgrep -a dnsmasq | grep zedrouter
        ip -o link show | grep -E ': (bn|nbu)[0-9]'
        nft list tables | grep pillar
        find "$root"/persist/{vault,clear} "$root"/run/hypervisor -type f
    } 2>/dev/null | grep .
}

# other_server: whether the applications' network has another DHCP server than it had.
other_server() {
    pgrep -f 'dnsmasq.*zedrouter' | grep -v -x "$server"
}

start_device() {
    "$zedbox" run --tcg --root "$root" >>"$work/zedbox.log" 2>&1 &
    device=$!
}

begin "a site with DHCP, DNS, a datastore and a controller"
ip link set lo up
ip netns add site
ip link add eth0 type veth peer name site0 netns site
ip -n site link set lo up
ip -n site address add 192.168.77.1/24 dev site0
ip -n site link set site0 up
ip netns exec site dnsmasq --conf-file=/dev/null --no-resolv --no-hosts --interface=site0 --bind-interfaces \
    --address=/controller.demo/192.168.77.1 --address=/datastore.demo/192.168.77.1 \
    --dhcp-range=192.168.77.100,192.168.77.120,1h --dhcp-leasefile="$work/leases" \
    --pid-file="$work/dnsmasq.pid" --log-facility="$work/dnsmasq.log"
cp "$image" "$work/www/guest.qcow2"
cat >"$work/nginx.conf" <<END
daemon off; pid $work/nginx.pid; error_log $work/nginx.log; user root; worker_processes 1;
events {}
http { access_log $work/nginx.log; client_body_temp_path $work/tmp; proxy_temp_path $work/tmp;
fastcgi_temp_path $work/tmp; uwsgi_temp_path $work/tmp; scgi_temp_path $work/tmp;
server { listen 192.168.77.1:80; root $work/www; } }
END
ip netns exec site nginx -c "$work/nginx.conf" -e "$work/nginx.log" &
"$zedbox" devctl init "$ctl" --server controller.demo:8443 >"$work/devctl.log"
control create
control set timer.config.interval 5
ip netns exec site "$zedbox" devctl serve "$ctl" --listen 192.168.77.1:8443 >"$work/serve.log" 2>&1 &
await 10 grep -q 'Serves devices' "$work/serve.log"

begin "a device starts with what the controller made for its /config, and takes an address by DHCP"
cp "$ctl"/devices/*/config/* "$root/config/"
"$zedbox" install "$root/bin" >"$work/install.log"
mkdir -p "$root/config/DevicePortConfig"
cat >"$root/config/DevicePortConfig/override.json" <<'END'
{"Version": 1, "Ports": [{"IfName": "eth0", "Phylabel": "eth0", "Logicallabel": "eth0", "IsMgmt": true,
 "IsL3Port": true, "Dhcp": 4, "Type": 4}]}
END
cat >"$root/etc/dhcpcd.conf" <<'END'
clientid
persistent
option domain_name_servers, domain_name, classless_static_routes, ntp_servers, interface_mtu
require dhcp_server_identifier
noarp
nohook resolv.conf, hostname, ntp-common.conf, timesyncd.conf, chrony.conf, openntpd.conf
END
start_device
await 20 grep -q '192\.168\.77\.1[0-2][0-9]' "$root/run/nim/DeviceNetworkStatus/global.json"
address=$(ip -4 -o address show dev eth0 | sed 's/.*inet \([0-9.]*\).*/\1/')

begin "it registers, learns its UUID, and tells the controller of itself"
"$root/bin/tpmmgr" --root "$root" createSoftDeviceCert
timeout 60 "$root/bin/client" --root "$root" selfRegister getUuid >"$work/client.log" 2>&1
[ -d "$ctl/devices/$(cat "$root/persist/status/uuid")" ]
await 30 shows '^device +one +ONLINE'

begin "the controller deploys an application"
control deploy web --image http://datastore.demo/guest.qcow2 --size "$(stat -c %s "$image")" \
    --sha256 "$(sha256sum "$image" | cut -d ' ' -f 1)" --port-map 8080:80
await 60 shows '^app +web +RUNNING'

begin "its guest boots, and answers through the port map"
await 60 page 'address 10.11.12.2 boot 1$'
page .
show
rss=$(awk '/^VmRSS:/ { print $2 }' "/proc/$device/status")

# A guest that does not hear its power button is asked again after a minute.
begin "the controller has it restarted"
control restart web
await 120 page 'boot 2$'
await 20 shows '^app +web +RUNNING'

begin "zedbox is killed: the guest goes on, and the next zedbox takes it over"
vm=$(pgrep qemu-system)
kill -KILL "$device"
wait "$device" 2>/dev/null || true
page 'boot 2$'
start_device
await 20 grep -q "ran meanwhile, process $vm\"" "$work/zedbox.log"
page 'boot 2$'

begin "the port map goes away"
control port-map web remove 8080:80
await 20 not page .
shows '^app +web +RUNNING'

begin "and comes back"
control port-map web add 8080:80
await 20 page 'boot 2$'
[ "$(pgrep qemu-system)" = "$vm" ]

begin "QEMU is killed: the controller hears of it, and a restart brings the guest back"
kill -KILL "$vm"
await 20 shows 'QEMU process crashed or was killed'
control restart web
await 60 page 'boot 3$'
await 20 shows '^app +web +RUNNING'

begin "dnsmasq is killed: the network's next one serves the guest that boots then"
server=$(pgrep -f 'dnsmasq.*zedrouter')
kill -KILL "$server"
await 30 other_server

begin "the controller has it purged: the disk is new"
control purge web
await 120 page 'boot 1$'
await 20 shows '^app +web +RUNNING'
show

begin "the controller deletes it: nothing is left on the device"
control delete web
await 120 not shows '^(app|content|network|volume) '
await 10 not left || { left; false; }
show

awk -v kib="$rss" 'BEGIN { printf "rss_one_app %.1f MiB\n", kib / 1024 }'
echo "all $steps steps passed in $SECONDS s"
