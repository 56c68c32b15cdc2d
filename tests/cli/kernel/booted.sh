#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Scenarios in a kernel booted in QEMU, played by real processes (scripts/boot-kernel), against the same on the
# machine of the library: as the kernel's file is, and as the booted machine is. Each event and all
# registers are the same. Skipped without a vmlinuz and its vmlinux in the cache of scripts/real-kernel and
# scripts/small-kernel, or without QEMU.
. "$(dirname "$0")/../check.inc"
: "${BOOTED_OURS:?path of booted_ours}"
root=$(cd "$(dirname "$0")/../../.." && pwd)
cache=${SYSEMU_KERNELS:-${XDG_CACHE_HOME:-$HOME/.cache}/sysemu/kernels}
command -v qemu-system-i386 >/dev/null || { echo "no qemu-system-i386"; exit 77; }
cd "$scratch" || exit 1
tried=0

for vmlinuz in "$cache"/vmlinuz-*; do
	version=${vmlinuz##*/vmlinuz-}
	vmlinux=$cache/vmlinux-$version
	[ -f "$vmlinux" ] || continue
	tried=$((tried + 1))
	"$root/scripts/boot-kernel" --append nopti "$vmlinuz" booted >said 2>&1
	is "$version: boot" $? 0
	has "$version: inside" "$(<said)" "== end: played 21, not as stated 0, events 73"
	sysemu kernel import "$vmlinux" -o file.elf
	is "$version: import" "$status $err" "0 "
	sysemu kernel import --snapshot booted/memory.elf --registers booted/registers "$vmlinux" -o snapshot.elf
	is "$version: import --snapshot" "$status $err" "0 "
	for form in file snapshot; do
		"$BOOTED_OURS" ./$form.elf "$root/scenarios/modern.play" >ours
		is "$version: $form: stops and registers" "$(<ours)" "$(grep -v '^== [kt]' booted/transcript)"
		sysemu count --kernel ./$form.elf --nr getpid
		eval "$form=\$(awk '\$1 == \"insns\" { print \$2 }' <<<\"\$out\")"
	done
	# Patched, it is shorter: alternatives without jumps around them, no calls of __fentry__.
	[ "$snapshot" -lt "$file" ]
	is "$version: $snapshot instructions patched, $file not" $? 0
	# A machine that is not what is said of it.
	sed 's/ CR3=0/ CR3=7/' booted/registers >wrong
	sysemu kernel import --snapshot booted/memory.elf --registers wrong "$vmlinux" -o x.elf
	is "$version: a wrong CR3" $status 1
	has "$version: a wrong CR3" "$err" "nothing is mapped above 3 GiB by it"
	sed 's/CPL=3/CPL=0/' booted/registers >wrong
	sysemu kernel import --snapshot booted/memory.elf --registers wrong "$vmlinux" -o x.elf
	has "$version: in the kernel" "$err" "wrong: CPL=0: it was not stopped in user mode"
	sed '/^GDT=/d' booted/registers >wrong
	sysemu kernel import --snapshot booted/memory.elf --registers wrong "$vmlinux" -o x.elf
	has "$version: no GDT" "$err" "wrong: no GDT= of 32 bits in it, as \`info registers\`"
	sed 's/^TR =0080 [0-9a-f]/TR =0080 0/' booted/registers >wrong
	sysemu kernel import --snapshot booted/memory.elf --registers wrong "$vmlinux" -o x.elf
	has "$version: another TSS" "$err" "wrong: TR =0080: its base is 0"
	head -c 40000000 booted/memory.elf >cut
	sysemu kernel import --snapshot cut --registers booted/registers "$vmlinux" -o x.elf
	is "$version: a memory cut off" $status 1
	has "$version: a memory cut off" "$err" "cut: 0x"
	sysemu kernel import --snapshot booted/registers --registers booted/registers "$vmlinux" -o x.elf
	is "$version: no memory at all" $status 1
done
[ $tried -gt 0 ] || { echo "no vmlinuz with its vmlinux in $cache"; exit 77; }
finish
