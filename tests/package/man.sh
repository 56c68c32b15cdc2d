#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The installed manual pages: man and lexgrog read each without a word; there is one for each
# command and each function, and each option of a command is in its page.
. "$(dirname "$0")/../cli/check.inc"
: "${PREFIX:?the installed tree}"
command -v man >/dev/null && command -v lexgrog >/dev/null || { echo "no man-db"; exit 77; }
export MANPATH=$PREFIX/share/man MANWIDTH=100

# text PAGE: as a person reads it; PAGE is "3 sysemu_open".
text() { man $1 2>&1 | col -bx; }

for page in "$PREFIX"/share/man/man?/*.gz; do
	name=$(basename "$page" .gz)
	case $(zcat "$page" | head -n 1) in
	.so*) continue ;;
	esac
	said=$(LC_ALL=C.UTF-8 man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null)
	is "man $name" "$said" ""
	lexgrog "$page" >"$scratch/names" || is "lexgrog $name" "does not understand it" "does"
	grep -q "\"${name%.*} - " "$scratch/names" || is "lexgrog $name" "$(cat "$scratch/names")" "${name%.*}"
done

all=$(text "1 sysemu")
sysemu help --options
while IFS=$'\t' read -r command option rest; do
	[ -e "$scratch/$command" ] || text "1 sysemu-$command" >"$scratch/$command"
	grep -q -- "--$option\>" "$scratch/$command" || is "sysemu-$command(1)" "no --$option" "it"
	has "sysemu(1)" "$all" "sysemu-$command(1)"
done <<<"$out"

# Each function that the library exports, with its declaration.
functions=0
for name in $(nm -D --defined-only "$(find "$PREFIX" -name 'libsysemu.so.0')" | sed -n 's/.* \(sysemu_[a-z0-9_]*\)@@.*/\1/p'); do
	functions=$((functions + 1))
	page=$(zcat "$PREFIX/share/man/man3/$name.3.gz" | sed -n '1s/^\.so man3\/\(.*\)\.3/\1/p')
	page=${page:-$name}
	[ -e "$scratch/$page" ] || text "3 $page" >"$scratch/$page"
	grep -q "[ *]$name(" "$scratch/$page" || is "$name(3)" "$page(3)" "its declaration"
done
[ "$functions" -gt 80 ] || is "functions" "$functions" "more than 80"
has "a page that leads to another" "$(text "3 sysemu_close")" "SYSEMU_OPEN(3)"
has "libsysemu(3)" "$(text "3 libsysemu")" "sysemu_ptrace(3)"
has "sysemu-scenario(5)" "$(text "5 sysemu-scenario")" "part4.play"

sysemu help --man nonsense
is "help --man nonsense: exit" $status 2
is "help --man nonsense" "$out" ""
finish
