#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Every option of every command, from the table itself (`sysemu help --options`): values that
# cannot be are refused with exit 2, nothing on stdout, and a message that names the option. An
# option that another command has with the same type and range has all its wrong values there: the
# same function reads them from the same columns. Here it has the first.
. "$(dirname "$0")/check.inc"

declare -A tried=() # "OPTION TYPE ARG LEAST MOST"
first=              # the first wrong value alone?

# refused COMMAND OPTION ARG...; what it says is in $err.
refused()
{
	local command=$1 option=$2
	shift 2
	sysemu "$command" "$@"
	is "$command $*: exit" $status 2
	is "$command $*: stdout" "$out" ""
	has "$command $*: names the option" "${err%%$'\n'*}" "sysemu $command: --$option"
}

# less N, more N: beside a number of up to 64 bits, by text where the shell has no such number.
less()
{
	[ "$1" = 0 ] && echo -1 || echo $(($1 - 1))
}

more()
{
	case $1 in
	18446744073709551615) echo 18446744073709551616 ;;
	9223372036854775807) echo 9223372036854775808 ;;
	*) echo $(($1 + 1)) ;;
	esac
}

sysemu help --options
is "help --options: exit" $status 0
table=$out
commands=$(cut -f 1 <<<"$table" | uniq | tr '\n' ' ')
is "all commands" "$commands" "run exec schedules trace count gdb kernels play inject explore timing dis check cover lint kernel diff bisect conformance report "
rows=0 helped=
while IFS=$'\t' read -r command option type arg least most preset not_with needs how text; do
	rows=$((rows + 1))
	if [ "$helped" != "$command" ]; then
		helped=$command
		help=$("$SYSEMU" help "$command")
	fi
	has "help $command" "$help" "--$option"
	has "help $command" "$help" "$text"
	if [ "$type" = switch ]; then
		refused "$command" "$option" "--$option=1"
		refused "$command" "$option" "--$option="
		continue
	fi
	refused "$command" "$option" "--$option="
	case $arg in
	'['*) ;;
	*) refused "$command" "$option" "--$option" ;;
	esac
	key="$option $type $arg $least $most"
	first=${tried[$key]-}
	tried[$key]=yes
	case $type in
	number | address | call)
		for value in "$(less "$least")" "$(more "$most")" -0 +1 ' 1' '1 ' 1x 0x x 1.5 1e3 \
			0x10000000000000000 18446744073709551616 99999999999999999999999 -1 \
			-9223372036854775808 $'1\n' ٣; do
			refused "$command" "$option" "--$option=$value"
			[ "$preset" = - ] || [ "$type" = call ] || has "$command's preset of $option" \
				"$err" "from "
			[ -z "$first" ] || break
		done
		;;
	choice)
		for value in "$arg" nonsense "${arg%%|*} " "${arg%%|*}," "${arg%%|*}|" "|"; do
			refused "$command" "$option" "--$option=$value"
			has "$command --$option=$value: what is possible" "$err" "is none of $arg"
			[ -z "$first" ] || break
		done
		;;
	kernel | kernels | model | requests | flags | injection | code | variable | report | profile | schedule | part)
		for value in = , : nonsense, ,nonsense $'\xff' %s%n \
			"$(printf 'x%.0s' {1..5000})"; do
			refused "$command" "$option" "--$option=$value"
			[ -z "$first" ] || break
		done
		;;
	text | file | output | folder) ;;
	*) is "$command --$option: a type that this test knows" "$type" known ;;
	esac
done <<<"$table"
[ $rows -ge 40 ]
is "rows in the table, at least 40" $? 0
finish
