#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# sysemu explore: its table, the scripts it writes, tables split and joined, graphs.
. "$(dirname "$0")/check.inc"

# what an exploration says but how long it took
verdicts()
{
	printf '%s\n' "$out" | grep -v 'executed in'
}

sysemu explore --help
is "--help: exit" $status 0
for option in kernel entry depth threads again first-choice table merge scripts dot promela \
	format help; do
	has "--help" "$out" "--$option"
done

# Two threads say what one says; all verdicts are the expected ones.
sysemu explore --entry int80 --depth 3 --threads 1
is "depth 3: exit" $status 0
is "depth 3: stderr" "$err" ""
has "depth 3" "$out" "sysemu, int80: "
has "depth 3" "$out" " differ"
one=$(verdicts)
sysemu explore --entry int80 --depth 3 --threads 2
is "two threads" "$(verdicts)" "$one"

# Every script fails where it says.
mkdir "$scratch/scripts"
sysemu explore --kernel sysemu-as-printed,sysemu-1 --depth 3 --scripts "$scratch/scripts"
is "--scripts: exit" $status 0
has "--scripts" "$out" "fails  emulated-call-never-runs"
for script in "$scratch"/scripts/*.play; do
	sysemu play "$script"
	is "play ${script##*/}: exit" $status 0
done

# A job for each first choice, until there are no more; and the tables joined.
for i in {0..99}; do
	sysemu explore --entry sysenter --depth 2 --again 0 --first-choice $i \
		--table "$scratch/$i.table"
	[ "$status" = 0 ] || break
done
is "the first choice that is not there: exit" $status 2
has "the first choice that is not there" "$err" \
	"--first-choice: $i: the root has $i choices, 0 to $((i - 1))"
is "no table of it" "$(ls -a "$scratch" | grep -e "^$i.table" -e '^\.sysemu')" ""
sysemu explore --merge "$scratch"/*.table
is "--merge: exit" $status 0
joined=$(verdicts)
sysemu explore --entry sysenter --depth 2 --again 0
is "--merge: as one job" "$joined" "$(verdicts)"

# JSON, and graphs.
sysemu explore --entry int80 --depth 2 --format json --dot "$scratch/g.dot" \
	--promela "$scratch/g.pml"
is "json: exit" $status 0
has "json" "$out" '"kernel":"sysemu","entry":"int80","states":'
has "json" "$out" '"name":"stack-level","verdict":"holds","expected":"holds"'
has "dot" "$(cat "$scratch/g.dot")" 'n0 -> n1 [label="SYSEMU"];'
has "promela" "$(cat "$scratch/g.pml")" "active proctype task()"

# Nothing half-written.
sysemu explore --entry int80 --depth 1 --table "$scratch/no/such/place"
is "no such place: exit" $status 4
has "no such place: stderr" "$err" "cannot write"
sysemu explore --merge "$0"
is "not a table: exit" $status 2
has "not a table: stderr" "$err" "not a table"

sysemu explore --kernel sysemu-5 --entry int80 --depth 1
has "explore: an alias" "$out" "sysemu, int80: "

# A number that 32 bits do not hold is no smaller one.
for first in 4294967296 4294967295 18446744073709551616; do
	sysemu explore --entry int80 --depth 1 --first-choice $first
	is "--first-choice $first" "$status $out" "2 "
done
sysemu explore --kernel ''
is "--kernel '': exit" $status 2
has "--kernel ''" "$err" 'no kernel is named ""'
sysemu explore --kernel sysemu,
is "--kernel sysemu,: exit" $status 2

for wrong in "--depth x" "--threads 0" "--merge" "operand" "--entry vsyscall"; do
	sysemu explore $wrong
	is "explore $wrong: exit" $status 2
	has "explore $wrong: stderr" "$err" "usage: sysemu"
done

finish
