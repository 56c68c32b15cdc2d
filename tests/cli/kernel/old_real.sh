#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A real kernel of 2.6, which the user has: SYSEMU_VMLINUX_2_6=FILE, and for a flat one
# SYSEMU_VMLINUX_2_6_LOAD=ADDRESS. It comes in without hand work; counts repeat, rules and scenarios are those of the
# built-in kernel of its time; facts made wrong are refused. Of the image that the figures in docs/real-kernels.md
# are of, they are checked, too. Skipped without one.
. "$(dirname "$0")/../check.inc"
. "$(dirname "$0")/falsify.inc"
vmlinux=${SYSEMU_VMLINUX_2_6:-}
[ -f "$vmlinux" ] || { echo "SYSEMU_VMLINUX_2_6 names no kernel"; exit 77; }
vmlinux=$(realpath "$vmlinux")
load=(${SYSEMU_VMLINUX_2_6_LOAD:+--load "$SYSEMU_VMLINUX_2_6_LOAD"})
cd "$scratch" || exit 1

sysemu kernel profile "$vmlinux" "${load[@]}"
is "profile" "$status $err" "0 "
is "nothing is missing" "$(grep '# missing' <<<"$out")" ""
sysemu kernel import "$vmlinux" "${load[@]}" -o real.elf
is "import" "$status $err" "0 "
like=$("$SYSEMU" kernels ./real.elf --profile | sed -n 's/^like //p')

# kernels_own: of the functions on standard input, those that are not ours
kernels_own()
{
	sed -n 's/^functions//; s/^ *\([0-9][0-9]*\)  /\1 /p' | grep -vE ' (cut_|give_up|stop_port)' |
		awk '{ n += $1 } END { print n + 0 }'
}
for entry in int80 sysenter; do
	for how in "" "--requests SYSEMU" "--requests SYSCALL" "--requests SYSEMU,SYSCALL"; do
		sysemu count --kernel ./real.elf --nr getpid --entry $entry $how --functions
		first=$out
		echo "$how, $entry: $(kernels_own <<<"$out")" | sed 's/^, /getpid, /; s/^--requests //' >>figures
		sysemu count --kernel ./real.elf --nr getpid --entry $entry $how --functions
		is "$entry $how: counts repeat" "$out" "$first"
		sysemu count --kernel "$like" --nr getpid --entry $entry $how
		is "$entry $how: entry code is that of $like" "$(grep entry_insns <<<"$first")" "$(grep entry_insns <<<"$out")"
	done
done
if grep -qaF 'Linux version 2.6.20 (bellard@voyager) (gcc version 3.4.6 20060404 (Red Hat 3.4.6-9)) #2 Mon Aug 8' "$vmlinux"; then
	is "figures" "$(<figures)" "getpid, int80: 52
SYSEMU, int80: 112
SYSCALL, int80: 185
SYSEMU,SYSCALL, int80: 112
getpid, sysenter: 48
SYSEMU, sysenter: 120
SYSCALL, sysenter: 193
SYSEMU,SYSCALL, sysenter: 120"
fi
for file in "$scenarios"/*.play; do
	sysemu play --kernel ./real.elf "$file"
	is "${file##*/}" "$err" ""
	has "${file##*/}" "$out" ", 0 not as stated"
done
sysemu diff --rules "$like" ./real.elf
is "rules" "$(awk '/^[^ ]/ { other = /audit|handler/ } /^    / && !other' <<<"$out" | grep -v "^    $like, real ")" ""
"$SYSEMU" explore --kernel "$like" --depth 4 2>/dev/null | grep -E '^  (-|holds|fails) ' | sed 's/[0-9]* transitions//' >want
"$SYSEMU" explore --kernel ./real.elf --depth 4 2>/dev/null | grep -E '^  (-|holds|fails) ' | sed 's/[0-9]* transitions//' >got
is "exploration" "$(<got)" "$(<want)"

# ---- wrong ----

falsify_facts "4 16 -4" "ptrace.play uml.play" "$vmlinux" "${load[@]}"
echo "facts: $refused refused, on $equal nothing depends"
is "facts refused, more than 150" $((refused > 150)) 1
is "facts on which nothing depends, less than 20" $((equal < 20)) 1
falsify_words
echo "words: $refused refused, on $equal nothing depends"
is "words refused, more than 80" $((refused > 80)) 1
is "words on which nothing depends, less than 8" $((equal < 8)) 1
for rule in "stack entry-area" "current stack" "current percpu" "version 2.6.14" "version 2.6.22"; do
	printf 'sysemu-facts 1\nrule %s\n' "$rule" >wrong
	sysemu kernel import "$vmlinux" "${load[@]}" --profile wrong -o wrong.elf
	is "rule $rule" "$status" 1
	has "rule $rule" "$err" "$vmlinux: "
done
finish
