#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# sysemu bisect: which part of the patch brings what is known from the patch itself, so each must be
# found by a scenario's name; and a fault that comes and goes.
. "$(dirname "$0")/../check.inc"

# first SCENARIO KERNEL
first()
{
	sysemu bisect --scenario "$1"
	is "$1: exit" $status 0
	has "$1" "$out" "$2 is the first kernel where it holds"
}
first part1-the-call-is-not-executed sysemu-1
first part3-sysemu-then-cont sysemu-3
first part4-no-exit-stop-for-a-skipped-call sysemu-4
first part5-a-step-goes-forward-int80 sysemu
first part5-a-step-goes-forward-sysenter sysemu
first userspace-steps-with-mode-2 2.6.14-1b38f00

# The line before it, and why it fails there.
sysemu bisect --scenario part4-no-exit-stop-for-a-skipped-call
has "why it failed" "$out" "sysemu-3, before it: fails, next: place: expected entry, got exit"

# Beside the line, and named: a fault of its own among kernels that hold.
sysemu bisect --scenario part1-the-call-is-not-executed --kernels sysemu-1,sysemu,sysemu-as-printed,2.6.14
is "a fault that came and went: exit" $status 0
has "it came" "$out" "sysemu-as-printed is the first kernel where it fails"
has "it went" "$out" "2.6.14 is the first kernel where it holds"

# One field alone: of these two the flag differs, the rest does not.
sysemu bisect --scenario detach-leaves-T --property tif --kernels 2.6.11,2.6.14
has "--property tif" "$out" "2.6.14 is the first kernel where it holds"
sysemu bisect --scenario detach-leaves-T --property ran --kernels 2.6.11,2.6.14
has "--property ran: all alike" "$out" "it holds on all 2 kernels"

# 5.11-rc1's two faults, each with its repair.
sysemu bisect --scenario era-step-test-inverted
has "the inverted test" "$out" "5.11-rc1 is the first kernel where it fails"
has "the inverted test, mended" "$out" "5.11-rc6 is the first kernel where it holds"
sysemu bisect --scenario era-step-over-a-call
has "nobody asks" "$out" "5.11-rc1 is the first kernel where it fails"
has "nobody asks, mended" "$out" "5.11 is the first kernel where it holds"

# Where all fare alike: what they show. In 2026 the number is read again behind the work (call-2026.c).
sysemu bisect --scenario minus-one-program
is "the rework: exit" $status 0
has "the rework: all fare alike" "$out" "it holds on all 25 kernels"
is "the rework: the last to show otherwise" "$(grep "shows otherwise" <<<"$out" | tail -n 1)" \
	"2026-after is the first kernel that shows otherwise"
has "the rework: how" "$(tail -n 1 <<<"$out")" "in counts, at row 2: insns.entry: "
sysemu bisect --shown --scenario part4-no-exit-stop-for-a-skipped-call --kernels sysemu-3,sysemu-4,sysemu
is "--shown: exit" $status 0
has "--shown: the plainest sort" "$out" "    in stops, at next: place: exit in sysemu-3, now entry"
is "--shown: no others" "$(grep -c "shows otherwise" <<<"$out")" 1
sysemu bisect --shown --scenario part4-no-exit-stop-for-a-skipped-call --kernels 6.12,6.12
is "--shown: all alike" "$status $out" "1 "

# A property of the exploration.
sysemu bisect --property step-means-progress --depth 4 --kernels sysemu-1..sysemu
has "a property" "$out" "sysemu is the first kernel where it holds"

# Kernels of files, in the order given.
for kernel in sysemu-3 sysemu-4; do
	"$SYSEMU" kernels --image "$scratch/$kernel.elf" $kernel
	"$SYSEMU" kernels --profile $kernel |
		sed -e "s|^name.*|name mine-$kernel|" -e "s|^image.*|image $kernel.elf|" >"$scratch/$kernel.profile"
done
sysemu bisect --scenario part4-no-exit-stop-for-a-skipped-call \
	--kernels "$scratch/sysemu-3.profile,$scratch/sysemu-4.profile"
has "files" "$out" "mine-sysemu-4 is the first kernel where it holds"

sysemu bisect --scenario part4-no-exit-stop-for-a-skipped-call --format json
if command -v python3 >/dev/null; then
	sysemu bisect --shown --scenario part4-no-exit-stop-for-a-skipped-call --kernels sysemu-3,sysemu-4 --format json
	is "json: shown" "$(python3 -c 'import json, sys; s = json.load(sys.stdin)["shown"][0]; print(s["kernel"], s["tell"], s["at"], s["field"], s["was"], s["is"])' <<<"$out")" "sysemu-4 stops next place exit entry"
	sysemu bisect --scenario part4-no-exit-stop-for-a-skipped-call --format json
	is "json" "$(python3 -c 'import json, sys; print(*json.load(sys.stdin)["first"])' <<<"$out" | cut -d" " -f1)" sysemu-4
fi
for wrong in "" "--scenario nobody" "--property speed" "--scenario part3-sysemu-then-cont --property speed" \
	"--scenario part5-a-step-goes-forward-int80 --entry sysenter" \
	"--property one-stop --shown" "--scenario part3-sysemu-then-cont --shown --quick" \
	"--scenario part3-sysemu-then-cont --kernels sysemu" "--property one-stop --kernels 2.4"; do
	sysemu bisect $wrong
	is "bisect $wrong" $status 2
done
finish
