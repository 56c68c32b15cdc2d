#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# --report of check, play, explore and inject: each format by a reader of its own (a JSON schema, an
# XML schema, prove, a reader of KTAP), GitHub's and GitLab's by their rules; and where they go.
. "$(dirname "$0")/check.inc"
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cd "$scratch" || exit 1

cat >rows.budget <<'END'
kept:	| insns.entry exact 37
broken:	flags=EMU timing=i486 | insns.entry exact 37; clocks base ?; stops exact 0
stops:	requests=SYSEMU | stops exact 7
circle:	requests=SYSEMU,SINGLESTEP nr=99999 kernel=2.6.11 | stops exact 0
END
cat >nasty.play <<'END'
scenario a<&>"'#%,:x
	about	a name that every format has to write in its own way
	pass	sysemu
program
	exit 0
rows
	stop STOP | CONT
	exit 1
END
printf 'scenario \xff\x01\n' >unread.play

# What they are of, by command: several records, of more than one status.
declare -A commands=(
	[check]="check rows.budget"
	[play]="play --kernel sysemu nasty.play $root/scenarios/patch.play unread.play"
	[explore]="explore --kernel sysemu-1 --entry int80 --depth 2"
	[inject]="inject --kernel sysemu-1 --scenario E-SYSEMU --inject tif-EMU $root/scenarios/table.play")
declare -A codes=([check]=1 [play]=2 [explore]=0 [inject]=0)
declare -A records=([check]=4)

# ---- the records, by the schema that the documents have ----

cat >schema.py <<'END'
import json, sys, jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(schema)
report = json.load(open(sys.argv[2]))
jsonschema.validate(report, schema)
records = report["records"]
names = [(r["suite"], r["name"]) for r in records]
assert len(set(names)) == len(names), "a name for two records"
assert report["summary"]["records"] == len(records)
for status in "pass", "finding", "broken", "fail", "error":
	assert report["summary"][status] == sum(r["status"] == status for r in records), status
print(len(records), sum(r["status"] in ("broken", "fail", "error") for r in records))
END
declare -A bad=()
for command in "${!commands[@]}"; do
	reports=()
	for kind in json junit tap ktap github gitlab; do
		reports+=(--report $kind=$command.$kind)
	done
	sysemu ${commands[$command]} "${reports[@]}"
	is "$command: exit" $status "${codes[$command]}"
	read -r records[$command] bad[$command] <<<"$(python3 schema.py "$root/docs/report.schema.json" $command.json)"
	is "$command --report json: by its schema" "${bad[$command]:+valid}" valid
done
is "check: records, and those that are not kept" "${records[check]} ${bad[check]}" "4 3"
is "inject: findings are no failures" "${bad[inject]}" 0
is "explore: the known defects are no failures" "${bad[explore]}" 0
has "play: what cannot be read is no silence" "$(<play.json)" \
	'"suite":"unread.play","name":"file","check":"verdict","kernel":null,"entry":null,"status":"error"'

# ---- JUnit ----

for command in "${!commands[@]}"; do
	xmllint --noout --schema "$here/junit.xsd" $command.junit 2>lint
	is "$command --report junit: by a schema" "$? $(<lint)" "0 $command.junit validates"
	is "$command --report junit: cases" "$(xmllint --xpath 'count(//testcase)' $command.junit)" \
		"${records[$command]}"
	is "$command --report junit: failures and errors" \
		"$(xmllint --xpath 'count(//failure|//error)' $command.junit)" "${bad[$command]}"
	is "$command --report junit: as it says" "$(xmllint --xpath \
		'sum(//testsuite/@failures)+sum(//testsuite/@errors)' $command.junit)" "${bad[$command]}"
done
is "junit: a name comes back" "$(xmllint --xpath 'string(//testcase[1]/@name)' play.junit)" \
	"a<&>\"'#%,:x (sysemu, int80)"

# ---- TAP, by perl's consumer; KTAP, by its grammar ----

