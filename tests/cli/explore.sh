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
for option in kernel entry depth threads again first-choice execute-all progress table merge \
	scripts dot promela format help; do
	has "--help" "$out" "--$option"
done

# Two threads say what one says; all verdicts are the expected ones.
sysemu explore --entry int80 --depth 3 --threads 1 --progress 1000000
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

# The same by GNU parallel, as docs/exploration.md has it, and by an array of jobs: one graph.
jobs() { sysemu explore --merge "$scratch/$1".*.job --dot "$scratch/$1.dot"; }
sysemu explore --entry int80 --depth 3 --again 0 --dot "$scratch/whole.dot"
whole=$(verdicts)
parallel --will-cite --jobs 2 "$SYSEMU explore --kernel {1} --entry {2} --first-choice {3} \
	--depth 3 --again 0 --threads 1 --table $scratch/{1}.{2}.{3}.job" \
	::: sysemu ::: int80 ::: {0..19} >/dev/null
is "parallel: exit" $? 0
jobs sysemu.int80
is "parallel: as one job" "$(verdicts)" "$whole"
is "parallel: one graph" "$(cmp "$scratch/sysemu.int80.dot" "$scratch/whole.dot" 2>&1)" ""
for SLURM_ARRAY_TASK_ID in {0..19}; do
	"$SYSEMU" explore --entry int80 --first-choice "$SLURM_ARRAY_TASK_ID" --depth 3 --again 0 \
		--table "$scratch/array.$SLURM_ARRAY_TASK_ID.job" >/dev/null
done
jobs array
is "an array of jobs: one graph" "$(cmp "$scratch/array.dot" "$scratch/whole.dot" 2>&1)" ""

# All is the same with each run executed, but the time.
sysemu explore --entry int80 --depth 3 --threads 1 --execute-all
is "--execute-all" "$(verdicts)" "$one"

# Into a pipe, progress is lines; how often is a matter of time, but for 0.
sysemu explore --entry int80 --depth 3 --progress 0
is "--progress 0" "$(printf '%s\n' "$err" | sed -n 's/, [0-9]* states, [0-9]* transitions$//p' | tr '\n' ';')" \
	"sysemu, int80: depth 1;sysemu, int80: depth 2;sysemu, int80: depth 3;sysemu, int80: depth 4;"

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
