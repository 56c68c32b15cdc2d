#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# exec of a program that makes whoever started it its tracer, and stops: others go on, and then it says who waits for
# whom. As a schedule that is an outcome.
. "$(dirname "$0")/../check.inc"

sysemu exec "$PROGS/traceme"
is "status" "$status" 124
is "the child has written" "$out" "child"
has "why it ends" "$err" "deadlock"
has "who is stopped" "$err" "traceme          traced        kill, traced by whoever started it"

sysemu exec --schedule random:1 --runs 5 "$PROGS/traceme"
has "the outcome" "$out" "1 outcome"
has "which is" "$out" "deadlock"

finish
