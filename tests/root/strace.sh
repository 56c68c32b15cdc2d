#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# strace.sh: Debian's strace traces a pipeline inside, and says of each of its three processes what
# it says outside. Not compared: addresses, pids, random bytes, how much the stack may grow, and
# what kernels of 2005 had not: rseq, a mount's number in statx, the entry of TLS.
. "$(dirname "${BASH_SOURCE[0]}")/root.inc"
compared

cat >"$work/traced" <<'X'
cd /tmp
strace -ff -o "$1" sh -c 'echo a | tr a b' 2>/dev/null | cat
for f in "$1".*; do echo process; cat "$f"; done
X

# Pids become 1, 2, 3 in the order of their first mention. When a SIGCHLD comes is a matter of luck
# outside: these stand at the end, without what their sigreturn goes back to.
plain()
{
	sed -E 's/\) += /) = /; s/0x[0-9a-f]{5,8}/ADDRESS/g; s/\|STATX_MNT_ID//g
		s/^(rseq\(.*\)) = .*/\1/; s/^(ugetrlimit\(RLIMIT_STACK, ).*/\1/
		s/^getrandom\("[^"]*"/getrandom(BYTES/; s/\(entry_number=[0-9]+\)$/(ENTRY)/' |
	awk '
	function small(pid) { if (!(pid in n)) n[pid] = ++pids; return n[pid] }
	match($0, /(si_pid=|^(getpid\(\)|getppid\(\)|set_tid_address\(.*\)|clone\(.*\)|wait4\(.*\)|sigreturn\(.*\)) = )[0-9]+/) {
		pid = substr($0, RSTART, RLENGTH)
		sub(/.*[^0-9]/, "", pid)
		$0 = substr($0, 1, RSTART + RLENGTH - 1 - length(pid)) small(pid) substr($0, RSTART + RLENGTH)
	}
	/^process$/ { printf "%s", late; late = "" }
	/^--- SIGCHLD/ { late = late $0 "\n"; next }
	/^sigreturn/ { late = late "sigreturn\n"; next }
	{ print }
	END { printf "%s", late }'
}

outside /bin/sh "$within/traced" "$within/out" </dev/null | plain >"$work/expected"
[ "$(grep -c '^process$' "$work/expected")" = 3 ] || die "outside there are not three processes"
[ "$(wc -l <"$work/expected")" -gt 100 ] || die "outside strace says too little"
for kernel in 2.6.11 sysemu 2.6.14; do
	inside $kernel /bin/sh "$within/traced" "$within/in" </dev/null | plain >"$work/$kernel"
	same "strace on $kernel" "$work/expected" "$work/$kernel"
done
