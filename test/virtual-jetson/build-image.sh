#!/bin/bash
# Builds what the virtual Jetson boots, from Debian's packages: a kernel, an initial ram disk that finds the disk, and a disk with
# systemd, GStreamer and the kernel modules that play the hardware. Needs root and a Debian of the same release, for amd64.
#
#   build-image.sh FOLDER amd64|arm64   leaves FOLDER/{kernel,initrd.gz,disk.img}
#   build-image.sh --check              only tries whether the mounts and device nodes are allowed that it takes; 0 when they are
#
# Root builds here, and the packages' own scripts run as root. So all of it happens in a mount namespace in which this machine's
# files are read-only, apart from FOLDER, a work folder and apt's, and in which /dev has device nodes of its own: whatever goes
# wrong, no file and no device of this machine is replaced.
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
if [ "${3:-}" != inside ]; then
  [ "$(id -u)" = 0 ] || { echo "the image is built by root" >&2; exit 1; }
  work=$(mktemp -d /var/tmp/virtual-jetson.XXXXXX)
  trap 'rm -rf --one-file-system "$work"' EXIT
  out=$1
  arch=${2:-amd64}
  if [ "$1" != --check ]; then
    out=$(realpath -m "$1")
    mkdir -p "$out"
  fi
  unshare --mount --propagation private -- bash "$0" "$out" "$arch" inside "$work"
  exit
fi
arch=$2
work=$4
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")

