#!/bin/sh
# Installs the car from the folder that this file lies in, or takes it away again.
#
#   sudo ./install.sh             install or upgrade; configuration and recordings stay as they are
#   sudo ./install.sh --uninstall take the program and the service away; configuration and recordings stay
#   ./install.sh --dry-run        say what would be done, and do nothing
#   sudo ./install.sh --cuda [ARCHIVE]  nothing of the car, but the library that runs networks on a Nano's GPU: fetched, or from
#                                 an archive that was fetched elsewhere; held to its hash
#
# --root DIR installs below DIR without touching this machine's services: for images and tests.
# An upgrade that does not become ready is undone: the version that ran before runs again. Ended half-way, it is run again.
set -eu

here=$(dirname "$(readlink -f "$0")")
root=
dry_run=no
action=install
keep_versions=2
# How long a start may take: the detector's first run on a GPU is not waited for.
ready_patience_s=${JETSON_CAR_READY_PATIENCE_S:-40}

# A terminal that is gone, as with the car's WiFi, is no reason to stop half-way.
say() { printf '%s\n' "$*" 2>/dev/null || true; }
fail() { printf 'install.sh: %s\n' "$*" >&2; exit 1; }

# ONNX Runtime with CUDA 10.2: no package of npm's has it. One person's build, of github.com/csukuangfj/onnxruntime-libs, which
# sherpa-onnx pins for the Nano by the same hash.
cuda_name=onnxruntime-linux-aarch64-gpu-1.11.0.tar.bz2
cuda_url=https://github.com/csukuangfj/onnxruntime-libs/releases/download/v1.11.0/$cuda_name
cuda_sha256=36eded935551e23aead09d4173bdf0bd1e7b01fdec15d77f97d6e34029aa60d7
cuda_archive=

# Of several that exclude each other none is meant more than another.
do_only() {
  [ "$action" = install ] || [ "$action" = "$1" ] || fail "--uninstall and --cuda exclude each other: name one. $usage"
  action=$1
}

usage="usage: install.sh [--uninstall | --cuda [ARCHIVE]] [--dry-run] [--root DIR]"
while [ $# -gt 0 ]; do
  case $1 in
    --uninstall) do_only uninstall ;;
    --cuda)
      do_only install_cuda
      case ${2:-} in
        '' | -*) ;;
        *)
          cuda_archive=$2
          shift
          ;;
      esac
      ;;
    --dry-run) dry_run=yes ;;
    --root)
      # An empty one, from a variable without a value, would be this very machine.
      [ $# -ge 2 ] && [ -n "$2" ] || fail "--root needs a folder. $usage"
      root=$(cd "$2" 2>/dev/null && pwd -P) || fail "--root $2 is no folder: make it first"
      [ "$root" != / ] || fail "--root / is this machine itself: leave --root out"
      shift
      ;;
    -h | --help)
      say "$usage"
      exit 0
      ;;
    *) fail "there is no option $1. $usage" ;;
  esac
  shift
done

opt=$root/opt/jetson-car
state=$root/var/lib/jetson-car
units=$root/etc/systemd/system
rules=$root/etc/udev/rules.d
modules=$root/etc/modules-load.d
users=$root/usr/lib/sysusers.d
# The first for polkit 0.105, the second for what came after it; each reads its own and ignores the other.
polkit_old=$root/etc/polkit-1/localauthority/50-local.d
polkit=$root/etc/polkit-1/rules.d
command_link=$root/usr/local/bin/jetson-car

# Runs a command, or only says it.
run() {
  if [ "$dry_run" = yes ]; then say "would run: $*"; else "$@"; fi
}
# The same for what concerns this machine's services, which an image below --root has not.
run_here() { [ -n "$root" ] || run "$@"; }

# What is so afterwards.
done_say() { if [ "$dry_run" = yes ]; then say "a dry run: nothing was done"; else say "$@"; fi; }

check_release() {
  wanted=$(cat "$here/architecture" 2>/dev/null) && needed_glibc=$(cat "$here/glibc" 2>/dev/null) && [ -r "$here/files" ] ||
    fail "this folder is no whole release: unpack the archive again"
  lacking=$(cd "$here" && find . -type f -printf '%s %P\n' | LC_ALL=C sort | LC_ALL=C comm -13 - files | cut -d' ' -f2-)
  [ -z "$lacking" ] || fail "$(printf '%s\n' "$lacking" | wc -l) files of the release are missing or not as they were packed,
such as $(printf '%s\n' "$lacking" | head -1). Unpack the archive again, and see that tar ends without an error"
}

