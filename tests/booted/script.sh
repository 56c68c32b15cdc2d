#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What a booted kernel is to play can be read by the program that plays it there: all its scenarios begin. Natively,
# where this kernel's page enters by SYSENTER (an AMD's, of 64 bits, has SYSCALL there), and it runs i386 programs.
set -eu
cd "$(dirname "$0")/../.."
. tests/booted/build.inc
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
build_booted "$out/init"
"$out/init" scenarios/modern.play >"$out/said" 2>&1 || {
	[ $? != 126 ] || { echo "this machine's Linux runs no i386 programs"; exit 77; }
	! grep 'no sysenter in its vDSO' "$out/said" || exit 77
	cat "$out/said"
	exit 1
}
stated=$(grep -c '^scenario ' scenarios/modern.play)
begun=$(sed -n 's/^scenario \([^ ]*\) .*/\1/p' "$out/said" | sort -u | wc -l)
[ "$begun" = "$stated" ] || { echo "$begun of $stated scenarios begin"; exit 1; }
