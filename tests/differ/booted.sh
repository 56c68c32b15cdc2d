#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A hundred cases in each kernel in the cache of scripts/real-kernel, booted in QEMU: 6.1 to 7.2 are our 6.12.
# More of them: scripts/differ.
#
#	booted.sh DIFFER WORKER FOLDER
set -u
differ=$1 worker=$2 folder=$3
root=$(cd "$(dirname "$0")/../.." && pwd)
cache=${SYSEMU_KERNELS:-${XDG_CACHE_HOME:-$HOME/.cache}/sysemu/kernels}
command -v qemu-system-i386 >/dev/null || { echo "no qemu-system-i386"; exit 77; }
tried=0
failed=0
skipped=0
for kernel in "$cache"/vmlinuz-*; do
	[ -f "$kernel" ] || continue
	tried=$((tried + 1))
	echo "${kernel##*/}"
	"$differ" 6.12 100 1 "$folder" "$root/scripts/boot-worker" "$worker" "$kernel"
	case $? in
	0) ;;
	77) skipped=$((skipped + 1)) ;; # that of scripts/small-kernel has not all that the worker asks for
	*) failed=1 ;;
	esac
done
[ $tried -gt $skipped ] || { echo "no vmlinuz in $cache"; exit 77; }
exit $failed
