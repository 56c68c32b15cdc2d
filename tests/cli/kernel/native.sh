#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The stops of a kernel of Debian's that `sysemu kernel import` has brought in against those of this host's
# own kernel: a native child of 32 bits under each pair of requests, the second repeated to the
# end: status, eip, eax, orig_eax and TF at each stop. Skipped without a vmlinux in the cache of
# scripts/real-kernel, and where ptrace or programs of 32 bits are not permitted.
. "$(dirname "$0")/../check.inc"
cache=${SYSEMU_KERNELS:-${XDG_CACHE_HOME:-$HOME/.cache}/sysemu/kernels}
vmlinux=$(find "$cache" -maxdepth 1 -name 'vmlinux-*[0-9]-686' 2>/dev/null | sort -V | tail -n 1)
[ -n "$vmlinux" ] || { echo "no vmlinux in $cache"; exit 77; }
cd "$scratch" || exit 1

# Two calls, and the end.
cat >program.S <<-END
	.globl	_start
	_start:	mov	\$20, %eax
		int	\$0x80
		nop
		nop
		mov	\$20, %eax
		int	\$0x80
		mov	\$1, %eax
		xor	%ebx, %ebx
		int	\$0x80
END
gcc-12 -m32 -nostdlib -static -Wl,-Ttext=0x08048000,--build-id=none program.S -o program
objcopy -O binary -j .text program code

cat >native.c <<-'END'
	#include <stdio.h>
	#include <stdlib.h>
	#include <string.h>
	#include <sys/ptrace.h>
	#include <sys/user.h>
	#include <sys/wait.h>
	#include <unistd.h>

	/* native PROGRAM FIRST THEN: the first request, then the other to the end. */
	int main(int argc, char **argv)
	{
		struct user_regs_struct r;
		int status, request[2];
		pid_t child = argc == 4 ? fork() : -1;

		if (child == 0) {
			ptrace(PTRACE_TRACEME, 0, 0, 0);
			execl(argv[1], argv[1], (char *)0);
			_exit(99);
		}
		if (child < 0 || waitpid(child, &status, 0) < 0 || !WIFSTOPPED(status))
			return 77;
		for (int i = 0; i < 2; i++)
			request[i] = atoi(argv[2 + i]);
		for (int i = 0; i < 12; i++) {
			if (ptrace(request[i > 0], child, 0, 0) < 0)
				return 77;
			waitpid(child, &status, 0);
			if (!WIFSTOPPED(status)) {
				printf("end %04x\n", status);
				return 0;
			}
			if (WSTOPSIG(status) != 5)
				break; /* it has run off its end */
			ptrace(PTRACE_GETREGS, child, 0, &r);
			printf("stop %04x %08x %08x %d %d\n", status, (unsigned)r.rip,
			       (unsigned)r.rax == (unsigned)child ? 101 : (unsigned)r.rax, (int)r.orig_rax,
			       (r.eflags & 0x100) != 0);
		}
		ptrace(PTRACE_KILL, child, 0, 0);
		kill(child, 9);
		return 0;
	}
END
gcc-12 -w -include signal.h -o native native.c
./native ./program 24 24 >/dev/null || { echo "no ptrace of a program of 32 bits here"; exit 77; }

sysemu kernel import "$vmlinux" -o real.elf
is "import" "$status $err" "0 "
declare -A number=([SYSEMU]=31 [SYSCALL]=24 [SINGLESTEP]=9 [SYSEMU_SINGLESTEP]=32 [CONT]=7)
stops=0
for first in "${!number[@]}"; do
	for then in "${!number[@]}"; do
		./native ./program "${number[$first]}" "${number[$then]}" >want
		"$SYSEMU" trace --kernel ./real.elf --code "$(xxd -p code | tr -d '\n')" \
			--requests "$first,$then" --max-stops 13 2>&1 | awk '
			$1 == "stop" && $2 != "-" && substr($4, 1, 2) == "05" {
				tf = substr($12, 6, 1) ~ /[13579bdf]/
				print "stop", $4, $6, $8, $10, tf + 0
			}
			$1 == "exit" || $1 == "killed" { print "end", $4 }' |
			head -n "$(wc -l <want)" >got
		is "$first, then $then" "$(<got)" "$(<want)"
		stops=$((stops + $(wc -l <want)))
	done
done
[ $stops -gt 80 ]
is "stops compared, more than 80" $? 0
finish
