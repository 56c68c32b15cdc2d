#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A kernel of Debian's as it is booted, without symbols or debug information: its own kallsyms and exports
# name what the vmlinux with symbols names, at the same places; its headers give the offsets that DWARF
# gives; and what is imported of both counts the same, function by function. Skipped without a vmlinuz, its
# vmlinux and its headers in the cache of scripts/real-kernel.
. "$(dirname "$0")/../check.inc"
root=$(cd "$(dirname "$0")/../../.." && pwd)
cache=${SYSEMU_KERNELS:-${XDG_CACHE_HOME:-$HOME/.cache}/sysemu/kernels}
cd "$scratch" || exit 1
tried=0

# lines KIND: of the facts on standard input
lines() { grep "^$1 "; }

for vmlinuz in "$cache"/vmlinuz-*[0-9]-686*; do
	version=${vmlinuz##*/vmlinuz-}
	vmlinux=$cache/vmlinux-$version headers=$cache/headers-$version
	[ -f "$vmlinux" ] && [ -d "$headers" ] || continue
	tried=$((tried + 1))
	sysemu kernel profile "$vmlinux"
	echo "$out" >whole
	sysemu kernel profile "$vmlinuz"
	is "$version: profile" "$status $err" "0 "
	echo "$out" >stripped
	is "$version: no function is missing" "$(grep -c '#symbol __\?ia32.*missing' stripped)" 0
	# What it names is where the other has it, and that is nearly all.
	is "$version: places" "$(lines symbol <stripped | grep -vxFf whole)" ""
	[ "$(lines symbol <stripped | wc -l)" -ge $(($(lines symbol <whole | wc -l) - 3)) ]
	is "$version: all but three symbols" $? 0
	"$root/scripts/kernel-offsets" "$headers" <stripped >facts
	is "$version: layouts" "$(lines offset <facts; lines size <facts)" \
		"$(lines offset <whole; lines size <whole)"
	sysemu kernel import "$vmlinuz" --profile facts -o stripped.elf
	is "$version: import" "$status $err" "0 "
	sysemu kernel import "$vmlinux" -o whole.elf
	for entry in int80 sysenter; do
		for more in "--functions" "--requests SYSEMU" "--requests SYSCALL"; do
			sysemu count --kernel ./whole.elf --nr getpid --entry $entry $more
			want=$(sed 1,2d <<<"$out")
			sysemu count --kernel ./stripped.elf --nr getpid --entry $entry $more
			is "$version: $entry $more" "$(sed 1,2d <<<"$out")" "$want"
		done
	done
	sysemu play --kernel ./stripped.elf "$root/scenarios/modern.play"
	is "$version: scenarios" "$out" "12 scenarios, played 21 times, 0 not as stated"
	# Its System.map names the same, and one that is of another kernel is found out.
	nm -n "$vmlinux" | awk 'NF == 3' >map
	sysemu kernel profile "$vmlinuz" --symbols map --profile facts
	is "$version: System.map" "$(lines symbol <<<"$out")" "$(lines symbol <whole)"
	awk '$3 == "do_exit" { $1 = "c1000000" } { print }' map >wrong
	sysemu kernel profile "$vmlinuz" --symbols wrong
	is "$version: a wrong System.map" $status 2
	has "$version: a wrong System.map" "$err" "do_exit is at 0xc1000000 there"
	# As flat bytes.
	objcopy -O binary "$vmlinux" flat
	load=$(readelf -lW "$vmlinux" | awk '$1 == "LOAD" { print $3; exit }')
	sysemu kernel import flat --load "$load" --symbols map --profile facts -o flat.elf
	is "$version: flat" "$status $err" "0 "
	sysemu count --kernel ./flat.elf --nr getpid --entry int80 --functions
	flat=$(sed 1,2d <<<"$out")
	sysemu count --kernel ./whole.elf --nr getpid --entry int80 --functions
	is "$version: flat: counts" "$flat" "$(sed 1,2d <<<"$out")"
done
[ $tried -gt 0 ] || { echo "no vmlinuz with vmlinux and headers in $cache"; exit 77; }
finish