# The order counts: what stays writable becomes a mount of its own before the root is read-only, and /dev is covered last. The
# sources and the folder of the result are reached by the work folder: where they are below /tmp, that is about to be covered.
for folder in "$work" /var/lib/apt /var/cache/apt; do mount --bind "$folder" "$folder"; done
mkdir "$work/sources"
cp -r "$here"/{modules,guest,initrd-init} "$work/sources"
here=$work/sources
wanted=$1
out=$work/out
mkdir "$out"
[ "$wanted" = --check ] || mount --bind "$wanted" "$out"
# The folder that this was called from may lie below /tmp, too.
cd "$work"
mount -t tmpfs -o mode=1777 tmp /tmp
mount -o remount,bind,ro /
mount -t tmpfs -o mode=0755,exec,dev devices /dev
for node in 'null 1 3' 'zero 1 5' 'full 1 7' 'random 1 8' 'urandom 1 9' 'tty 5 0'; do
  # shellcheck disable=SC2086 # a name and two numbers
  mknod -m 0666 /dev/${node%% *} c ${node#* }
done
ln -s /proc/self/fd /dev/fd
mkdir /dev/shm /dev/pts
export TMPDIR=$work
if [ "$wanted" = --check ]; then
  : >/dev/null
  exit
fi

say() { echo "virtual Jetson: $*" >&2; }

# Once more, and then a last time: a mirror that does not answer now may in a minute.
patiently() {
  for seconds in 20 60; do
    "$@" && return
    say "$1 failed; again in $seconds s"
    sleep "$seconds"
  done
  "$@"
}

# What runs in the guest is of its architecture, what runs here of this machine's. For another one apt gets lists of its own, so
# that this machine's stay as they are.
guest_apt=()
tool_prefix=
make_for=(CC=gcc)
if [ "$arch" != amd64 ]; then
  tool_prefix=aarch64-linux-gnu-
  make_for=(ARCH=arm64 CROSS_COMPILE=$tool_prefix CC=${tool_prefix}gcc)
  mkdir -p "$work/apt/state/lists/partial" "$work/apt/cache/archives/partial"
  : >"$work/apt/status"
  guest_apt=(-o "APT::Architecture=$arch" -o "APT::Architectures=$arch" -o "Dir::State=$work/apt/state"
    -o "Dir::State::status=$work/apt/status" -o "Dir::Cache=$work/apt/cache")
  say "package lists for $arch"
  patiently apt-get update -qq "${guest_apt[@]}" -o APT::Sandbox::User=root -o Acquire::Retries=3
fi

# The kernel of the day: its packages carry its version in their names, so they are asked for.
dependency() { apt-cache "${guest_apt[@]}" depends "$1" | awk -v want="$2" '$1 == "Depends:" && $2 ~ want { print $2; exit }'; }
image=$(dependency "linux-image-$arch" '^linux-image-')
headers=$(dependency "linux-headers-$arch" '^linux-headers-')
release=${image#linux-image-}
common=$(dependency "$headers" '-common$')
kbuild=$(dependency "$headers" '^linux-kbuild-')
say "kernel $release of $suite"

packages=$work/packages
kernel=$work/kernel
mkdir "$packages" "$kernel"
download() {
  (cd "$packages" && patiently apt-get "$@" -qq -o APT::Sandbox::User=root -o Acquire::Retries=3)
}
download "${guest_apt[@]}" download "$image" "$headers" "$common" busybox-static
# The programs that build modules, which run here.
download download "$kbuild"
for file in "$packages"/*.deb; do dpkg -x "$file" "$kernel"; done
rm -r "$packages"

say "kernel modules"
built=$work/modules
cp -r "$here/modules" "$built"
tree=$kernel/usr/src/$headers
sed -i "s#/usr/src/#$kernel/usr/src/#" "$tree/Makefile"
make -s -C "$tree" M="$built" "${make_for[@]}" modules >"$work/make.log" 2>&1 || { cat "$work/make.log" >&2; exit 1; }
depmod -b "$kernel" "$release"

say "system"
system=$work/system
include=systemd,systemd-sysv,dbus,udev,kmod,procps,iproute2,libstdc++6,xz-utils
include+=,i2c-tools,v4l-utils,gstreamer1.0-tools,gstreamer1.0-plugins-base,gstreamer1.0-plugins-good
# The packages' own programs run here while they are installed: for another architecture by an emulator that the kernel is told of.
if [ "$arch" != amd64 ]; then
  registered=/proc/sys/fs/binfmt_misc
  [ -e $registered/register ] || mount -t binfmt_misc binfmt_misc $registered
  if [ ! -e $registered/qemu-aarch64 ]; then
    trap 'echo -1 >$registered/qemu-aarch64' EXIT
    cat /usr/lib/binfmt.d/qemu-aarch64.conf >$registered/register
  fi
fi
debian() {
  rm -rf --one-file-system "$system"
  mmdebstrap --quiet --mode=root --architectures="$arch" --variant=minbase --include="$include" \
    --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Retries "3"' --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' "$suite" "$system"
}
patiently debian

# Module files with all that they depend on, in the order in which they are loaded.
module_files() {
  for module in "$@"; do modprobe -d "$kernel" -S "$release" --show-depends "$module" | awk '/^insmod/ { print $2 }'; done | awk '!seen[$0]++'
}

in_system=$system/lib/modules/$release
mkdir -p "$in_system/extra"
cp "$kernel/lib/modules/$release"/modules.{order,builtin,builtin.modinfo} "$in_system/"
module_files i2c-dev vivid softdog configfs 9p 9pnet_virtio virtio_rng autofs4 overlay | while read -r file; do
  place=$in_system/${file#"$kernel/lib/modules/$release/"}
  mkdir -p "$(dirname "$place")"
  cp "$file" "$place"
done
for module in "$built"/*.ko; do "${tool_prefix}strip" --strip-debug -o "$in_system/extra/$(basename "$module")" "$module"; done
depmod -b "$system" "$release"

cp -r "$here/guest/." "$system/"
chroot "$system" systemctl -q enable virtual-hardware.service virtual-jetson.service
# What only costs time at a start that ends after minutes.
for unit in getty@tty1.service serial-getty@ttyS0.service serial-getty@ttyAMA0.service systemd-logind.service apt-daily.timer apt-daily-upgrade.timer \
  dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service systemd-journal-flush.service systemd-update-utmp.service \
  systemd-update-utmp-runlevel.service systemd-pstore.service fstrim.timer systemd-random-seed.service; do
  ln -sf /dev/null "$system/etc/systemd/system/$unit"
done
: >"$system/etc/fstab"
echo virtual-jetson >"$system/etc/hostname"
echo "127.0.0.1 localhost virtual-jetson" >"$system/etc/hosts"

say "initial ram disk"
initial=$work/initial
mkdir -p "$initial"/{bin,dev,proc,sys,new,modules}
cp "$kernel/bin/busybox" "$initial/bin/busybox"
ln -s busybox "$initial/bin/sh"
cp "$here/initrd-init" "$initial/init"
number=100
for file in $(module_files virtio_pci virtio_blk ext4); do
  "${tool_prefix}strip" --strip-debug -o "$initial/modules/$number-$(basename "$file")" "$file"
  number=$((number + 1))
done
(cd "$initial" && find . | cpio -o -H newc --quiet | gzip -1) >"$out/initrd.gz"

say "disk"
cp "$kernel/boot/vmlinuz-$release" "$out/kernel"
size_mb=$(($(du -sm --one-file-system "$system" | cut -f1) + 1200))
mke2fs -q -F -t ext4 -O ^has_journal -E lazy_itable_init=0,root_owner=0:0 -m 0 -d "$system" "$out/disk.img" "${size_mb}M"
say "done: $wanted"
