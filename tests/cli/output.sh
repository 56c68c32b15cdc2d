#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Files that the command writes: whole or not at all, through devices, pipes and symbolic links,
# and never over what is somebody else's; logs line by line; and what an interruption leaves.
. "$(dirname "$0")/check.inc"
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$scratch" || exit 1
explore="explore --entry int80 --depth 1"

# left: what lies in the folder, but for this test's own files.
left()
{
	ls -A "$scratch" | grep -vxE 'out|err' | tr '\n' ' '
}

# ---- a regular file ----

for option in table dot promela; do
	sysemu $explore --$option good.$option
	is "--$option: exit" $status 0
done
is "three files, and no parts" "$(left)" "good.dot good.promela good.table "
for option in table dot promela; do
	echo old >new
	chmod 640 new
	echo mine >new.part
	sysemu $explore --$option new
	is "--$option over a file: exit" $status 0
	cmp new good.$option || is "--$option over a file" different equal
	is "--$option: its mode" "$(stat -c %a new)" 640
	is "--$option: FILE.part is the user's" "$(cat new.part)" mine
	rm new new.part
done
umask 027
sysemu $explore --dot new
is "a new file's mode" "$(stat -c %a new)" 640
umask 022
rm new

# Cut in the middle: what was there stays.
for option in table dot promela; do
	echo old >new
	(trap '' XFSZ; ulimit -f 1; "$SYSEMU" $explore --$option new >/dev/null 2>err)
	is "--$option, no room: exit" $? 4
	has "--$option, no room" "$(cat err)" "cannot write new: File too large"
	is "--$option, no room: the old file" "$(cat new)" old
	is "--$option, no room: no part" "$(left)" "good.dot good.promela good.table new "
	rm new
done

# ---- links ----

mkdir d
echo old >d/target
ln -s d/target link
ln -s ../link d/second
ln -s nothing-yet d/dangling
ln -s loop loop
sysemu $explore --dot d/second
is "a link to a link to a file: exit" $status 0
cmp d/target good.dot || is "behind two links" different equal
is "links stay" "$(readlink link) $(readlink d/second)" "d/target ../link"
sysemu $explore --dot d/dangling
is "a link to nothing: exit" $status 0
cmp d/nothing-yet good.dot || is "behind a link to nothing" different equal
is "the link stays" "$(readlink d/dangling)" nothing-yet
sysemu $explore --dot loop
is "a link to itself" "$status $out" "4 "
has "a link to itself" "$err" "cannot write loop: Too many levels of symbolic links"

# ---- devices and pipes ----

ln -s /dev/full full
ln -s /dev/null null
mkfifo fifo
for option in table dot promela; do
	sysemu $explore --$option full
	is "--$option to a full device: exit" $status 4
	has "--$option to a full device" "$err" "cannot write full: No space left on device"
	sysemu $explore --$option null
	is "--$option to /dev/null: exit" $status 0
	cat fifo >got &
	sysemu $explore --$option fifo
	is "--$option to a pipe: exit" $status 0
	wait
	cmp got good.$option || is "--$option to a pipe" different equal
done
is "what they were, they are" "$(stat -c %F full null fifo)" "symbolic link
symbolic link
fifo"
[ -c /dev/full ] && [ -c /dev/null ] && [ ! -e fifo.part ]
is "devices are devices" $? 0
for file in - /dev/stdout; do
	"$SYSEMU" $explore --dot $file >both
	is "--dot $file: exit" $? 0
	is "--dot $file: report and graph" "$(grep -c -e 'states, ' -e '^digraph' both)" 2
done

# ---- what cannot be is refused before the work ----

