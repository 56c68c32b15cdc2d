#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# log.sh: `sysemu exec --log`: what the sources of the programs say must be in it, that a log changes
# nothing, and what is refused.
. "$(dirname "$0")/../check.inc"

log=$scratch/log

sysemu exec --entry int80 --log "$log" "$PROGS/proc_wait" </dev/null
is "proc_wait" "$status $out$err" "0 "
# The ends of proc_wait.c's first children, in the order of its lines.
is "ends of children" "$(grep -oE '  (exit [0-9]+|killed by signal [0-9]+) -> ' "$log" | head -n 8 | tr -s ' \n' ' ')" \
	" exit 52 -> killed by signal 10 -> killed by signal 9 -> exit 0 -> exit 2 -> exit 3 -> killed by signal 15 -> exit 7 -> "
is "stops of stops()" "$(grep -oE 'stop by signal (19|20)' "$log" | head -n 3 | tr '\n' ,)" \
	"stop by signal 19,stop by signal 20,stop by signal 19,"
has "handler of SIGCHLD" "$(<"$log")" "signal 17 to its handler"
has "the parent waits" "$(<"$log")" "101  waits in wait4 -> 102"
is "the end" "$(tail -n 1 "$log" | tr -s ' ')" " end exit, status 0000"
cut -c 14- "$log" >"$scratch/int80"
sysemu exec --entry sysenter --log "$log" "$PROGS/proc_wait" </dev/null
is "the same by sysenter, but for the time" "$(cut -c 14- "$log" | diff - "$scratch/int80")" ""

# A process makes one call after the other; what does not come back is exit, sigreturn, or its end.
sysemu exec --log "$log" --log-format ndjson "$PROGS/proc_signal" </dev/null
is "proc_signal" "$status" 0
python3 - "$log" <<'END' || failures=$((failures + 1))
import json, sys
under_way, restarted, time, kinds = {}, 0, 0, set()
for line in open(sys.argv[1]):
    e = json.loads(line)
    assert e["schema"] == 2
    kinds.add(e["event"])
    if e["event"] == "end":
        assert (e["how"], e["status"]) == ("exit", 0)
        assert e["user"] + sum(e["insns"].values()) >= time
        continue
    assert e["time"] >= time
    time, pid = e["time"], e["pid"]
    if e["event"] == "task":
        continue
    if e["event"] == "sys_enter":
        assert under_way.get(pid) in (None, "sigreturn", "rt_sigreturn"), line
        under_way[pid] = e["name"]
    elif e["event"] == "sys_exit":
        assert under_way.pop(pid) == e["name"], line
        restarted += e["restarts"]
    elif e["event"] == "signal_deliver":
        assert pid not in under_way, line
    elif e["state"] == "ended":
        under_way.pop(pid, None)
assert restarted > 0 and kinds == {"sys_enter", "sys_exit", "signal_deliver", "sched_switch", "task", "end"}
END

# The flags of proc_ptrace.c's children, by what its functions ask for: a request that sets one leaves it set until
# another request, or the task's end; tracer and name are the task's.
sysemu exec --kernel sysemu --log "$log" --log-format ndjson "$PROGS/proc_ptrace" </dev/null
is "proc_ptrace" "$status" 0
python3 - "$log" <<'END' || failures=$((failures + 1))
import json, sys
WANTED = {24: "TRACE", 9: "SINGLESTEP", 31: "EMU"}  # PTRACE_SYSCALL, _SINGLESTEP, _SYSEMU
flags, asked, seen = {}, None, set()
for line in open(sys.argv[1]):
    e = json.loads(line)
    if e["event"] == "task":
        flags[e["pid"]] = e["tif"]
        assert e["name"] == "proc_ptrace" and e["tracer"] in (0, 101, 110, 112, 113), line
        if asked and asked[1] == e["pid"]:
            request = asked[0]
            for number, flag in WANTED.items():
                assert (flag in e["tif"]) == (number == request), (line, request)
            seen.add(request)
            asked = None
    elif e["event"] == "sys_exit" and e["name"] == "ptrace" and under[0] in WANTED and e["eax"] == 0:
        if WANTED[under[0]] not in flags[under[1]]:
            asked = under
    elif e["event"] == "sys_enter" and e["name"] == "ptrace":
        under, asked = e["args"], None
assert seen == set(WANTED), seen
END

# ---- nothing is changed ----

for with in "" "--log $log"; do
	sysemu exec --clean-env --schedule random:7 $with --outcomes "$scratch/outcome" "$PROGS/order" 3 </dev/null
	grep '^outcome ' "$scratch/outcome" >"$scratch/with${with:+log}"
done
is "the end without and with a log" "$(diff "$scratch/with" "$scratch/withlog" && wc -l <"$scratch/with")" 1
sysemu exec --clean-env --schedule "replay:$scratch/outcome" --log "$log" "$PROGS/order" 3 </dev/null
is "a replay with a log" "$err" ""
has "its log" "$(<"$log")" "exit_group("

# ---- refused ----

sysemu exec --schedule all:1 --log "$log" "$PROGS/order" </dev/null
has "many schedules" "$status $err" "2 sysemu exec: --log and --schedule=all: exclude each other"
sysemu exec --log-format ndjson "$PROGS/order" </dev/null
has "a format of nothing" "$status $err" "2 sysemu exec: --log-format is nothing without --log"
sysemu exec --log "$scratch/no/such" "$PROGS/order" </dev/null
has "no such folder" "$status $err" "125 sysemu: cannot write $scratch/no/such: "

# What is read is not written over, nor one file twice.
cp "$PROGS/proc_echo" ./kept
for option in log outcomes; do
	sysemu exec --schedule random:1 --$option kept ./kept
	has "--$option over the program" "$status $err" "2 sysemu exec: --$option: \"kept\" is the program"
done
is "the program" "$(cmp "$PROGS/proc_echo" kept && echo same)" same
sysemu exec --schedule random:1 --log one --outcomes one ./kept
has "one file twice" "$status $err" '2 sysemu exec: --log: "one" is the file of --outcomes'

# A name that a terminal would obey.
cp "$PROGS/proc_echo" ./$'a\e[31mb'
sysemu exec --log - ./$'a\e[31mb' </dev/null
is "a name with an escape: none in the log" "$(grep -c $'\e' <<<"$err")" 0
has "a name with an escape" "$err" 'a\x1b[31mb: '

# A program by the name that it has in the caller's folder.
cp "$PROGS/proc_echo" ./echo-here
sysemu exec ./echo-here </dev/null
is "a name from here" "$status" 0
sysemu exec echo-here </dev/null
is "a name from here, without a slash" "$status" 0
mkdir -p below
sysemu exec --root below ./echo-here
is "a name from here, with another root" $status 126
finish
