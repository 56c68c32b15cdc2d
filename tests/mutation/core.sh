#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# core.sh GUEST MUTATE ARGUMENT...: all mutants of the C code that the patch is about -- do_syscall_trace in its seven forms, sys_ptrace,
# the exceptions, what both need to reach a program's memory -- by the tests that known names. GUEST: the build's folder guest.
set -euo pipefail
guest=$1
shift
functions=$(for kernel in 2.6.11 sysemu-1 sysemu-3 sysemu-4 sysemu-as-printed sysemu 2.6.14; do
	nm -l --defined-only "$guest/$kernel.debug"
done | awk 'NF > 3 && $4 ~ "(^|/)asm/(boot/|history/trace|ptrace/|trace/|entry/traps)" { print " " $3 "+" }' | sort -u | paste -sd,)
test -n "$functions"
mutate=$1
shift
exec "$mutate" --sample 1000000 --c-alone --least 95 --only "$functions" "$@"
