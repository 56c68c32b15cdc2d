#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Command lines at random from the table of options: none ends by a signal or with an exit code
# that no page names, a usage error says so on stderr alone, the same line says the same again,
# and nothing but the files that were asked for is written. SEEDS="1 5000": other seeds.
. "$(dirname "$0")/check.inc"
cd "$scratch" || exit 1
mkdir work folder
cd work || exit 1
printf '\xb9\x03\0\0\0\x50\x58\xcd\x40\x49\x75\xf9\xf4' >code
printf 'MOO ' >moo
printf 'scenario s\n\tpass sysemu\nprogram\n\tnop\nrows\n\tlimit\n' >s.play
"$SYSEMU" explore --entry int80 --depth 1 --table table >/dev/null
: >empty
ln -s /dev/full full
ln -s loop loop
echo mine >out.part
printf 'r: kernel=sysemu | insns.entry base 37\ns: flags=EMU | stops exact 0\n' >b
echo mine >sysemu.budget
mine=$(md5sum code moo s.play table empty out.part b sysemu.budget)

# pick LIST...: one of them, in $picked. (A generator of our own: every shell has the same.)
state=1
pick()
{
	state=$(((state * 1103515245 + 12345) & 0x7fffffff))
	shift $(((state >> 12) % $#))
	picked=$1
}

nasty=("" " " - -- --help -1 0 1 2 18446744073709551615 18446744073709551616 4294967296 0x 0x10 1e9
	all none , "|" : = A=B %s%n%s $'\xff\xfe' $'a\nb' "$(printf 'A%.0s' {1..300})" / . .. \
	/dev/null full folder loop no/such code moo s.play table empty out)

# value TYPE ARG: in $picked; nine of ten may be right.
value()
{
	pick 1 2 3 4 5 6 7 8 9 nasty
	if [ "$picked" = nasty ]; then
		pick "${nasty[@]}"
		return
	fi
	case $1 in
	number) pick 0 1 2 3 10 64 100 1000 ;;
	address) pick 0 5 12 0x1000 0x1005 0xfffffff8 0xffffffff ;;
	call) pick getpid 20 0 exit 4294967295 read ;;
	choice) pick ${2//|/ } ;;
	kernel | kernels) pick sysemu 2.6.11 sysemu-1 2.6.14 sysemu-as-printed sysemu,2.6.14 ;;
	model) pick insn i386dx i386dx,iret=state i386ex-bus,wait=1 i486 p5 p5,wait=9 all ;;
	flags) pick none TRACE EMU,trace SINGLESTEP,IRET ;;
	requests) pick SYSEMU sysemu,CONT SYSCALL SYSCALL,SINGLESTEP CONT:9 CONT:0 CONT:70 KILL DETACH ;;
	injection) pick kill need_resched tif+EMU tif-EMU signal:USR1 signal:0 ;;
	code) pick 90 b814000000cd80ebfe f4 cd80 0f34 "90 ebfe" ;;
	variable) pick A=B A= PATH=x ;;
	folder) pick . folder ;;
	output) pick out out2 full /dev/null ;;
	file) pick code moo s.play table empty ;;
	report) pick text json=out junit=out2 tap ktap=/dev/null github gitlab=full ;;
	*) pick s loop x ;;
	esac
}

IFS=$'\n' read -r -d '' -a rows < <("$SYSEMU" help --options && printf '\0')
commands=(run trace count kernels play inject explore timing dis check)
# What each is nothing without, and what bounds it; behind the random options, so that it counts.
declare -A forms=([run]="--max-insns=20000" [trace]="--max-insns=20000"
	[explore]="--depth=1|--merge" [timing]="|--max-insns=1000 --timing=insn --code=code"
	[inject]="--inject=kill" [dis]="|--code=code")
declare -A operands=([run]="$PROGS/hello" [trace]="$PROGS/calls" [play]=s.play [inject]=s.play
	[explore--merge]=table [dis]=restore_all [check]=b)

# make_line: one command line, in the array `line`.
make_line()
{
	local command options form n i command_row option type arg rest
	pick "${commands[@]}"
	command=$picked
	line=("$command")
	mapfile -t options < <(printf '%s\n' "${rows[@]}" | grep "^$command	")
	pick 0 1 1 2 2 3 4
	n=$picked
	for ((i = 0; i < n; i++)); do
		pick "${options[@]}"
		IFS=$'\t' read -r command_row option type arg rest <<<"$picked"
		picked=
		[ "$type" = switch ] || value "$type" "$arg"
		if [ "$type" = switch ]; then
			line+=("--$option")
		else
			line+=("--$option=$picked")
		fi
	done
	IFS='|' read -r -a options <<<"${forms[$command]-}"
	pick "${options[@]-}"
	form=$picked
	line+=($form)
	pick 1 2 3 4 5 6 7 8 9 nasty
	if [ "$picked" = nasty ]; then
		pick "${nasty[@]}" "$PROGS/loop" table code
		line+=("$picked")
	elif [ "$command$form" != dis--code=code ]; then
		line+=(${operands[$command]-} ${operands[$command$form]-})
	fi
}

read -r first last <<<"${SEEDS:-1 100}"
for ((seed = first; seed <= last; seed++)); do
	state=$seed
	for i in 1 2 3 4 5; do pick x; done
	make_line
	name="seed $seed: sysemu${line[*]/#/ }"
	for i in 1 2; do
		"$SYSEMU" "${line[@]}" >../got$i 2>../error$i </dev/null
		code=$?
		sed -i '/executed in/d; s/"\(cpu_\)\?milliseconds":[0-9]*//g' ../got$i
	done
	case ${line[0]}:$code in
	*:0 | *:1 | *:2 | *:4 | run:7 | run:125 | run:126 | run:3 | check:3) ;;
	*) is "$name: exit" $code "0, 1, 2 or 4; of check 3" ;;
	esac
	cmp -s ../got1 ../got2 && cmp -s ../error1 ../error2 || is "$name" "another output" "the same again"
	if [ $code = 2 ]; then
		[ -s ../error2 ] || is "$name: exit 2, stderr" "" "a sentence"
	fi
	is "$name: our files" \
		"$(md5sum code moo s.play table empty out.part b sysemu.budget)" "$mine"
	extra=$(ls -A | grep -vxE 'code|moo|s\.play|table|empty|out\.part|full|loop|out|out2|b|b\.paths|sysemu\.budget')
	is "$name: no other files" "$extra" ""
	[ -c /dev/full ] && [ -L full ] && [ -L loop ] || is "$name: links and devices" gone there
	rm -f out out2 b.paths
done
finish