for command in "${!commands[@]}"; do
	prove -e cat $command.tap >prove 2>&1
	is "$command --report tap: prove, exit" $? $((bad[$command] > 0))
	case ${bad[$command]} in
	0) has "$command --report tap: prove" "$(<prove)" "Result: PASS" ;;
	*) has "$command --report tap: prove" "$(<prove)" "Failed ${bad[$command]}/${records[$command]} subtests" ;;
	esac
	grep -c -i -e 'parse error' -e 'bad plan' prove >/dev/null
	is "$command --report tap: prove has nothing to say of the form" $? 1
	awk -v want="${records[$command]}" '
		function fail(why) { print FILENAME ":" NR ": " why; failed = 1; exit 1 }
		NR == 1 && !/^KTAP version 1$/ { fail("no version") }
		NR == 2 && !/^1\.\.[0-9]+$/ { fail("no plan") }
		NR == 2 { split($0, plan, "\\.\\."); suites = plan[2] }
		NR <= 2 { next }
		/^  KTAP version 1$/ { n = 0; subtests = -1; next }
		/^  1\.\.[0-9]+$/ { subtests = substr($0, 6); next }
		/^  (not )?ok [0-9]+ [^ #]+$/ {
			n++; all++
			number = /not ok/ ? $3 : $2
			if (number != n) fail("number " number)
			next
		}
		/^(not )?ok [0-9]+ [^ #]+$/ {
			seen++
			if (n != subtests) fail("plan " subtests ", but " n)
			next
		}
		!/^  # / { fail("what is: " $0) }
		END { if (!failed && (seen != suites || all != want)) fail("suites or tests are missing") }
	' $command.ktap
	is "$command --report ktap: by its grammar" $? 0
done

# ---- GitHub and GitLab ----

for command in "${!commands[@]}"; do
	is "$command --report github: lines" "$(grep -cvE \
		'^::(error|notice) (file=[^,:]+(,line=[0-9]+)?(,col=[0-9]+)?,)?title=[^,:]+::.*$' \
		$command.github)" 0
	python3 - $command.gitlab "${bad[$command]}" <<'END' || is "$command --report gitlab" "not in order" "in order"
import json, sys
issues = json.load(open(sys.argv[1]))
assert len({i["fingerprint"] for i in issues}) == len(issues) >= int(sys.argv[2])
for i in issues:
	assert set(i) == {"description", "check_name", "fingerprint", "severity", "location"}
	assert i["severity"] in ("info", "minor", "major", "critical", "blocker")
	assert i["location"]["path"] and i["location"]["lines"]["begin"] >= 1
END
done
has "github: a title with its escapes" "$(<play.github)" \
	"title=sysemu play%3A a<&>\"'#%25%2C%3Ax (sysemu%2C int80)::"
has "github: the row of a script" "$(<play.github)" "file=nasty.play,line=8,col=2,"
has "github: the row of a budget" "$(<check.github)" "file=rows.budget,line=2,col=1,"
has "github: a window's line in the kernel" "$(<inject.github)" "::notice file=asm/history/trace-1.c,line="

# ---- where they go ----

sysemu play nasty.play --report junit --report tap=here.tap
is "one takes standard output, alone" "$(head -c 5 <<<"$out") $(head -n 1 here.tap)" "<?xml TAP version 13"
sysemu play nasty.play --report github
has "annotations stand beside the command's own words" "$out" "1 scenarios, played 2 times, 2 not as stated"
has "annotations stand beside the command's own words" "$out" "::error file=nasty.play,"
sysemu play nasty.play --report junit --report tap
is "two for standard output: exit" "$status $out" "2 "
has "two for standard output" "$err" "--report: junit and tap are one file"
sysemu play nasty.play --report json=new --report tap=./new
is "two for one file: exit, and nothing is written" "$status $(ls new* 2>/dev/null)" "2 "
(export GITHUB_ACTIONS=true; "$SYSEMU" play nasty.play >out)
has "under GitHub's actions annotations come by themselves" "$(<out)" "::error file=nasty.play,"
(export GITHUB_ACTIONS=true; "$SYSEMU" play nasty.play --report json >out)
python3 -c 'import json; json.load(open("out"))'
is "... but not between the lines of another format" $? 0

# A full disk is an error, and the old file stays.
for command in check play; do
	for kind in text json junit tap ktap; do
		echo old >new
		(trap '' XFSZ; ulimit -f 1; "$SYSEMU" ${commands[$command]} --report $kind=new >/dev/null 2>err)
		code=$?
		[ "$("$SYSEMU" ${commands[$command]} --report $kind 2>/dev/null | wc -c)" -gt 1024 ] || continue
		is "$command --report $kind, no room: exit" $code 4
		has "$command --report $kind, no room" "$(<err)" "cannot write new: File too large"
		is "$command --report $kind, no room: the old file" "$(<new)" old
	done
done
sysemu play nasty.play --report json=/dev/full
is "a full device: exit" $status 4
sysemu play nasty.play --report json=no/such/place
is "no such place: exit, before the work" "$status $out" "4 "

# An interruption leaves no half file.
mkfifo fifo
for command in explore inject; do
	echo old >new
	env --default-signal=INT "$SYSEMU" ${commands[$command]/--depth 2/} --report json=new \
		--report tap=fifo >/dev/null 2>&1 &
	exec 3<fifo # it is open: so is what lies beside `new`
	kill -INT $!
	wait $!
	is "$command interrupted: exit" $? 130
	exec 3<&-
	is "$command interrupted: the old file, and no part" "$(<new) $(ls -A | grep -c '^\.sysemu')" "old 0"
done
finish
