#!/bin/bash
# Runs inside of the virtual Jetson: installs the release as a person would. Ends with install.sh's own code.
set -u
export HOME=/root PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin NODE_NO_WARNINGS=1
words=/var/lib/virtual-jetson/install.txt
mkdir -p "$(dirname $words)"

# A real car: the board on bus 1, the camera at /dev/video0. The installer keeps a configuration that is there.
mkdir -p /var/lib/jetson-car
cp /car/car.yaml /var/lib/jetson-car/car.yaml

for archive in /car/*.tar.xz; do
  [ -e "$archive" ] || break
  echo "unpacking $(basename "$archive"), $(stat -c %s "$archive") bytes"
  mkdir -p /var/tmp/unpacked
  tar xf "$archive" -C /var/tmp/unpacked || exit
  mount --bind /var/tmp/unpacked/* /car/release
done

started=$(date +%s%N)
/car/release/install.sh >$words 2>&1
code=$?
echo "install.sh ended with $code after $((($(date +%s%N) - started) / 1000000)) ms"
cat $words
# The suites of the devices come first, and want them for themselves.
systemctl stop jetson-car
exit $code
