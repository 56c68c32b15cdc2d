#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# uml.sh: Debian's user-mode-linux for i386, the patch's own client, unmodified, looks inside at what
# ptrace can do, and finds on each kernel what that kernel had.
. "$(dirname "${BASH_SOURCE[0]}")/root.inc"

# checks KERNEL LINE...: what it says of ptrace there, in this order.
checks()
{
	local kernel=$1

	shift
	inside "$kernel" --max-insns 100000000 /usr/bin/linux.uml mem=32M con=null con0=null \
		</dev/null >"$work/out" 2>&1 || true
	# "OK" may come behind what another of its processes says.
	tr '\n' ' ' <"$work/out" | grep -oE 'Checking [a-z ]*ptrace[a-z ]*\.\.\.|OK|missing' |
		tr '\n' ' ' | sed 's/  */ /g' >"$work/found"
	case $(cat "$work/found") in
	"$*"*) ;;
	*) cat "$work/out"; die "$kernel: '$(cat "$work/found")', not '$*'" ;;
	esac
}

numbers="Checking that ptrace can change system call numbers..."
plain="Checking syscall emulation patch for ptrace..."
advanced="Checking advanced syscall emulation patch for ptrace..."
checks 2.6.11 "$numbers" OK "$plain" missing
checks sysemu "$numbers" OK "$plain" OK "$advanced" missing
checks 2.6.14 "$numbers" OK "$plain" OK "$advanced" OK

# It boots an initramfs of one static program to its prompt, all calls of its processes stopped by
# SYSEMU inside.
mkdir "$work/initramfs"
cat >"$work/init.c" <<'X'
#include <fcntl.h>
#include <stdio.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	int status;

	mkdir("/dev", 0755);
	mknod("/dev/console", S_IFCHR | 0600, makedev(5, 1));
	dup2(open("/dev/console", O_RDWR), 0);
	dup2(0, 1);
	dup2(0, 2);
	printf("init: pid %d\n", getpid());
	if (fork() == 0)
		_exit(7);
	wait(&status);
	printf("its child ended with %d\nprompt> \n", WEXITSTATUS(status));
	fflush(stdout);
	reboot(RB_POWER_OFF);
	return 0;
}
X
${CC:-gcc} -m32 -static -O1 -o "$work/initramfs/init" "$work/init.c"
inside 2.6.14 /bin/busybox sh -c "cd $within/initramfs && echo init | busybox cpio -o -H newc" \
	</dev/null >"$work/initrd" 2>/dev/null
limit=1500
inside 2.6.14 --env HOME=/tmp /usr/bin/linux.uml mem=32M con=null con0=fd:0,fd:1 \
	"initrd=$within/initrd" quiet </dev/null >"$work/out" 2>&1 || true
printf 'init: pid 1\nits child ended with 7\nprompt> \n' >"$work/expected"
tr -d '\r' <"$work/out" | grep -A 2 '^init: pid' >"$work/found" || true
same "the boot" "$work/expected" "$work/found"
