#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# shells.sh: scripts of dash, of busybox' own shell and applets: pipelines, here-documents, background
# jobs, traps, subshells, files. Standard output and status are as outside.
. "$(dirname "${BASH_SOURCE[0]}")/root.inc"
compared

cat >"$work/script" <<'X'
# pipelines, and their ends
echo c b a | tr ' ' '\n' | sort | tr '\n' ,; echo
false | true; echo "status $?"
yes | head -n 3
(exit 7) | cat; seq 1 20000 | wc -c
cat /no/such/file 2>&1 | sed 's/.*: //'
{ echo one; echo two >&2; } 2>&1 | cat -n

# here-documents: short, quoted, and longer than a pipe
name=world
cat <<E
hello $name $((6 * 7)) $(echo nested)
E
cat <<'E'
no $name `here`
E
long=$(seq 1 5000)
wc -c <<E
$long
E

# background jobs
sleep 1 & first=$!
(sleep 0.1; exit 5) & second=$!
wait $second; echo "second $?"
wait $first; echo "first $?"
sleep 100 & kill $!; wait $!; echo "killed $?"
for i in 1 2 3; do (sleep 0.$i; echo "job $i") & done; wait
echo "all $(jobs | wc -l)"

# traps
trap 'echo usr1' USR1
trap 'echo end' EXIT
kill -USR1 $$
(trap 'echo inner; exit 3' TERM; kill -TERM $(exec sh -c 'echo $PPID'); sleep 1); echo "inner $?"
(sleep 0.2; kill -USR1 $$) & sleep 0.5; wait
trap '' INT; kill -INT $$; echo ignored
trap - INT

# files, in the machine alone
cd "$1" && mkdir d && echo text >d/f && cat d/f >>d/f2 && cp d/f d/g && mv d/g d/h && ls d
while read -r line; do echo "read $line"; done <d/f2
exec 3<>d/rw; echo data >&3; exec 3>&-; cat d/rw
ls -l d/f | cut -c 1-10; chmod 600 d/f; ls -l d/f | cut -c 1-10
find d -type f | sort; rm -r d; ls
set -- a 'b c'; printf '<%s>' "$@"; echo
case $(uname -m) in i?86 | x86_64) echo a machine ;; esac
exit 9
X

for shell in "sh" "busybox sh" "busybox ash -e"; do
	status=0
	outside $shell "$within/script" "$within" </dev/null >"$work.expected" 2>/dev/null || status=$?
	echo "status $status" >>"$work.expected"
	rm -rf "$work/d"
	for kernel in 2.6.11 sysemu 2.6.14; do
		status=0
		inside $kernel /usr/bin/env $shell "$within/script" "$within" </dev/null \
			>"$work.found" 2>/dev/null || status=$?
		echo "status $status" >>"$work.found"
		same "$shell on $kernel" "$work.expected" "$work.found"
	done
	[ "$shell" = "busybox ash -e" ] || [ "$(wc -l <"$work.expected")" -gt 30 ] ||
		die "$shell: too short a script"
	rm "$work.expected" "$work.found"
done
