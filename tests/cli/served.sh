# SPDX-License-Identifier: GPL-2.0-only
#
# served.sh: devices, poll, select, prctl and mremap answer a program as this host's kernel does:
# the same static program, line by line, under each kind of entry, with and without files.
. "$(dirname "$0")/check.inc"

"$PROGS/served" >"$scratch/native" 2>/dev/null || {
	echo "SKIP: this host runs no i386 programs"
	exit 77
}
for options in "--entry int80" "--entry sysenter" "--root /"; do
	# shellcheck disable=SC2086
	"$SYSEMU" run $options "$PROGS/served" >"$scratch/out" 2>"$scratch/err"
	is "$options: exit" $? 0
	is "$options: lines" "$(cat "$scratch/out")" "$(cat "$scratch/native")"
	is "$options: what was said" "$(cat "$scratch/err")" ""
done
finish
