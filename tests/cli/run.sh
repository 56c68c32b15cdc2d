#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# sysemu run: the program's own input, output, environment and exit status, and what the
# kernels without a working PTRACE_SYSEMU do.
. "$(dirname "$0")/check.inc"

for kernel in sysemu 2.6.11; do
	for entry in int80 sysenter; do
		run="run --kernel $kernel --entry $entry"

		sysemu $run "$PROGS/hello"
		is "$run hello: exit" $status 7
		is "$run hello: stdout" "$out" hello
		is "$run hello: stderr" "$err" ""

		sysemu $run "$PROGS/vsyscall"
		is "$run vsyscall" "$status $out $err" "0 ok "

		sysemu $run "$PROGS/segv"
		is "$run segv: 128 + SIGSEGV" "$status $out" "139 "

		sysemu $run "$PROGS/breakpoint"
		is "$run breakpoint: 128 + SIGTRAP" $status 133

		sysemu $run "$PROGS/abort"
		is "$run abort: 128 + SIGABRT" $status 134
		is "$run abort: stdout" "$out" ""

		sysemu $run "$PROGS/highcall"
		is "$run highcall: served" $status 0
		is "$run highcall: said once" "$(grep -c 4000 "$scratch/err")" 1

		out=$(printf 'one\ntwo\n' | GREETING=hello "$SYSEMU" $run "$PROGS/echo" a "b c" --x \
			2>"$scratch/err")
		is "$run echo: exit" $? 3
		is "$run echo: stdout" "$out" "argument a
argument b c
argument --x
greeting hello
one
two"
		is "$run echo: stderr" "$(cat "$scratch/err")" "done"
	done
done

# ---- the environment ----

