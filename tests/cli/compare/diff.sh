#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# sysemu diff: what the parts of the patch change is known (docs/kernels.md), so each pair of kernels
# must differ where that says, and nowhere for a kernel beside itself.
. "$(dirname "$0")/../check.inc"
source=$(dirname "$0")/../../..

# A file of one's own; the shipped ones take seconds each time.
cat >"$scratch/own.play" <<'END'
scenario own
	entry int80
	pass all
program
c:	call getpid
	loop
rows
	stop STOP	| SYSEMU -> any
	any
END
sysemu diff sysemu sysemu --depth 2
is "a kernel beside itself: exit" $status 0
has "a kernel beside itself" "$out" ", 0 differ"
is "a kernel beside itself: nothing tells" "$(grep -c ' first by ' <<<"$out")" 0

# Part 4: no exit stop for a skipped call, under SYSCALL.
sysemu diff sysemu-3 sysemu-4 --no-explore --scenario part4-no-exit-stop-for-a-skipped-call --entry int80
is "part 4: exit" $status 1
has "part 4: where" "$out" "part4-no-exit-stop-for-a-skipped-call (int80), at next:"
has "part 4: what" "$(tr -s ' ' <<<"$out")" "place exit entry"
sysemu diff sysemu-3 sysemu-4 --no-explore --scenario part1-the-fast-path-int80
is "part 4: the fast path is the same" "$status $out" "0 scenarios: played 1 times on each, 0 differ"
# 2.6.14 has six instructions more on it, and that is all.
sysemu diff sysemu 2.6.14 --scenario part1-the-fast-path-int80 --every-row
has "the fast path: counts" "$(tr -s ' ' <<<"$out")" "insns.entry 37 43"
has "the fast path: nothing else" "$out" "1 differ: 1 in counts"
sysemu diff sysemu 2.6.14 --scenario part1-the-fast-path-int80 --tell flags
is "--tell flags: the same" $status 0
sysemu diff sysemu-3 sysemu-4 --scenario part4-no-exit-stop-for-a-skipped-call --entry int80 --instructions
has "--instructions: a branch into the call" "$out" "came      syscall_trace_entry  calll <do_syscall_trace>"

# Two together: the shortest way is one emulated call, answered SYSCALL; three choices.
sysemu diff sysemu-3 sysemu-4 "$scratch/own.play" --entry int80 --depth 4 --script "$scratch/way.play"
is "together: exit" $status 1
has "together: the shortest way" "$out" "first by SYSEMU; int80 served; SYSCALL"
sysemu play "$scratch/way.play"
is "--script passes on one and fails on the other" "$status $out" \
	"0 1 scenarios, played 2 times, 0 not as stated"
is "--script: its verdicts" "$(grep -cE '^.(pass.sysemu-3|fail.sysemu-4 at bad)$' "$scratch/way.play")" 2
sysemu diff 2.6.11 sysemu "$scratch/own.play" --entry int80 --depth 2 --script "$scratch/way.play"
sysemu play "$scratch/way.play"
is "--script: a request refused" "$status $out" "0 1 scenarios, played 2 times, 0 not as stated"
has "--script: the result" "$(cat "$scratch/way.play")" "SYSEMU -> EIO"
sysemu diff sysemu sysemu "$scratch/own.play" --entry int80 --depth 2 --script "$scratch/none.play"
is "--script where nothing tells them apart" "$status $(test -e "$scratch/none.play" || echo none)" "4 none"

# Three at once; the first against each.
sysemu diff 2.6.11 sysemu 2.6.14 "$scratch/own.play" --no-explore --tell stops
has "three at once" "$(tr -s ' ' <<<"$out")" "result SYSEMU -EIO 0 0"
sysemu diff sysemu-1..sysemu-4 "$scratch/own.play" --no-explore --tell stops
is "a range, alike" "$status $out" "0 scenarios: played 1 times on each, 0 differ"

# Since when each rule holds: ranges, and all kernels are there.
sysemu diff --rules 2.6.11..sysemu
is "--rules: exit" $status 0
has "--rules: part 4" "$out" "sysemu-3                      > eax=-ENOSYS, < eax=-ENOSYS, home eax=-ENOSYS"
sysemu diff --rules 2.6.11 sysemu-1
is "--rules of two" "$(grep -c '2\.6\.14' <<<"$out")" 0

# What it prints for machines.
sysemu diff sysemu 2.6.14 "$source/scenarios/patch.play" --depth 2 --format json
cp "$scratch/out" "$scratch/diff.json"
sysemu diff --rules --format json
cp "$scratch/out" "$scratch/rules.json"
if python3 -c 'import jsonschema' 2>/dev/null; then
	python3 - "$source/docs/diff.schema.json" "$scratch/diff.json" "$scratch/rules.json" <<'END'
import json, sys, jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(schema)
for name in sys.argv[2:]:
    jsonschema.validate(json.load(open(name)), schema)
diff, rules = (json.load(open(name)) for name in sys.argv[2:])
assert all(len(f["values"]) == 2 for s in diff["scenarios"] for f in s["fields"])
assert all(len(set(k for g in r["since"] for k in g["kernels"])) == len([k for g in r["since"] for k in g["kernels"]]) for r in rules["rules"])
END
	is "json: of its schema" $? 0
fi

# Usage.
for wrong in "sysemu" "sysemu 2.4" "sysemu-4..sysemu-1" "sysemu 2.6.14 --scenario nobody" \
	"sysemu 2.6.14 --instructions" "sysemu 2.6.14 --script $scratch/x" "--rules $scratch/own.play"; do
	sysemu diff $wrong
	is "diff $wrong" $status 2
done
finish
