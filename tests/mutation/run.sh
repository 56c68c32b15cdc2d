#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh SOURCE SCRATCH: builds each mutant of the guest kernel and counts those that scenarios or
# a shallow exploration tell from the right one. A mutant that does not build, or whose first stop
# does not come, is no mutant: that is an error of the list. Survivors are named; the exit status is
# 1 if there is one that tests/mutation/survivors does not explain.
set -euo pipefail

source=$1
scratch=$2
copy=$scratch/source
build=$scratch/build
sysemu=$build/sysemu
explained=$source/tests/mutation/survivors
killed=0 survived=0 broken=0 unexplained=0

rm -rf "$scratch"
mkdir -p "$copy"
for part in CMakeLists.txt cmake asm include sim lib cli examples; do
	cp -r "$source/$part" "$copy"
done
cmake -S "$copy" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DSYSEMU_TESTS=OFF >/dev/null
build() { cmake --build "$build" --target sysemu_command >"$scratch/log" 2>&1; }
boots() { "$sysemu" trace --code 90ebfe --max-stops 1 --requests CONT --max-insns 1000 >/dev/null 2>&1; }
plays() { "$sysemu" play --format json "$source"/scenarios/*.play >"$scratch/play" 2>&1; }
explores() { "$sysemu" explore --kernel sysemu --entry int80 --depth 5 >"$scratch/explore" 2>&1; }

build && boots && plays || { cat "$scratch/log"; echo "the right kernel does not pass"; exit 1; }

while IFS='|' read -r name file script; do
	case $name in '#'* | '') continue ;; esac
	name=${name% } file=${file# } file=${file% } script=${script# }
	sed -i "$script" "$copy/asm/$file"
	if cmp -s "$source/asm/$file" "$copy/asm/$file" || ! build || ! boots; then
		verdict="BROKEN (no change, no build or no boot)"
		broken=$((broken + 1))
	elif ! plays; then
		verdict="killed by scenarios"
		killed=$((killed + 1))
	elif ! explores; then
		verdict="killed by exploration"
		killed=$((killed + 1))
	else
		verdict="SURVIVED"
		survived=$((survived + 1))
		grep -qF "$name: " "$explained" || unexplained=$((unexplained + 1))
	fi
	printf '%-24s %s\n' "$verdict" "$name"
	cp "$source/asm/$file" "$copy/asm/$file"
done <"$source/tests/mutation/mutants"

echo "$killed mutants killed, $survived survived, $broken broken"
[ $broken = 0 ] && [ $unexplained = 0 ]
