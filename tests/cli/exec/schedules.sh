#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# schedules.sh: `sysemu exec --schedule` and `sysemu schedules`: what is refused, and that parts, as a
# job array makes them, come to what the whole comes to.
. "$(dirname "$0")/../check.inc"

order=$PROGS/order
run() { sysemu exec --clean-env --kernel 2.6.14 "$@" "$order" 3 </dev/null; }

run --schedule all:1 --outcomes "$scratch/whole"
is "several outcomes" "$status" 1
has "their number" "$out" "2.6.14, int80, all:1:"
whole=$(grep -c '^outcome ' "$scratch/whole")
[ "$whole" -gt 1 ] || is "outcomes of order 3" "$whole" "more than one"

# Each comes again; its own status tells which it is.
for n in $(seq "$whole"); do
	run --schedule "replay:$scratch/whole,$n"
	is "replay $n" "$err" ""
	wanted=$(grep '^outcome ' "$scratch/whole" | sed -n "${n}p" | cut -d ' ' -f 3)
	is "the status of $n" "$status" $((16#$wanted >> 8))
done

# ---- parts ----

parallel --will-cite --jobs 2 -k "$SYSEMU" exec --clean-env --kernel 2.6.14 --schedule all:1 --shard {}/4 \
	--outcomes "$scratch/part{}" "$order" 3 ::: 1 2 3 4 >/dev/null </dev/null
sysemu schedules --outcomes "$scratch/joined" "$scratch"/part?
is "the parts as a whole" "$status $err" "1 "
is "their outcomes" "$(grep '^outcome ' "$scratch/joined" | cut -d ' ' -f 2-5 | sort)" \
	"$(grep '^outcome ' "$scratch/whole" | cut -d ' ' -f 2-5 | sort)"
sysemu schedules "$scratch/part1" "$scratch/part3"
has "a part is missing" "$err" "part 2 of 4 is missing"
sysemu schedules "$scratch/part1" "$scratch/part1"
has "twice" "$status $err" "2 sysemu: $scratch/part1: part 1 of 4 is there twice"
run --schedule all:2 --shard 2/4 --outcomes "$scratch/other"
sysemu schedules "$scratch/part1" "$scratch/other"
has "of another run" "$status $err" "2 sysemu: $scratch/other: of another run"

# ---- files that are none, or of something else ----

sed 's/^kernel 2.6.14/kernel 2.6.11/' "$scratch/whole" >"$scratch/bad"
sysemu schedules "$scratch/bad"
has "a damaged file" "$status $err" "the sum does not fit: the file is damaged"
head -c 300 "$scratch/whole" >"$scratch/bad"
sysemu schedules "$scratch/bad"
has "one that was cut off" "$status $err" "cut off"
echo hello >"$scratch/bad"
sysemu schedules "$scratch/bad"
is "no such file" "$status $err" "2 sysemu: $scratch/bad:1: this is no file of schedules"
run --schedule "replay:$scratch/whole,99"
has "no such outcome" "$status $err" "125 sysemu: $scratch/whole: there is no outcome 99"
sysemu exec --clean-env --kernel 2.6.11 --schedule "replay:$scratch/whole" "$order" 3 </dev/null
has "another kernel" "$status $err" "125 sysemu: $scratch/whole: schedules of kernel 2.6.14"
sysemu exec --clean-env --kernel 2.6.14 --schedule "replay:$scratch/whole" "$order" 4 </dev/null
has "other arguments" "$status $err" "125 sysemu: $scratch/whole: schedules of another program"

# ---- options that the schedule would not hear of ----

for unheard in "fifo --runs 2" "all:1 --runs 2" "random:1 --shard 1/2" "pct:1,2 --most 3" "fifo --ticks all" \
	"fifo --timers" "replay:$scratch/whole --timers" "replay:$scratch/whole --outcomes $scratch/no"; do
	sysemu exec --schedule $unheard "$order" </dev/null
	has "exec --schedule $unheard" "$status $err" "is nothing without --schedule=" # 2, with the synopsis
	is "its status" "$status" 2
done

# ---- random ones ----

run --schedule random:7 --runs 30
first=$out
run --schedule random:7 --runs 30
is "the same seed" "$out" "$first"
has "as many" "$out" "random:7, 30 runs: 30 schedules"
run --schedule pct:7,3 --runs 30
has "by priorities" "$out" "pct:7,3, 30 runs: 30 schedules"
finish
