#!/bin/bash
# Runs inside of the virtual Jetson: runs the suites against the machine's devices and its systemd, and leaves what they found in
# /results.
set -u
export HOME=/root PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin NODE_NO_WARNINGS=1
node=/payload/bin/node
suites=$(cat /payload/suites)
echo "node $($node --version), kernel $(uname -r), $(uname -m), $(date -u '+%F %T') UTC"
cp /var/lib/virtual-jetson/install.txt /results/ 2>/dev/null

# Add-ons that npm does not bring compiled are those of the release.
for name in i2c-bus epoll; do
  place=/payload/checkout/node_modules/$name
  [ -d $place/build ] || mount --bind /car/release/node_modules/$name $place
done
# Its configuration is bundled into a folder of node_modules, and the payload is read-only.
mount -t tmpfs vite-temp /payload/checkout/node_modules/.vite-temp
cd /payload/checkout || exit 1
CI=true $node node_modules/vitest/vitest.mjs run --config test/virtual-jetson/vitest.config.ts $suites --no-color
echo $? >/results/exit-code
journalctl -b -o short-monotonic --no-pager >/results/journal.txt
sync
