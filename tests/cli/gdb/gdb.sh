#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A real gdb on `sysemu gdb`: the session that docs/gdb.md shows; in by int $0x80, out by iret and back;
# a program's end; a socket of each kind; who is refused. Without gdb only what needs none.
. "$(dirname "$0")/../check.inc"

root=$(cd "$(dirname "$0")/../../.." && pwd)
mkdir "$scratch/bin"
ln -s "$SYSEMU" "$scratch/bin/sysemu"
PATH=$scratch/bin:$PATH
export HOME=$scratch
unset DEBUGINFOD_URLS

# debug ARG...: gdb with the commands of standard input; all that it says in $out.
debug()
{
	cat >"$scratch/commands"
	out=$(timeout 300 gdb -nx -batch -ex "directory $root" -ex 'set confirm off' \
		-ex 'set width 0' -x "$scratch/commands" "$@" 2>&1)
}

# Who may connect, and what must fit.
sysemu gdb --listen 0.0.0.0:0 "$PROGS/calls"
is "not anywhere: status" $status 1
has "not anywhere" "$err" "--anywhere"
sysemu gdb --listen nonsense "$PROGS/calls"
has "no address" "$err" '--listen "nonsense": it is [HOST]:PORT, unix:PATH'
sysemu gdb --listen :0 --stdio "$PROGS/calls"
is "two links: status" $status 2
sysemu gdb --stdio "$scratch/missing"
is "no program: status" $status 2
sysemu gdb --kernel 2.6.11 --stdio "$PROGS/calls"
has "a kernel without SYSEMU" "$err" "the kernel refuses the first of --requests"

# A client that speaks nonsense, and one that goes without a word.
printf '+++$g#00$#00\003$qSupported#37$zzz#6e$m0,ffffffff#00' >"$scratch/nonsense"
sysemu gdb --stdio "$PROGS/calls" <"$scratch/nonsense"
is "nonsense: status" $status 0

command -v gdb >/dev/null || { echo "no gdb here"; exit 77; }

