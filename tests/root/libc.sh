#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# libc.sh: programs of other C libraries than glibc's: musl's and dietlibc's start, threads, pipes.
# The programs test themselves (tests/guest/proc), and are run outside first.
. "$(dirname "${BASH_SOURCE[0]}")/root.inc"
compared
sources=$here/../guest/proc

compile() { ${CC:-gcc} -m32 -O1 -w "$@"; }

musl()
{
	compile -static -no-pie -fno-stack-protector -nostdinc -nostdlib \
		-isystem "$i386/usr/include/i386-linux-musl" \
		-isystem "$($CC -m32 -print-file-name=include)" -o "$2" \
		"$i386/usr/lib/i386-linux-musl/crt1.o" "$1" "$i386/usr/lib/i386-linux-musl/libc.a" \
		"$($CC -m32 -print-libgcc-file-name)"
}

dietlibc()
{
	compile -static -no-pie -fno-pic -fno-stack-protector -nostdinc -nostdlib \
		-isystem "$i386/usr/lib/diet/include" \
		-isystem "$($CC -m32 -print-file-name=include)" -o "$2" \
		"$i386/usr/lib/i386-linux-gnu/diet/lib-i386/start.o" "$1" "$i386/usr/lib/i386-linux-gnu/diet/lib-i386/libc.a" \
		"$($CC -m32 -print-libgcc-file-name)"
}

CC=${CC:-gcc}
cat >"$work/pipe.c" <<'X'
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int caught;
static void catch (int sig)
{
	caught = sig;
}

int main(int argc, char **argv)
{
	int fds[2], status;
	char *line = malloc(100);

	signal(SIGUSR1, catch);
	pipe(fds);
	if (fork() == 0) {
		kill(getppid(), SIGUSR1);
		snprintf(line, 100, "%s %d %s\n", argv[1], argc, getenv("PATH"));
		write(fds[1], line, strlen(line));
		_exit(3);
	}
	close(fds[1]);
	memset(line, 0, 100);
	while (read(fds[0], line, 99) < 0)
		;
	while (wait(&status) < 0)
		;
	printf("%s%d %d\n", line, status, caught);
	return 4;
}
X

# run COMMAND ARG...: and its status.
run()
{
	local status=0

	"$@" || status=$?
	echo "status $status"
}

for libc in musl dietlibc; do
	$libc "$work/pipe.c" "$work/pipe"
	run outside "$within/pipe" word >"$work/expected"
	grep -q "^word 2 /usr/bin:/bin$" "$work/expected" || die "$libc: outside it fails"
	for kernel in 2.6.11 sysemu 2.6.14; do
		run inside $kernel "$within/pipe" word >"$work/found"
		same "$libc on $kernel" "$work/expected" "$work/found"
	done
done

musl "$sources/proc_pthreads.c" "$work/threads"
for kernel in outside 2.6.11 sysemu 2.6.14; do
	if [ $kernel = outside ]; then
		run outside "$within/threads"
	else
		run inside $kernel "$within/threads"
	fi >"$work/found"
	echo "status 0" | diff - "$work/found" || die "musl's threads on $kernel"
done