is_older() { [ "$1" != "$2" ] && [ "$(printf '%s\n' "$1" "$2" | sort -V | head -1)" = "$1" ]; }

check_machine() {
  case $(uname -m) in
    aarch64) machine=arm64 ;;
    x86_64) machine=x64 ;;
    *) machine=$(uname -m) ;;
  esac
  [ "$machine" = "$wanted" ] ||
    fail "this release is for $wanted and this machine is $machine: take the archive that ends in linux-$machine"
  # "glibc 2.27"; a system with another C library has no such words.
  has_glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null | sed -n 's/^glibc //p')
  [ -n "$has_glibc" ] || fail "this system's C library is not glibc, which the release needs: take Ubuntu, Debian or JetPack"
  ! is_older "$has_glibc" "$needed_glibc" ||
    fail "this system has glibc $has_glibc, and the release needs $needed_glibc: take a newer system (on a Nano JetPack 4.6, Ubuntu 18.04)"
  "$here/bin/node" --version >/dev/null 2>&1 ||
    fail "bin/node does not start here: $("$here/bin/node" --version 2>&1 | head -1). Is the folder on a disk mounted noexec?"
  [ -d /run/systemd/system ] ||
    fail "systemd does not run here, and it starts the car; without it, run bin/jetson-car by hand"
  [ "$dry_run" = yes ] || [ "$(id -u)" = 0 ] || fail "this needs root: sudo $0"
}

check_space() { need_space "$(du -sk "$here" | cut -f1)" "$opt"; }

# So many kB where something will lie, and some to go on with.
need_space() {
  place=$2
  while [ ! -e "$place" ]; do place=$(dirname "$place"); done
  free_kb=$(df -Pk "$place" | awk 'NR == 2 { print $4 }')
  [ "$free_kb" -gt $(($1 + 65536)) ] ||
    fail "the disk has $((free_kb / 1024)) MB left, and $(($1 / 1024 + 64)) MB are needed: delete something"
}

# The folder itself is what is locked: nothing is left behind by whoever is killed.
only_one() {
  [ "$dry_run" = no ] || return 0
  [ -w "${root:-/}" ] || fail "${root:-/} cannot be written: another user's, or mounted read-only"
  exec 9<"${root:-/}"
  flock -n 9 || fail "another install.sh is at work there: wait for it"
}

version=$(sed -n 's/^ *"version": "\([^"]*\)".*/\1/p' "$here/package.json" | head -1)
[ -n "$version" ] || fail "package.json beside this file names no version: unpack the archive again"

copy_program() {
  target=$opt/versions/$version
  say "program: $target"
  run mkdir -p "$opt/versions"
  # The same version again is put in place by a rename too: a running car keeps the files that it has open.
  unfinished=$opt/versions/.unfinished
  run rm -rf "$unfinished"
  run cp -a "$here" "$unfinished"
  # An image may be laid out by anybody, and is given to root when it is made.
  [ "$(id -u)" != 0 ] || run chown -R 0:0 "$unfinished"
  run chmod -R go-w,a+rX "$unfinished"
  trap '' INT
  if [ -e "$target" ]; then
    run rm -rf "$target.before"
    run mv "$target" "$target.before"
  fi
  run mv "$unfinished" "$target"
  # A car is often switched off by pulling its plug: the files are on the card before anything points at them.
  run sync
}

# A link is changed in one step: whoever follows it finds the old version or the new one.
switch_to() {
  run ln -sfn "versions/$1" "$opt/current.next"
  run mv -Tf "$opt/current.next" "$opt/current"
}

copy_units() {
  say "service: $units/jetson-car.service"
  run mkdir -p "$units" "$rules" "$modules" "$users" "$(dirname "$command_link")"
  # polkit's own folders are closed to others, and stay as they are where they exist.
  [ -d "$polkit_old" ] || run mkdir -p -m 0755 "$polkit_old"
  [ -d "$polkit" ] || run mkdir -p -m 0755 "$polkit"
  run cp "$1/systemd/jetson-car.service" "$1/systemd/jetson-car-neutral.service" "$units/"
  run cp "$1/systemd/60-jetson-car.rules" "$rules/60-jetson-car.rules"
  run cp "$1/systemd/jetson-car.modules.conf" "$modules/jetson-car.conf"
  run cp "$1/systemd/jetson-car.sysusers.conf" "$users/jetson-car.conf"
  # A version that is gone back to may have none.
  [ ! -e "$1/systemd/jetson-car.pkla" ] || run cp "$1/systemd/jetson-car.pkla" "$polkit_old/jetson-car.pkla"
  [ ! -e "$1/systemd/60-jetson-car.polkit.rules" ] ||
    run cp "$1/systemd/60-jetson-car.polkit.rules" "$polkit/60-jetson-car.rules"
  run ln -sfn /opt/jetson-car/current/bin/jetson-car "$command_link"
}