echo x >file
for path in no/such/place d file/x; do
	for option in table dot promela; do
		sysemu $explore --$option $path
		is "--$option $path" "$status $out" "4 "
		has "--$option $path" "$err" "cannot write $path: "
	done
	for command in "run $PROGS/hello" "trace --code cd80 --max-stops 1" "play $root/scenarios/patch.play" \
		"inject --inject kill $root/scenarios/patch.play" "diff 2.6.11 2.6.14" "$explore"; do
		sysemu ${command%% *} --cover $path ${command#* }
		is "$command --cover $path" "$status $out" "4 "
		has "$command --cover $path" "$err" "cannot write $path: "
	done
done
for path in no/such/place file; do
	sysemu $explore --scripts $path
	is "--scripts $path" "$status $out" "4 "
	has "--scripts $path" "$err" "cannot write to $path: "
done
if [ "$(id -u)" != 0 ]; then
	chmod 400 file
	sysemu $explore --dot file
	is "a file that may not be written" "$status $out $(cat file)" "4  x"
fi
# What we may write but not replace is written through: its owner and group stay.
if [ "$(id -u)" = 0 ] && setpriv --reuid 65534 --regid 65534 --clear-groups "$SYSEMU" --version >got 2>&1; then
	mkdir -m 755 theirs
	mkdir -m 777 open
	chmod 755 .
	for path in theirs/file open/file; do
		echo old >$path
		chown 0:4 $path
		chmod 666 $path
		setpriv --reuid 65534 --regid 65534 --clear-groups "$SYSEMU" $explore --dot $path >got 2>&1
		is "another's $path: exit" $? 0
		cmp $path good.dot || is "another's $path" different equal
		is "another's $path keeps" "$(stat -c '%u %g %a' $path)" "0 4 666"
	done
	is "nothing else is there" "$(ls -A theirs open | tr '\n' ' ')" "open: file  theirs: file "
	rm -r theirs open
fi
ln -s new also-new
for two in "--table new --dot ./new" "--dot new --promela new" "--table also-new --promela new" \
	"--dot new --report json=./new"; do
	sysemu $explore $two
	is "$two" "$status $out" "2 "
done
for many in "--kernel all" "--kernel sysemu,2.6.11" "--kernel sysemu-5,sysemu-4 --entry sysenter" \
	"--entry both"; do
	sysemu explore --entry int80 $many --depth 1 --table new
	is "$many --table" "$status $out" "2 "
	has "$many --table" "$err" "--table: a file holds one exploration, not "
done
[ ! -e new ]
is "nothing was written" $? 0

# A closed descriptor does not become the file.
"$SYSEMU" $explore --dot new >&- 2>err
is "stdout closed: exit" $? 4
has "stdout closed" "$(cat err)" "cannot write standard output: Bad file descriptor"
cmp new good.dot || is "stdout closed: the graph" different equal
rm new
"$SYSEMU" $explore --dot new <&- >/dev/null 2>&-
is "stdin and stderr closed: exit" $? 0
cmp new good.dot || is "stdin and stderr closed: the graph" different equal
"$SYSEMU" run --log=new "$PROGS/hello" >&- 2>/dev/null
is "run, stdout closed: the log alone" "$(grep -c -e '^ *0  SIGSTOP' -e hello new)" 1
rm new

# ---- interruptions ----

for signal in TERM HUP INT; do
	echo old >new
	env --default-signal=INT "$SYSEMU" explore --entry int80 --table new --dot fifo >/dev/null 2>&1 &
	exec 3<fifo # it is open: so is what lies beside `new`
	kill -$signal $!
	wait $!
	is "explore, SIG$signal: exit" $? $((128 + $(kill -l $signal)))
	exec 3<&-
	is "explore, SIG$signal: the old file" "$(cat new)" old
	is "explore, SIG$signal: no part" "$(ls -A | grep -c '^\.sysemu')" 0
done

# Nobody reads on. (Whoever runs this may ignore SIGPIPE.)
env --default-signal=PIPE "$SYSEMU" explore --entry int80 --depth 2 --table new --dot - >fifo 2>err &
exec 3<fifo
exec 3<&-
wait $!
is "nobody reads: exit" $? 141
is "nobody reads" "$(cat new) $(ls -A | grep -c '^\.sysemu')" "old 0"

for signal in TERM HUP INT; do
	: >log
	exec 3< <(exec tail -f log 2>/dev/null)
	tail=$!
	env --default-signal=INT "$SYSEMU" run --log=log "$PROGS/loop" &
	read -r line <&3 # the launch stop; then the program runs for ever
	kill -$signal $!
	wait $!
	is "run --log, SIG$signal: exit" $? $((128 + $(kill -l $signal)))
	kill $tail
	exec 3<&-
	has "run --log, SIG$signal: the first line" "$line" SIGSTOP
	is "run --log, SIG$signal: the log" "$(sed 's/^ *//' log)" "$line
end   interrupted"
done

# A signal that was ignored stays so (nohup): the program goes on to its end.
(trap '' HUP; exec "$SYSEMU" run --log=fifo "$PROGS/hello" >got) &
exec 3<fifo
kill -HUP $!
log=$(cat <&3)
wait $!
is "run, SIGHUP ignored" "$? $(cat got)" "7 hello"
has "run, SIGHUP ignored" "$log" "end   exit 7"
exec 3<&-

for format in text ndjson; do
	"$SYSEMU" trace --format $format --max-insns 18446744073709551615 "$PROGS/loop" >fifo &
	exec 3<fifo
	read -r line <&3
	kill -TERM $!
	wait $!
	is "trace, SIGTERM: exit" $? 143
	has "trace: a line as it comes" "$line" stop
	rest=$line$(cat <&3 && echo .)
	case $rest in
	*"$line." | *$'\n.') ;;
	*) is "trace: whole lines" "$rest" "a new line at the end" ;;
	esac
	exec 3<&-
done

# ---- logs go where they are told ----

"$SYSEMU" run --log=/dev/stdout "$PROGS/hello" >both
is "run --log=/dev/stdout" "$? $(grep -cE '^hello|write\(4\) = 6|^end   exit 7' both)" "7 3"
"$SYSEMU" run --log=null "$PROGS/hello" >got
is "run --log to /dev/null" "$? $(cat got) $(readlink null)" "7 hello /dev/null"
finish
