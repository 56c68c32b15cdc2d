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
