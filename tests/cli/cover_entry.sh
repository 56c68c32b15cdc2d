#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The shipped scripts, and the one case below, take every arm of entry.S in every kernel that can be
# taken; those that cannot are in tests/cover/known, each with its reason. From 2.6.20 on the entry
# is another file.
. "$(dirname "$0")/check.inc"
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$scratch" || exit 1

sysemu play --cover shipped.cov "$root"/scenarios/*.play
is "the shipped scripts: exit" $status 0

# A program under TF jumps to where SYSENTER begins: the trap comes there, but from user mode, so
# the stack is right as it is. A script cannot name that place: it is each kernel's own.
kernels=()
for kernel in $("$SYSEMU" kernels | sed -n 's/^\([^ ][^ ]*\) .*/\1/p'); do
	! grep -q '^entry/entry.S$' "$root/asm/kernels/$kernel/sources" || kernels+=("$kernel")
done
is "kernels with entry.S" "${kernels[*]: -1} ${#kernels[@]}" "2.6.17 12"
parts=()
for kernel in "${kernels[@]}"; do
	place=$("$SYSEMU" dis --kernel "$kernel" sysenter_entry | sed -n '2s/ .*//p')
	cat >jump.play <<-END
		scenario jump-to-where-sysenter-begins
			pass $kernel
		program
			mov eax 0x$place
			tf
			bytes ff e0
		rows
			stop STOP | CONT
			stop TRAP signal ran=none eip=0x$place
	END
	sysemu play --cover "$kernel.cov" jump.play
	is "the jump on $kernel: exit" $status 0
	is "the jump on $kernel" "$out" "1 scenarios, played 2 times, 0 not as stated"
	parts+=("$kernel.cov")
done

# It would not go unseen: without that case an arm is missing in each kernel, and what is said to
# be never taken and is taken is told as well.
for kernel in "${kernels[@]}"; do
	sysemu cover --kernel "$kernel" --file entry.S --known "$root/tests/cover/known" shipped.cov "${parts[@]}"
	is "$kernel, all arms: exit" $status 0
	is "$kernel, all arms: what is missing" "$out$err" ""
	sysemu cover --kernel "$kernel" --file entry.S --known "$root/tests/cover/known" shipped.cov
	is "$kernel, without the jump: exit" $status 1
	is "$kernel, without the jump: arms" \
		"$(grep -c 'debug+0xf: jne <debug_stack_correct>: never jumps' <<<"$out")" 1
done
echo "sysemu work_resched+0xf jumps it is said" >wrong
sysemu cover --kernel sysemu --file entry.S --known wrong shipped.cov
is "a wrong reason: exit" $status 1
has "a wrong reason" "$out" "wrong:1: kernel sysemu: work_resched+0xf jumps after all"
finish
