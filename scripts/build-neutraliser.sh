#!/bin/sh
# Builds the neutraliser (daemon/actuation/neutraliser). CC names another compiler, such as aarch64-linux-gnu-gcc.
set -eu
here=$(dirname "$0")/../daemon/actuation/neutraliser
exec "${CC:-cc}" -std=c11 -O2 -static -Wall -Wextra -Werror -o "${1:-neutralise}" "$here/neutralise.c" "${BUS:-$here/i2c-linux.c}"
