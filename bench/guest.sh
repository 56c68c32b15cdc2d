#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# guest.sh BENCH BASELINE: what of a baseline is compared, by whose guest it is.
set -euo pipefail
row=call/int80/counted
file=$(mktemp)
trap 'rm -f "$file"' EXIT

check() { "$bench" --check="$file" "$row" || true; }

bench=$1
cp "$2" "$file"
if check | grep -q 'another guest compiler'; then
	echo "skipped: neither the compiler nor the image is the baseline's"
	exit 77
fi
sed -i "s|^\\($row .* leaf=\\)|\\19|; s/^# guest compiler .*/# guest compiler another/" "$file"
check | grep "^$row: leaf: "
sed -i 's/^# image .*/# image none 0/' "$file"
check | grep -A 1 'another guest compiler' | grep '1 rows, 0 changed'
