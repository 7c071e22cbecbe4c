#!/bin/bash
# Runs inside of the virtual Jetson, as its only work: installs the release as a person would, runs the suites against the
# machine's devices and its systemd, and leaves what they found in /results.
set -u
export HOME=/root PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin NODE_NO_WARNINGS=1
node=/payload/release/bin/node

echo "the run begins: node $($node --version), kernel $(uname -r), up $(cut -d' ' -f1 /proc/uptime) s"
suites=$(cat /payload/suites)

install_car() {
  # A real car: the board on bus 1, the camera at /dev/video0. The installer keeps a configuration that is there.
  mkdir -p /var/lib/jetson-car
  cp /payload/car.yaml /var/lib/jetson-car/car.yaml

  started=$(date +%s%N)
  /payload/release/install.sh >/results/install.txt 2>&1
  echo "install.sh ended with $? after $((($(date +%s%N) - started) / 1000000)) ms"
  cat /results/install.txt
  # The suites of the devices come first, and want them for themselves.
  systemctl stop jetson-car
}
case " $suites " in
  '  ' | *' service '* | *' installation '*) install_car ;;
esac

# Its configuration is bundled into a folder of node_modules, and the payload is read-only.
mount -t tmpfs vite-temp /payload/checkout/node_modules/.vite-temp
cd /payload/checkout || exit 1
CI=true $node node_modules/vitest/vitest.mjs run --config test/virtual-jetson/vitest.config.ts $suites --no-color
echo $? >/results/exit-code
journalctl -b -o short-monotonic --no-pager >/results/journal.txt
sync