write_first_configuration() {
  if [ -e "$state/car.yaml" ]; then
    say "configuration: $state/car.yaml, kept"
    return
  fi
  say "configuration: $state/car.yaml, new"
  if [ "$dry_run" = yes ]; then return; fi
  mkdir -p "$state"
  cat >"$state/car.yaml" <<'YAML'
# What differs from the vehicle preset; every key is explained in /opt/jetson-car/current/docs/configuration.md.
# A real car: its preset's name instead of "simulated" ("jetson-car run --help" lists them), then: sudo systemctl restart jetson-car
preset: simulated
remote:
  host: 0.0.0.0
YAML
}

make_user() {
  run_here systemd-sysusers "$users/jetson-car.conf"
  run_here chown -R jetson-car:jetson-car "$state"
  run_here chmod 0750 "$state"
  run_here udevadm control --reload
  # As when they were found: the rules give the pins' own files away then, and a board is not started anew for them.
  run_here udevadm trigger --action=add --subsystem-match=i2c-dev --subsystem-match=gpio --subsystem-match=video4linux --subsystem-match=pwm
  run_here modprobe -q i2c-dev || true
}

# systemd says "active" when the car has said that it is ready.
become_ready() {
  run_here systemctl daemon-reload
  run_here systemctl enable -q jetson-car.service jetson-car-neutral.service
  run_here systemctl reset-failed jetson-car.service 2>/dev/null || true
  [ -z "$root" ] && [ "$dry_run" = no ] || return 0
  timeout "$ready_patience_s" systemctl restart jetson-car.service && stays_up
}

# A car that starts and falls over at once is not ready.
stays_up() {
  for _ in 1 2 3; do
    sleep 1
    systemctl is-active -q jetson-car.service || return 1
  done
}

go_back() {
  # Of this start alone: those of the version before stand right above them.
  start=$(systemctl show -p InvocationID --value jetson-car.service 2>/dev/null || true)
  why=$(journalctl -u jetson-car ${start:+_SYSTEMD_INVOCATION_ID="$start"} -n 5 -o cat --no-pager 2>/dev/null || true)
  [ -n "$why" ] || why="(it said nothing)"
  systemctl stop jetson-car.service || true
  if [ -n "$before" ] && [ "$before" != "$version" ]; then
    switch_to "$before"
    # What cannot be deleted does no harm there.
    rm -rf "$opt/versions/$version" || true
  elif [ -e "$opt/versions/$version.before" ]; then
    rm -rf "$opt/versions/$version"
    mv "$opt/versions/$version.before" "$opt/versions/$version"
  else
    fail "version $version did not become ready, and there is no earlier one to go back to. Its last words:
$why"
  fi
  copy_units "$opt/current"
  become_ready || true
  fail "version $version did not become ready; version ${before:-$version} is back and $(systemctl is-active jetson-car.service || true). Last words of $version:
$why"
}

forget_old_versions() {
  run rm -rf "$opt/versions/$version.before"
  [ "$dry_run" = no ] || return 0
  # The newest few stay, so that going back needs no network.
  (cd "$opt/versions" && ls -1t | tail -n +$((keep_versions + 1))) | while read -r old; do
    [ "$old" = "$version" ] || [ "$old" = "$before" ] || rm -rf "$opt/versions/$old"
  done
}

say_where() {
  [ -z "$root" ] && [ "$dry_run" = no ] || return 0
  # What is started from here on is to be interrupted as usual, and holds no lock.
  trap - HUP INT
  exec 9<&-
  car=$opt/current/bin/jetson-car
  say ""
  # The first time nobody is paired yet: the code beside the address. A car that listens to itself alone has none.
  { [ -z "$before" ] && "$car" pair 2>/dev/null; } || "$car" address --config "$state/car.yaml" || true
  say ""
  STATE_DIRECTORY=$state "$car" doctor --config "$state/car.yaml" || true
}

install() {
  check_release
  [ -n "$root" ] || check_machine
  check_space
  only_one
  # An installation that was ended half-way may have left a link to nothing: there is no way back to that.
  before=
  [ ! -e "$opt/current" ] || before=$(basename "$(readlink "$opt/current")")
  say "installing version $version${before:+ over $before}"
  # A lost connection to the car does not end this half-way, nor a key once the new version is put in its place.
  trap '' HUP
  copy_program
  switch_to "$version"
  copy_units "$here"
  write_first_configuration
  make_user
  become_ready || go_back
  forget_old_versions
  done_say "version $version is installed"
  say_where
}