export GREETING=mine
for environment in "/mine" "--clean-env/none" "--env GREETING=hello/hello" \
	"--clean-env --env GREETING=hello/hello" "--env GREETING=a --env GREETING=b=c/b=c" \
	"--env GREETING=/"; do
	out=$("$SYSEMU" run ${environment%%/*} "$PROGS/echo" </dev/null 2>/dev/null)
	is "run ${environment%%/*}" "$out" "greeting ${environment#*/}"
done
# The digest says what it covers, and with a clean environment it is one in every shell.
env A=1 "$SYSEMU" run --clean-env --env B=2 --log="$scratch/log1" "$PROGS/hello" >/dev/null
env A=1 C=3 "$SYSEMU" run --clean-env --env B=2 --log="$scratch/log2" "$PROGS/hello" >/dev/null
cmp "$scratch/log1" "$scratch/log2" || is "two shells, a clean environment" different equal
has "what the digest covers" "$(grep '^digest ' "$scratch/log1")" "with 1 argument and 1 variable"
env -i A=1 B=2 "$SYSEMU" run --env A=3 --env C=4 --log="$scratch/log2" "$PROGS/hello" x >/dev/null
has "what the digest covers" "$(grep '^digest ' "$scratch/log2")" "with 2 arguments and 3 variables"

# ---- not loadable: 126; our own failure: 125 ----

sysemu run "$SYSEMU"
is "run of a program for another CPU" "$status $out" "126 "
has "run of a program for another CPU" "$err" "sysemu: "
for file in "$scratch/missing" "$scratch" /dev/null "$0"; do
	sysemu run "$file"
	is "run $file" "$status $out" "126 "
	has "run $file" "$err" "sysemu: "
done

for limit in 1 1000 100000; do
	sysemu run --max-insns $limit "$PROGS/loop"
	is "run --max-insns $limit loop: exit" $status 125
	has "run --max-insns $limit loop: stderr" "$err" "$limit"
done
sysemu run --max-insns 1000000 "$PROGS/hello"
is "run --max-insns, not reached" "$status $out" "7 hello"
sysemu run --root "$scratch/missing" "$PROGS/hello"
is "run --root of a missing folder" "$status $out" "125 "
sysemu run --log="$scratch/missing/log" "$PROGS/hello"
is "run --log to a missing folder" "$status $out" "125 "
sysemu run --log=/dev/full "$PROGS/hello"
is "run --log to a full disk" "$status $out" "125 hello"

# ---- the kernel of the patch as printed: accepted, nothing stopped ----
# Its own write reaches the console; its exit is executed by the kernel.

sysemu run --kernel sysemu-as-printed "$PROGS/hello"
is "as printed, hello: exit" $status 1
is "as printed, hello: the kernel's own write" "$out" hello
is "as printed, hello: stderr" "$err" \
	"sysemu: kernel sysemu-as-printed: SYSEMU accepted, 2 calls executed by the kernel, none stopped"
sysemu run --kernel sysemu-as-printed --entry sysenter "$PROGS/vsyscall"
is "as printed, vsyscall" "$status $out" "1 ok"
has "as printed, vsyscall" "$err" "2 calls executed by the kernel, none stopped"
# Without calls there is nothing to complain of.
sysemu run --kernel sysemu-as-printed "$PROGS/segv"
is "as printed, segv" "$status $err" "139 "

# ---- the log ----

# calls FILE: the log's sum of calls per entry.
calls()
{
	grep '^calls ' "$1"
}

sysemu run --log "$PROGS/hello"
is "run --log: stdout" "$out" hello
has "run --log: to stderr" "$err" "write(4) = 6"
sysemu run --log="$scratch/log" "$PROGS/hello"
is "run --log=FILE: stderr" "$err" ""
is "hello: calls" "$(calls "$scratch/log")" "calls 2: int80 2, sysenter 0"
is "hello: stops" "$(grep -cE '^ *[0-9]+ ' "$scratch/log")" 3
has "hello: the stop of write" "$(grep -F 'write(4) = 6' "$scratch/log")" int80
has "hello: the stop of write" "$(grep -F 'write(4) = 6' "$scratch/log")" EMU
has "hello: the end" "$(cat "$scratch/log")" "exit 7"
# The text is parted as the objects are.
sysemu run --log="$scratch/ndjson" --log-format ndjson "$PROGS/hello"
is "ndjson: exit" $status 7
python3 - "$scratch/log" "$scratch/ndjson" <<'END' || failures=$((failures + 1))
import json, re, sys
text = [re.match(r" *\d+  (.*?)  +(\S+)  +(\S+) +kernel (\d+) .*user (\d+)$", line).groups()
        for line in open(sys.argv[1]) if re.match(r" *\d+  ", line)]
lines = [json.loads(line) for line in open(sys.argv[2])]
assert all(e["schema"] == 1 for e in lines)
assert text == [(e["what"], e["entry"], "+".join(e["tif"]) or "-", str(sum(e["insns"].values())), str(e["user"]))
                for e in lines if e["event"] == "stop"], text
assert [e["request"] for e in lines] == [None, "SYSEMU", "SYSEMU", "KILL"]
assert (lines[-1]["event"], lines[-1]["what"], lines[-1]["status"]) == ("exit", "exit 7", 0x700)
END
sysemu run --kernel 2.6.11 --log="$scratch/log" "$PROGS/hello"
has "2.6.11 hello: the stop of write" "$(grep -F 'write(4) = 6' "$scratch/log")" TRACE

sysemu run --entry sysenter --log="$scratch/log" "$PROGS/vsyscall"
is "vsyscall by sysenter: calls" "$(calls "$scratch/log")" "calls 2: int80 1, sysenter 1"
sysemu run --entry int80 --log="$scratch/log" "$PROGS/vsyscall"
is "vsyscall by int80: calls" "$(calls "$scratch/log")" "calls 2: int80 2, sysenter 0"

# Without --entry: a machine of 2005, or what the CPU of a timing model has.
sysemu run --log="$scratch/log" "$PROGS/vsyscall"
is "vsyscall: calls" "$(calls "$scratch/log")" "calls 2: int80 1, sysenter 1"
sysemu run --timing i386dx --log="$scratch/log" "$PROGS/vsyscall"
is "vsyscall on a 386: status" $status 0
is "vsyscall on a 386: calls" "$(calls "$scratch/log" | sed 's/;.*//')" "calls 2: int80 2, sysenter 0"

# A program's own frame and sysenter: served, or the #UD of a CPU that has none.
sysemu run "$PROGS/ownframe"
is "own frame" "$status $out $err" "6 own "
sysemu run --entry int80 "$PROGS/ownframe"
is "own frame without sysenter: 128 + SIGILL" "$status $out" "132 "

# glibc finds the vsyscall page by itself, and runs the same either way.
"$SYSEMU" run --entry sysenter --log="$scratch/log" "$PROGS/echo" </dev/null >/dev/null 2>&1
has "glibc by sysenter" "$(calls "$scratch/log" | sed 's/sysenter [1-9].*/some/')" some

# The program is no place for its log.
cp "$PROGS/vsyscall" "$scratch/self"
sysemu run --log="$scratch/self" "$scratch/self"
is "a log into the program: exit" $status 2
has "a log into the program" "$err" "is the program itself"
cmp "$PROGS/vsyscall" "$scratch/self" || is "a log into the program" changed kept

# The same run, the same log.
for i in 1 2; do
	sysemu run --log="$scratch/log$i" "$PROGS/vsyscall"
done
cmp "$scratch/log1" "$scratch/log2" || is "two logs" different equal

# ==== sysemu exec: what passes through to a program that runs inside with all its processes ====

printf '#!%s/proc_echo first\n' "$PROGS" >"$scratch/script"
chmod +x "$scratch/script"
out=$(echo input | "$SYSEMU" exec --clean-env --env A=b "$PROGS/proc_echo" one 'two three' 2>"$scratch/err")
is "arguments, environment, input, exit status" "$? $out" "7 one|two three|A=b|input|"
out=$("$SYSEMU" exec --clean-env "$scratch/script" x </dev/null 2>"$scratch/err")
is "a script has its interpreter" "$? $out" "7 first|$scratch/script|x||"
sysemu exec "$PROGS/proc_echo" signal </dev/null
is "a signal's status" "$status" $((128 + 15))
sysemu exec "$PROGS/proc_echo" deadlock </dev/null
is "a deadlock" "$status ${err%%$'\n'*}" "124 sysemu: deadlock: all wait, and no timer runs"
has "who waits, and where" "${err//  / }" "proc_echo"
has "and in which call" "$err" " read"

# ---- determinism ----

for n in 1 2; do
	"$SYSEMU" exec --clean-env "$PROGS/proc_echo" race >"$scratch/race$n" 2>&1 </dev/null
done
cmp -s "$scratch/race1" "$scratch/race2"
is "the same twice" "$?" 0

# ---- bad input ----

sysemu exec "$scratch/none"
is "no such program" "$status $err" "126 sysemu: $scratch/none: No such file or directory"
echo text >"$scratch/text"
sysemu exec "$scratch/text"
is "not to be executed" "$status $err" "126 sysemu: $scratch/text: Permission denied"
chmod +x "$scratch/text"
sysemu exec "$scratch/text"
is "no program" "$status $err" "126 sysemu: $scratch/text: Exec format error"
sysemu exec /bin/true
is "a program for another machine" "$status $err" "126 sysemu: /bin/true: Exec format error"
echo '#!/no/such/interpreter' >"$scratch/text"
sysemu exec "$scratch/text"
is "a script without its interpreter" "$status $err" "126 sysemu: $scratch/text: No such file or directory"
finish
