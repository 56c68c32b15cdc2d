#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Temporal formulas on the explored graph, where spin is: sysemu-1 executes a call that SYSEMU
# stopped at, sysemu does not.
. "$(dirname "$0")/check.inc"

if ! command -v spin >/dev/null || ! command -v gcc >/dev/null; then
	echo "SKIP: no spin, or no gcc: the graph's formulas are not checked"
	exit 77
fi

# spin_says KERNEL FORMULA
spin_says()
{
	sysemu explore --kernel "$1" --entry int80 --depth 3 --again 0 --promela "$scratch/g.pml"
	echo "ltl formula { $2 }" >>"$scratch/g.pml"
	(cd "$scratch" && spin -a g.pml && gcc -O0 -w -o pan pan.c && ./pan -a -m100000) 2>&1
}

never_runs='[] !(place == 1 && mode == 31 && ran_before != 0)'
has "sysemu" "$(spin_says sysemu "$never_runs")" "errors: 0"
has "sysemu-1" "$(spin_says sysemu-1 "$never_runs")" "errors: 1"
finish
