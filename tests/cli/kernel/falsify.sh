#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Each fact of a 6.x kernel made wrong (falsify.inc). Skipped without the kernel of scripts/small-kernel in the
# cache.
. "$(dirname "$0")/../check.inc"
. "$(dirname "$0")/falsify.inc"
cache=${SYSEMU_KERNELS:-${XDG_CACHE_HOME:-$HOME/.cache}/sysemu/kernels}
vmlinux=$(find "$cache" -maxdepth 1 -name 'vmlinux-*-small' 2>/dev/null | sort -V | tail -n 1)
[ -n "$vmlinux" ] || { echo "no vmlinux-*-small in $cache"; exit 77; }
cd "$scratch" || exit 1

falsify_facts "4 16 -4" modern.play "$vmlinux"
has "the right one" "$right" "played 21 times, 0 not as stated"
is "facts refused, more than 230" $((refused > 230)) 1
is "facts on which nothing depends, less than 60" $((equal < 60)) 1
falsify_words
is "words refused, more than 80" $((refused > 80)) 1
is "words on which nothing depends, less than 8" $((equal < 8)) 1
finish
