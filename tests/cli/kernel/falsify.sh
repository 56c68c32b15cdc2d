#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Each fact of a whole kernel made wrong, one after the other, as a person might give it or a damaged file have
# it; and each word of the profile of what is imported. It is refused, with its name where it can be told;
# or nothing depends on it, and all counts and scenarios are as they were. Skipped without the kernel of
# scripts/small-kernel in the cache.
. "$(dirname "$0")/../check.inc"
root=$(cd "$(dirname "$0")/../../.." && pwd)
cache=${SYSEMU_KERNELS:-${XDG_CACHE_HOME:-$HOME/.cache}/sysemu/kernels}
vmlinux=$(find "$cache" -maxdepth 1 -name 'vmlinux-*-small' 2>/dev/null | sort -V | tail -n 1)
[ -n "$vmlinux" ] || { echo "no vmlinux-*-small in $cache"; exit 77; }
cd "$scratch" || exit 1

# numbers KERNEL: all that may be wrong in silence
numbers()
{
	for entry in int80 sysenter; do
		for more in --functions "--requests SYSEMU" "--requests SYSCALL"; do
			"$SYSEMU" count --kernel "$1" --nr getpid --entry $entry $more | sed 1,2d
		done
	done
	"$SYSEMU" play --kernel "$1" "$root/scenarios/modern.play"
}

# judge NAME KERNEL: after an attempt to open it
refused=0 equal=0
judge()
{
	if [ $status != 0 ]; then
		[ -n "$err" ]
		is "$1: a sentence" $? 0
		refused=$((refused + 1))
	else
		is "$1: numbers" "$(numbers "$2" 2>&1)" "$right"
		equal=$((equal + 1))
	fi
}

"$SYSEMU" kernel profile "$vmlinux" >facts
"$SYSEMU" kernel import "$vmlinux" -o right.elf >/dev/null
right=$(numbers ./right.elf 2>&1)
has "the right one" "$right" "played 21 times, 0 not as stated"
while read -r kind name value; do
	for distance in 4 16 -4; do
		printf 'sysemu-facts 1\n%s %s 0x%x\n' "$kind" "$name" $(((value + distance) & 0xffffffff)) >wrong
		rm -f wrong.elf
		sysemu kernel import "$vmlinux" --profile wrong -o wrong.elf
		judge "$kind $name $distance" ./wrong.elf
	done
done < <(grep -E '^(symbol|offset|size) ' facts)
is "facts refused, more than 230" $((refused > 230)) 1
is "facts on which nothing depends, less than 60" $((equal < 60)) 1

# ---- the words of its profile ----

refused=0 equal=0
"$SYSEMU" kernels ./right.elf --profile |
	sed 's/^image .*/image right.elf/; s/^name .*/name wrong/' >profile
while read -r word value _; do
	case $value in
	none) continue ;;
	0x* | [0-9]*) wrong=$(printf '0x%x' $(((value + 4) & 0xffffffff))) ;;
	*) wrong=$value+4 ;;
	esac
	awk -v word="$word" -v value="$wrong" '$1 == word { $2 = value } { print }' profile >wrong
	sysemu kernels wrong
	judge "word $word" wrong
	[ $status = 0 ] || has "word $word: the place" "$err" "wrong:"
done < <(grep -E '^[a-z_0-9]+ +[^ ]+' profile | grep -vE '^(name|like|about|image|none|sysemu-profile) ')
is "words refused, more than 80" $((refused > 80)) 1
is "words on which nothing depends, less than 8" $((equal < 8)) 1
finish
