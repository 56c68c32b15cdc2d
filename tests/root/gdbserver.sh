#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# gdbserver.sh: this machine's gdb, over a pipe, by Debian's gdbserver inside: breakpoints, steps, a
# watchpoint, a breakpoint in a debug register, up to the end. It shows what it shows of the same
# program outside, but for a watchpoint's name: gdbserver knows one by a si_code that came later,
# and so says SIGTRAP, where it happened.
. "$(dirname "${BASH_SOURCE[0]}")/root.inc"
compared
command -v gdb >/dev/null || die "no gdb here"

cat >"$work/counts.c" <<'X'
int counter, other;
static int twice(int n)
{
	return 2 * n;
}
static void last(void)
{
	other++;
}
int main(void)
{
	for (int i = 0; i < 5; i++)
		counter += twice(i);
	last();
	return counter;
}
X
${CC:-gcc} -m32 -static -g -O0 -o "$work/counts" "$work/counts.c"

cat >"$work/commands" <<'X'
break twice
continue
backtrace
finish
delete
step
next
print counter
watch counter
continue
print counter
continue
print counter
delete
hbreak last
continue
backtrace 1
delete
stepi
stepi
print $eip > (long) last
x/2xw $esp
set var counter = 77
continue
X

# ask SERVER...: what gdb shows; words of its own and of the stack are nobody's.
ask()
{
	timeout 300 gdb -q -nx -batch -ex 'set confirm off' -ex 'set height 0' -ex 'set width 0' \
		-ex "file $work/counts" -ex "target remote | $*" -x "$work/commands" 2>"$work/err" |
		sed -E 's/process [0-9]+/process/; s/^0x[0-9a-f]+ in _start.*/at _start/
			s/^(0x[0-9a-f]+:).*/\1 WORDS/; s/^0xff[0-9a-f]+:/STACK/; s/^0xbf[0-9a-f]+:/STACK/' |
		grep -v "^Remote debugging\|^Reading\|^$" || true
}

# A watchpoint, by its name or as a SIGTRAP.
plain_watch()
{
	sed -E '/^Hardware watchpoint [0-9]+: counter$/d; /^(Old|New) value = /d
		/^Program received signal SIGTRAP, Trace.breakpoint trap\.$/d
		s/^0x[0-9a-f]+ in (main \(\))/\1/'
}

cat >"$work/outside" <<X
mount -t proc proc $i386/proc && exec chroot $i386 /usr/bin/gdbserver --once stdio $within/counts
X
ask "unshare -m sh $work/outside" | plain_watch >"$work/expected"
grep -q 'exited with code 0115' "$work/expected" || die "outside it does not come to its end"
for kernel in 2.6.11 sysemu 2.6.14; do
	ask "$SYSEMU exec --kernel $kernel --root $i386 /usr/bin/gdbserver --once stdio $within/counts" |
		plain_watch >"$work/$kernel"
	same "gdb on $kernel" "$work/expected" "$work/$kernel"
done
