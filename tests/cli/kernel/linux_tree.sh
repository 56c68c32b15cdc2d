#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Objects of a real Linux 2.6.11 or 2.6.14, whose checkouts the user has: SYSEMU_LINUX_TREE=DIR[:DIR...]. scripts/linux-objects
# makes them of the text as it is. entry.o linked in place of ours does, to the last count, what the built-in kernel of
# that version does; and so do, imported as a whole kernel, entry.S, ptrace.c, traps.c, signal.c and what is around them
# in all stops, registers and counts of entry code. Skipped without one.
. "$(dirname "$0")/../check.inc"
root=$(cd "$(dirname "$0")/../../.." && pwd)
IFS=: read -ra trees <<<"${SYSEMU_LINUX_TREE:-}"
[ ${#trees[@]} -gt 0 ] || { echo "SYSEMU_LINUX_TREE names no checkout"; exit 77; }
cd "$scratch" || exit 1

# explored KERNEL NAME
explored()
{
	"$SYSEMU" explore --kernel "$1" --depth 4 2>/dev/null | grep -v 'executed in' | sed "s/^$2,//"
}

for tree in "${trees[@]}"; do
	kernel=$(sed -n 's/^\(VERSION\|PATCHLEVEL\|SUBLEVEL\) *= *//p' "$tree/Makefile" | head -n 3 | paste -sd.)
	is "$kernel: known" "$(grep -xE '2\.6\.1[14]' <<<"$kernel")" "$kernel"
	is "$kernel: objects" "$("$root/scripts/linux-objects" "$tree" "objects-$kernel" 2>&1)" ""

	# ---- linked ----

	sysemu kernel link --base "$kernel" --calls base "objects-$kernel/entry.o" -o linked.elf
	is "$kernel: link" $status 0
	has "$kernel: link" "$out" " calls that nobody has: -ENOSYS"
	sysemu diff --tell counts --no-explore "$kernel" ./linked.elf
	is "$kernel: linked: all scenarios, to the last count" "$(tail -n 1 <<<"$out")" \
		"scenarios: played $(grep -oE '[0-9]+ times' <<<"$out" | head -n 1 | grep -oE '[0-9]+') times on each, 0 differ"
	for flags in none TRACE SINGLESTEP EMU AUDIT SIGPENDING NEED_RESCHED; do
		for entry in int80 sysenter; do
			sysemu count --kernel "$kernel" --entry $entry --flags $flags
			want=$(grep entry_insns <<<"$out")
			sysemu count --kernel ./linked.elf --entry $entry --flags $flags
			is "$kernel: linked: $entry $flags" "$(grep entry_insns <<<"$out")" "$want"
		done
	done
	is "$kernel: linked: exploration" "$(explored ./linked.elf linked)" "$(explored "$kernel" "$kernel")"
	# By its own table, too, whose last calls are others than those of ours that the restarts are tried with.
	sysemu kernel link --base "$kernel" "objects-$kernel/entry.o" -o own.elf
	is "$kernel: its own call table" $status 0
	# Its C has its own task_struct, and cannot be mixed with ours.
	sysemu kernel link --base "$kernel" "objects-$kernel/entry.o" "objects-$kernel/ptrace.o" -o no.elf
	has "$kernel: layouts" "$err" "C that looks at tasks has to have the layouts of asm/abi.h"

	# ---- imported ----

	sysemu kernel profile "objects-$kernel/whole"
	is "$kernel: nothing is missing" "$(grep '# missing' <<<"$out")" ""
	sysemu kernel import "objects-$kernel/whole" -o whole.elf
	is "$kernel: import" "$status $err" "0 "
	for entry in int80 sysenter; do
		for how in "" "--requests SYSEMU" "--requests SYSCALL"; do
			sysemu count --kernel "$kernel" --nr getpid --entry $entry $how
			want=$(grep entry_insns <<<"$out")
			sysemu count --kernel ./whole.elf --nr getpid --entry $entry $how
			is "$kernel: whole: $entry $how" "$(grep entry_insns <<<"$out")" "$want"
		done
	done
	for file in "$root"/scenarios/*.play; do
		sysemu play --kernel ./whole.elf "$file"
		is "$kernel: whole: ${file##*/}" "$err" ""
		has "$kernel: whole: ${file##*/}" "$out" ", 0 not as stated"
	done
	sysemu diff --rules "$kernel" ./whole.elf
	is "$kernel: whole: rules" \
		"$(awk '/^[^ ]/ { other = /audit|handler/ } /^    / && !other' <<<"$out" | grep -v "^    $kernel, whole ")" ""
done
finish
