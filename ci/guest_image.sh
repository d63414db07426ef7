#!/usr/bin/env bash
# Make a small guest: a bootable disk image of Debian's cloud kernel and busybox, 48 MiB, qcow2.
#
# usage: ci/guest_image.sh FILE
#
# The guest takes an address by DHCP on its first interface and answers http://<address>/ with a line of text:
# its host name as the DHCP server gives it, its address, and how often this disk has booted, which it keeps on
# the disk between the boot record and the partition. The power button switches it off. Exits with 77 where it
# cannot be made. Packages: busybox-static, cpio, dosfstools, mtools, qemu-utils, syslinux.
set -euo pipefail

out=${1:?usage: ci/guest_image.sh FILE}
out=$(realpath -m "$out")
[ ! -e "$out" ] || exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

kernel=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-.*\)/\1/p' | head -n 1)
# One that apt has already is good enough.
cached=$(find /var/cache/apt/archives -name 'linux-image-[0-9]*-cloud-amd64_*.deb' 2>/dev/null | sort -V | tail -n 1)
if [ -n "$cached" ]; then
    cp "$cached" .
elif [ -z "$kernel" ] || ! apt-get download -q "$kernel" >download.log 2>&1; then
    echo "ci/guest_image.sh: Debian's cloud kernel cannot be fetched"
    exit 77
fi
dpkg-deb -x linux-image-*.deb kernel
modules=$(echo kernel/lib/modules/*)

mkdir -p root/bin root/dev root/etc/acpi/PWRF root/lib root/proc root/sys root/tmp root/var/log root/var/run root/www
cp "$(command -v busybox)" root/bin/busybox
for name in virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci failover net_failover \
    virtio_net virtio_blk evdev button; do
    cp "$(find "$modules" -name "$name.ko")" root/lib/
    echo "$name" >>root/lib/order
done

cat >root/etc/acpi/PWRF/00000080 <<'EOF'
#!/bin/sh
echo "power button"
poweroff -f
EOF
cat >root/etc/dhcp <<'EOF'
#!/bin/sh
# Called by udhcpc.
[ "$1" = bound ] || [ "$1" = renew ] || exit 0
ip address flush dev "$interface"
ip address add "$ip/$mask" dev "$interface"
[ -z "$router" ] || ip route add default via "$router" dev "$interface"
[ -z "$hostname" ] || hostname "$hostname"
echo "guest $(hostname) address $ip boot $(cat /tmp/boots)" | tee /www/index.html
EOF
cat >root/init <<'EOF'
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
while read -r module; do insmod "/lib/$module.ko"; done </lib/order
boots=$(dd if=/dev/vda bs=512 skip=1 count=1 2>/dev/null | tr -d '\0')
boots=$((${boots:-0} + 1))
echo "$boots" >/tmp/boots
printf '%d' "$boots" | dd of=/dev/vda bs=512 seek=1 count=1 conv=notrunc,sync,fsync 2>/dev/null
ip link set lo up
ip link set eth0 up
httpd -h /www
# One that ends, as it does while an input device is only half there, is started again.
while :; do acpid -f; sleep 1; done &
udhcpc -i eth0 -s /etc/dhcp -t 30 -T 1 -x hostname:guest -b
echo "ready"
while :; do sleep 1000; done
EOF
chmod +x root/init root/etc/dhcp root/etc/acpi/PWRF/00000080
(cd root && find . | cpio --quiet -o -H newc) | gzip -9 >initrd.gz

# A partition of FAT behind a boot record, written without mounting anything.
truncate -s 48M disk.img
dd if=/usr/lib/SYSLINUX/mbr.bin of=disk.img conv=notrunc status=none
# Bootable, FAT16, from sector 2048 to the end (0x00018000 - 0x800 = 0x17800 sectors), and the signature.
printf '\x80\0\0\0\x0e\0\0\0\x00\x08\0\0\x00\x78\x01\0' | dd of=disk.img bs=1 seek=446 conv=notrunc status=none
printf '\x55\xaa' | dd of=disk.img bs=1 seek=510 conv=notrunc status=none
offset=$((2048 * 512))
mformat -i "disk.img@@$offset" -T $(((48 << 11) - 2048)) -h 255 -s 63 -H 2048 ::
cat >syslinux.cfg <<'EOF'
DEFAULT linux
PROMPT 0
LABEL linux
  KERNEL vmlinuz
  APPEND initrd=initrd.gz console=ttyS0 quiet panic=1
EOF
mcopy -i "disk.img@@$offset" kernel/boot/vmlinuz-* ::vmlinuz
mcopy -i "disk.img@@$offset" initrd.gz syslinux.cfg ::
syslinux --install --offset "$offset" disk.img
mkdir -p "$(dirname "$out")"
qemu-img convert -q -f raw -O qcow2 -c disk.img "$out.tmp"
mv "$out.tmp" "$out"
