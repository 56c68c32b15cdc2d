#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What `sysemu lint` says of the kernels is what is known of them, and what it says to see can be
# seen. What is no image gets a sentence. Kernels that are wrong: lint_images.sh.
. "$(dirname "$0")/lint.inc"

# ---- our kernels ----

# docs/kernels.md: up to 2.6.12 nobody looks at the flags behind do_notify_resume (§3), nor behind
# do_debug and do_int3 if eax is not 0 (§9).
for kernel in 2.6.11 sysemu-1 sysemu-3 sysemu-4 sysemu sysemu-as-printed; do
	sysemu lint $kernel
	is "$kernel: exit" $status 1
	is "$kernel" "$(rules)" "$entry:$(call do_notify_resume) window
$entry:$(call do_debug) window
$entry:$(call do_int3) window"
done
# 2.6.14 looks again, for ever if need be (§3); its path has six instructions more, and tests a word
# instead of a byte (§2, §12).
sysemu lint 2.6.14
is "2.6.14: exit" $status 1
is "2.6.14" "$(rules)" "$entry:$(($(line '^ENTRY resume_userspace') + 2)) loop
$entry:$(line 'TEST_ENTRY_WORK.*27') fast-path
$entry:$(line 'TEST_ENTRY_WORK.*17') fast-path
$entry:$(line 'CHECK_16BIT_STACK') fast-path"
has "2.6.14: the loop" "$out" "NOTIFY_RESUME"
has "2.6.14: the instructions" "$out" ": 6 instructions that the untraced int80 path of 2.6.11 does not have"
sysemu lint --baseline 2.6.14 2.6.14
is "2.6.14 against itself" "$(rules | grep -c fast-path)" 0
sysemu lint --baseline 2.6.14 2.6.11
has "2.6.11 against 2.6.14" "$out" "missing before it: 6 instructions of the untraced int80 path of 2.6.14"

# What it says to see is seen: each scenario fails there, as it states, and the call never returns.
cd "$root" || exit 1
for kernel in sysemu 2.6.14; do
	"$SYSEMU" lint $kernel | sed -n 's/^\tsee: sysemu //p' | sort -u >"$scratch/see"
	while read -r command; do
		sysemu $command
		case $command in
		play*)
			is "$command: exit" $status 0
			sysemu $command --verbose
			has "$command" "$out" "fails, as stated"
			;;
		*--flags*)
			is "$command: exit" $status 1
			has "$command" "$err" "does not return"
			;;
		*) is "$command: exit" $status 0 ;;
		esac
	done <"$scratch/see"
done
cd "$scratch" || exit 1
sysemu lint --report json sysemu
is "json: exit" $status 1
is "json: findings" "$(grep -o '"name":"window: [^"]*"' <<<"$out" | wc -l)" 3
has "json: a place" "$out" "\"file\":\"$entry\",\"line\":$(call do_notify_resume),"
has "json: what to type" "$out" '"detail":"see: sysemu play --kernel sysemu '
if python3 -c 'import jsonschema' 2>/dev/null; then
	python3 -c 'import json, jsonschema, sys
jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))' \
		out "$root/docs/report.schema.json"
	is "json: its schema" $? 0
fi
sysemu lint --report github sysemu
has "an annotation on its line" "$out" "file=$entry,line=$(call do_notify_resume)"
sysemu lint --baseline 2.6.14 --report tap=report.tap 2.6.14
is "a report in a file: exit" $status 1
has "and the text" "$out" "2.6.14: 1 findings, 0 notes"
has "a report in a file" "$(cat report.tap)" "not ok 1 - 2.6.14: loop: "

# ---- what is no image ----

for bad in "" hello $'\177ELF'; do
	printf '%s' "$bad" >bad.elf
	sysemu lint bad.elf
	is "no image: exit" $status 2
	has "no image" "$err" "bad.elf: "
done
cp "$GUEST/sysemu.debug" right.elf
size=$(stat -c %s right.elf)
for ((cut = 0; cut < 30; cut++)); do # cut anywhere
	head -c $((size * cut / 30)) right.elf >bad.elf
	sysemu lint bad.elf
	[ $status -le 2 ] || is "an image cut at $cut of 30: exit" $status "2 at the most"
done
sysemu lint "$PROGS/echo"
is "a program: exit" $status 2
has "a program" "$err" "no region of entry code"
sysemu lint 2.4
is "no kernel: exit" $status 2
finish