# What asks for it is the configuration: it is not the car's own, and no upgrade needs it anew.
install_cuda() {
  library=$root/opt/onnxruntime
  [ -n "$root" ] || [ "$(uname -m)" = aarch64 ] || fail "the library is for a Jetson's processor (aarch64), and this machine is $(uname -m)"
  [ "$dry_run" = yes ] || [ -n "$root" ] || [ "$(id -u)" = 0 ] || fail "this needs root: sudo $0 --cuda"
  [ -z "$cuda_archive" ] || [ -f "$cuda_archive" ] || fail "--cuda $cuda_archive is no file: name the archive $cuda_name"
  only_one
  if [ "$dry_run" = yes ]; then
    say "would ${cuda_archive:+take $cuda_archive}$([ -n "$cuda_archive" ] || echo "fetch $cuda_url"), hold it to SHA-256 $cuda_sha256, and unpack it into $library"
    done_say
    return
  fi
  mkdir -p "$root/opt"
  # One that was ended half-way: what it had taken away is put back, what it had not finished goes.
  old=$library.before
  [ -e "$library" ] || [ ! -e "$old" ] || mv "$old" "$library"
  work=$root/opt/.onnxruntime.unfinished
  rm -rf "$work" "$old"
  # Not every shell calls it the end when a signal is what ends it.
  trap 'rm -rf "$work"' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  mkdir -m 0700 "$work"
  own=$work/$cuda_name
  if [ -z "$cuda_archive" ]; then
    say "fetching $cuda_url"
    fetch "$cuda_url" "$own" ||
      fail "it could not be fetched: see that the car has internet, a right clock and space left, or fetch it elsewhere and name it: --cuda $cuda_name"
  else
    # What is held to the hash is what is unpacked, whoever may write where it came from.
    need_space "$(du -Lk "$cuda_archive" | cut -f1)" "$work"
    cp -- "$cuda_archive" "$own" || fail "--cuda $cuda_archive cannot be copied to $own"
  fi
  found=$(sha256sum "$own" | cut -d' ' -f1)
  [ "$found" = "$cuda_sha256" ] ||
    fail "${cuda_archive:-what was fetched} is not the library that is meant: its SHA-256 is $found, and right would be $cuda_sha256. Fetch $cuda_url anew"
  unpacked_kb=$(tar tvf "$own" | awk '{ bytes += $3 } END { printf "%.0f", bytes / 1024 }')
  need_space "$unpacked_kb" "$work"
  mkdir "$work/library"
  tar xf "$own" -C "$work/library" --strip-components=1 ||
    fail "it could not be unpacked: is bzip2 there (sudo apt-get install bzip2), and space left?"
  [ "$(id -u)" != 0 ] || chown -R 0:0 "$work/library"
  chmod -R go-w,a+rX "$work/library"
  # As with the program: whole on the card before it is in its place, and no moment with neither the old one nor the new one there.
  sync
  trap '' HUP INT TERM
  [ ! -e "$library" ] || mv "$library" "$old"
  mv "$work/library" "$library"
  sync
  # A car that runs keeps what it has open.
  rm -rf "$old"
  say "$library/lib/libonnxruntime.so is there. What makes the car use it is in its configuration, then restarted:
detector:
  runtime: /opt/onnxruntime/lib/libonnxruntime.so
  devices: [tensorrt, cuda, cpu]"
}

# From an address, to a file; a network that says nothing any more is given up after a minute.
fetch() {
  if command -v curl >/dev/null; then
    curl -fL --retry 3 --connect-timeout 30 --speed-limit 1000 --speed-time 60 -o "$2" "$1"
  else
    wget -t 3 -T 60 -O "$2" "$1"
  fi
}

uninstall() {
  [ "$dry_run" = yes ] || [ -n "$root" ] || [ "$(id -u)" = 0 ] || fail "this needs root: sudo $0 --uninstall"
  only_one
  run_here systemctl disable -q --now jetson-car.service jetson-car-neutral.service 2>/dev/null || true
  run rm -f "$units/jetson-car.service" "$units/jetson-car-neutral.service" "$rules/60-jetson-car.rules"
  run rm -f "$modules/jetson-car.conf" "$users/jetson-car.conf" "$command_link"
  run rm -f "$polkit_old/jetson-car.pkla" "$polkit/60-jetson-car.rules"
  run rm -rf "$opt"
  run_here systemctl daemon-reload || true
  done_say "the program and its service are gone; configuration and recordings stay in $state"
}

"$action"
