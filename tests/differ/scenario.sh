#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A difference becomes a scenario: between the running kernel and one of ours that is known to be another.
# 5.11-rc6 has its step's trap one instruction late; what the running kernel does, the newest does, too.
#
#	scenario.sh DIFFER WORKER SYSEMU
set -u
differ=$1 worker=$2 sysemu=$3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0
bad()
{
	echo "FAILED: $*"
	failed=1
}

"$differ" 5.11-rc6 60 7 "$scratch" "$worker" >"$scratch/said"
case $? in
1) ;;
77) cat "$scratch/said"; exit 77 ;;
*) bad "5.11-rc6 does not differ: $(<"$scratch/said")" ;;
esac
shortest=999
tried=0
for script in "$scratch"/*.play; do
	tried=$((tried + 1))
	grep -q "^$script: fails on 5.11-rc6 there, and was tried\$" "$scratch/said" ||
		bad "$script: $(grep -F "$script: " "$scratch/said")"
	"$sysemu" play "$script" >"$scratch/out" 2>&1 || bad "$script: $(<"$scratch/out")"
	sed -i 's/^\tfail.*/\tpass\t6.12..2026-after/' "$script"
	"$sysemu" play "$script" >"$scratch/out" 2>&1 || bad "$script, the newest: $(<"$scratch/out")"
	rows=$(sed '1,/^rows/d' "$script" | wc -l)
	[ "$rows" -ge "$shortest" ] || shortest=$rows
done
[ "$tried" -gt 5 ] || bad "$tried scenarios"
# The step, and what differs: no shorter way is there.
[ "$shortest" -le 3 ] || bad "the shortest scenario has $shortest rows"
exit $failed