# The page's session: each line that is no command is in what gdb says, in order; … is anything.
sed -n '/^```gdb$/,/^```$/p' "$root/docs/gdb.md" | sed '1d;$d' >"$scratch/session"
debug < <(sed -n 's/^(gdb) //p' "$scratch/session")
rest=$out
while IFS= read -r line; do
	part=${line%…}
	has "docs/gdb.md" "$rest" "$part"
	rest=${rest#*"$part"}
done < <(grep -v '^(gdb)' "$scratch/session")

# In by int $0x80, out by iret, and back; the flags' word is watched.
debug <<EOF
target remote | sysemu gdb --kernel sysemu-1 --requests SYSEMU,SYSCALL --stdio $PROGS/calls
break system_call
continue
reverse-stepi
x/i \$pc
stepi
printf "cs %#x\n", \$cs
delete
set \$word = ((unsigned)\$esp & ~8191) + 8
eval "watch *(unsigned *)%#x", \$word
continue
continue
bt 1
delete
tbreak syscall_exit
continue
while (\$cs & 3) != 3
 stepi
end
printf "out at %#x, eax %d\n", \$pc, \$eax
eval "watch *(unsigned *)%#x", \$word
reverse-continue
bt 2
info threads
monitor when
monitor tif
EOF
word=$(sed -n 's/.*of \*(unsigned \*)\(0x[0-9a-f]*\)$/\1/p' <<<"$out")
has "the watched word is the flags'" "$out" "Hardware watchpoint 2: *(unsigned *)${word:-none}"
has "in" "$out" "=> 0x8049005 <_start+5>:	int    \$0x80"
has "in ring 0" "$out" "cs 0x60"
has "the tracer sets TRACE" "$out" "Old value = 64
New value = 65"
has "and clears EMU" "$out" "Old value = 65
New value = 1"
has "out, with getpid's result" "$out" "out at 0x8049007, eax 101"
has "back to who cleared it" "${out##*out at}" "Old value = 1
New value = 65"
has "in the tracer's call" "${out##*out at}" "ptrace_resume (data=0, clear=64, set=1, request=24,"

# The end, the way back from it, and the end again. Source lines both ways.
debug <<EOF
target remote | sysemu gdb --stdio $PROGS/calls
continue
reverse-continue
printf "at %#x\n", \$pc
break syscall_trace_entry
continue
next
reverse-next
monitor save here
continue
monitor restore here
stepi
monitor when
delete
continue
continue
EOF
has "exit 3" "$out" "exit 3"
has "back at the beginning" "$out" "at 0x8049000"
has "lines" "$out" "asm/entry/entry.S:"
has "restored" "$out" "at syscall_trace_entry"
has "gone" "$out" "exited with code 03"

# Another future: getppid in place of getpid, and ptrace stops with an answer of one's own.
debug <<EOF
target remote | sysemu gdb --requests SYSEMU --stdio --code b814000000cd80ebfe
set var *(int *)0x8048001 = 64
monitor stops on
continue
monitor regs
monitor request KILL
continue
monitor events
EOF
has "getppid" "$out" "orig_eax 64, eax 0xffffffda"
has "as its tracer sees it" "$out" "as its tracer sees it: eax ffffffda"
has "KILL" "$out" "killed by SIGKILL"

# Processes as threads, across a fork and back.
debug <<EOF
target remote | sysemu gdb --processes --root / --stdio $PROGS/proc_pipe
break do_fork
continue
finish
tbreak sys_wait4
continue
info threads
reverse-continue
info threads
delete
continue
EOF
has "a child" "$out" "Thread 102 (proc_pipe, "
has "it ends" "$out" "exit 0"
is "before the fork there is one thread" "$(sed -n '/hit Breakpoint 1\|^Breakpoint 1,/,$p' <<<"$out" |
	tail -n 8 | grep -c 'Thread 102')" 0

# A breakpoint is one of all processes, and of those that come; found again on the way back.
debug <<EOF
target remote | sysemu gdb --processes --root / --stdio $PROGS/proc_pipe
break sys_exit_group
continue
continue
reverse-continue
EOF
is "the exits of two children, and the first again" \
	"$(sed -n 's/^Thread [0-9]* hit Breakpoint 1, \(sys_exit_group\).*/\1/p' <<<"$out" | wc -l)" 3
has "of a child" "$out" "[Switching to Thread 102]"

# Sockets: of loopback, one client after another, and a unix socket.
"$SYSEMU" gdb --listen unix:"$scratch/socket" --once "$PROGS/calls" 2>"$scratch/said" &
server=$!
for _ in $(seq 100); do [ -S "$scratch/socket" ] && break; sleep 0.1; done
is "a unix socket is one's own" "$(stat -c %a "$scratch/socket")" 700
debug <<EOF
target remote $scratch/socket
break system_call
continue
EOF
has "by a unix socket" "$out" "Breakpoint 1, system_call ()"
wait "$server"
is "--once: status" $? 0
is "the socket is gone" "$(ls "$scratch/socket" 2>/dev/null)" ""

"$SYSEMU" gdb "$PROGS/calls" 2>"$scratch/said" &
server=$!
for _ in $(seq 100); do grep -q 'target remote' "$scratch/said" && break; sleep 0.1; done
at=$(sed -n 's/.*target remote //p' "$scratch/said")
debug <<<"target remote $at
stepi
detach"
debug <<<"target remote $at
printf \"stands at %#x\\n\", \$pc
kill"
has "where the last one left it" "$out" "stands at 0x8049005"
debug <<<"target remote $at
printf \"stands at %#x\\n\", \$pc"
has "and after kill at its beginning" "$out" "stands at 0x8049000"
kill "$server"
wait "$server"
is "ended by a signal: status" $? 0

finish
