#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# page.sh: `sysemu report`: what a page of each kind of input holds is what the input says; that it is one file; and
# what is refused, with its place. How it looks and behaves: tests/page/.
. "$(dirname "$0")/../check.inc"
here=$(cd "$(dirname "$0")" && pwd)
cd "$scratch" || exit 1

# python CODE ARG...: with Page of unpack.py and json at hand.
python()
{
	local code=$1
	shift
	PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$here python3 -c "import json, sys
from unpack import Page
$code" "$@" || failures=$((failures + 1))
}

# ---- a log of processes ----

sysemu exec --kernel sysemu --log log --log-format ndjson "$PROGS/proc_ptrace" </dev/null
is "the program" $status 0
sysemu report --output page.html log
is "a log" "$status $out$err" "0 "
is "nothing of it is elsewhere" "$(grep -cE '(src|href)="?https?:|@import|url\(' page.html)" 0
python '
lines = [json.loads(line) for line in open("log")]
page = Page("page.html")
t, = page.timelines
events = [e for e in lines if e["event"] != "end"]
assert len(t["events"]) == len(events)
flags = dict(t["flags"])
have = {}
for i, (e, got) in enumerate(zip(events, t["events"])):
    assert (e["time"], e["pid"]) == (got["time"], got["pid"]), (e, got)
    kind = e["event"]
    if kind == "sys_enter":
        assert got["state"] == "in the kernel" and got["text"].startswith((e["name"] or "call") + "("), got
    elif kind == "sys_exit":
        assert got["state"] == "in user mode", got
    elif kind == "sched_switch":
        assert got["other"] == (e["next"] or None), got
        assert got["state"] == {"ready": "ready", "waits": "waits", "stopped": "stopped",
                                "traced": "held by its tracer", "ended": "ended"}[e["state"]], got
    elif kind == "task":
        if e["tif"] != have.get(e["pid"], []):
            assert flags.pop(i) == e["tif"], (i, e)
        have[e["pid"]] = e["tif"]
assert not flags
names = {lane["pid"]: lane["name"] for lane in t["lanes"]}
assert all(name == "proc_ptrace" for name in names.values()) and 102 in names

# Each stop that wait4 told of has an arrow to that call from the line in which the task stopped; each task
# but the first has one to its first line from its parent.
told = [(i, e["eax"]) for i, e in enumerate(events) if e["event"] == "sys_exit" and e["name"] == "wait4" and e["eax"] > 0]
arrows = {(t["events"][b]["pid"], b): t["events"][a] for a, b, _ in t["arrows"]}
for i, pid in told:
    start = arrows[events[i]["pid"], i]
    assert start["pid"] == pid and start["state"] in ("stopped", "held by its tracer", "ended"), (i, start)
firsts = {}
for i, e in enumerate(events):
    if e["event"] == "task" and e["pid"] not in firsts:
        firsts[e["pid"]] = i
        assert e["pid"] == 101 or arrows[e["pid"], i]["pid"] == e["parent"], e
assert len(firsts) > 5

end = lines[-1]
costs = {c["name"]: c["value"] for c in page.words["costs"]}
assert costs == {k: v for k, v in {**end["insns"], "user": end["user"]}.items() if v}
assert [(r["status"], r["message"]) for r in page.words["rows"]] == [("pass", "exit 0")]
'

# ---- for Perfetto: the same states ----

sysemu report --format perfetto --output trace.json log
is "perfetto" "$status $err" "0 "
python '
t, = Page("page.html").timelines
trace = json.load(open("trace.json"))["traceEvents"]
slices = [e for e in trace if e["ph"] == "X"]
since, want = {}, []
def change(pid, state, time):
    old = since.get(pid)
    if state is None or (old and old[0] == state):
        return
    if old and old[0] != "ended":
        want.append((pid, old[0], old[1], time))
    since[pid] = (state, time)
for e in t["events"]:
    change(e["pid"], e["state"], e["time"])
    change(e["other"], e["other_state"], e["time"])
want += [(pid, s, at, t["end"]) for pid, (s, at) in since.items() if s != "ended"]
got = [(e["tid"], e["name"], round(e["ts"] * 1000), round((e["ts"] + e["dur"]) * 1000)) for e in slices]
assert sorted(got) == sorted(want)
assert sum(e["ph"] == "s" for e in trace) == sum(e["ph"] == "f" for e in trace) == len(t["arrows"])
assert {e["args"]["name"] for e in trace if e["ph"] == "M"} == {"proc_ptrace", t["title"]}
'

# ---- a trace ----

sysemu trace --format ndjson --max-stops 9 --requests SYSEMU,SYSCALL --code b814000000cd80ebf7
printf '%s\n' "$out" >trace
sysemu report --output page.html trace
is "a trace" "$status $err" "0 "
python '
lines = [json.loads(line) for line in open("trace")]
page = Page("page.html")
t, = page.timelines
stops = [e for e in t["events"] if e["text"].startswith("stop, ")]
time, want = 0, []
for e in lines:
    time += sum(e["insns"].values()) + e["user"]
    if e["event"] == "stop":
        want.append((time, "%04x" % e["status"]))
assert [(e["time"], e["text"][13:17]) for e in stops] == want
assert [e["text"] for e in t["events"] if e["pid"] == 0] == ["PTRACE_" + e["request"] for e in lines if e["request"]]
assert sum(c["value"] for c in page.words["costs"]) == time
shown = [f for _, f in t["flags"]]
have = [[]]
for e in lines:
    have += [e["tif"]] if e["tif"] != have[-1] else []
assert shown == have[1:], (shown, have)
'

sysemu run --log=run --log-format ndjson "$PROGS/hello"
sysemu report --output page.html run
is "a run" "$status $err" "0 "
python '
lines = [json.loads(line) for line in open("run")]
t, = Page("page.html").timelines
assert [e["text"] for e in t["events"] if e["pid"] == 1 and e["text"] not in ("begins", "goes on")] == [e["what"] for e in lines]
assert [e["text"] for e in t["events"] if e["pid"] == 0] == ["PTRACE_" + e["request"] for e in lines if e["request"]]
'

# ---- reports, the worst first; coverage; counts ----

echo 'good: nr=getpid | insns.entry max 40' >b.budget
echo 'bad: nr=getpid | insns.entry exact 36' >>b.budget
sysemu check --report json=check.json b.budget
sysemu explore --kernel sysemu-1 --entry int80 --depth 3 --cover cov --report json=explore.json
sysemu count --format json
printf '%s\n' "$out" >count.json
sysemu report --output page.html check.json explore.json cov count.json
is "three kinds" "$status $err" "0 "
sysemu cover --kernel sysemu-1 --lcov lcov --file entry.S cov
python '
page = Page("page.html")
records = [r for f in ("check.json", "explore.json") for r in json.load(open(f))["records"]]
for key in ("suite", "name", "status", "message", "kernel", "entry"):
    assert [r[key] for r in page.words["rows"]] == [r[key] for r in records], key
costs = [(c["name"], c["value"], c.get("limit"), c["bad"]) for c in page.words["costs"]]
for limit in (limit for r in records for limit in r["limits"]):
    assert (limit["metric"], limit["seen"], limit["limit"], limit["broken"]) in costs
regions = json.load(open("count.json"))["regions"]
assert {k: v for k, v in regions.items() if v} == {c["name"]: c["value"] for c in page.words["costs"] if c["of"].startswith("count.json")}
heat = {(file, line): runs for _, file, line, runs in page.words["heat"]}
lcov = {int(line.split(",")[0][3:]): int(line.split(",")[1]) for line in open("lcov") if line.startswith("DA:")}
assert {line: runs for (file, line), runs in heat.items() if file == "asm/entry/entry.S"} == lcov
assert len(page.words["sources"]["asm/entry/entry.S"].splitlines()) > max(lcov)
'

# JSON as others write it: escapes, pairs of them, blanks, keys that nobody knows.
python '
report = json.load(open("check.json"))
report["records"][0]["message"] = "a \"b\" \\ / \t \u00e9 \u20ac \U0001f600 </script><!--"
report["records"][0]["more"] = {"of": [1.5e3, -0, True, None, {}, []]}
json.dump(report, open("odd.json", "w"), indent=2)
'
sysemu report --output page.html odd.json
is "JSON with escapes" "$status $err" "0 "
python '
row = Page("page.html").words["rows"][0]
assert row["message"] == json.load(open("odd.json"))["records"][0]["message"], row
'

# ---- schedules: one that fails beside one that passes ----

sysemu exec --clean-env --schedule all:1 --outcomes out.txt "$PROGS/order" 3 </dev/null
n=$(grep -c '^outcome ' out.txt)
[ "$n" -gt 1 ] || is "outcomes of order 3" "$n" "more than one"
for k in 1 2; do
	sysemu exec --clean-env --schedule "replay:out.txt,$k" --log "log$k" --log-format ndjson "$PROGS/order" 3 </dev/null
done
sysemu report --output page.html out.txt log1 log2
is "schedules" "$status $err" "0 "
python '
page = Page("page.html")
a, b = page.timelines
n = int(sys.argv[1])
outcomes = [r for r in page.words["rows"] if r["check"] == "schedule"]
assert len(outcomes) == n
x, y = ([{k: e[k] for k in ("pid", "text", "state", "other_state")} for e in t["events"]] for t in (a, b))
part = next((i for i, (p, q) in enumerate(zip(x, y)) if p != q), min(len(x), len(y)))
assert x != y and a["differs"] == b["differs"] == part > 10
' "$n"

# ---- history ----

if "$SYSEMU" report --output page.html --history h.db --append v0 check.json 2>err; then
	sed -i 's/"seen":37/"seen":41/' check.json
	sysemu report --output page.html --history h.db --append v1 check.json
	sysemu report --output page.html --history h.db --append v1 check.json
	is "history" "$status $err" "0 "
	python '
h = Page("page.html").words["history"]
assert h["runs"] == ["v0", "v1"], h
values = {s["name"]: s["values"] for s in h["series"]}
assert values["b.budget: good, insns.entry"] == [37, 41] and values["status broken"] == [1, 1], values
'
	sysemu report --output page.html --history h.db count.json
	python '
page = Page("page.html")
assert page.words["history"]["runs"] == ["v0", "v1"] and not any("base" in c for c in page.words["costs"])
'
	sysemu report --output page.html --history check.json count.json
	is "a history that is none" "$status $err" "2 sysemu: check.json: file is not a database"
	sysemu report --output page.html --history none.db count.json
	is "a history that is not there" $status 2
	sysemu report --output page.html --history :memory: --append v0 count.json
	is "a history is always a file" "$status $err $(head -c 13 ./:memory:)" "0  SQLite format"
	[ ! -e none.db ] || is "and is not made" there absent
else
	has "without SQLite" "$(<err)" "without SQLite"
fi

# ---- refused, with the place; the old page stays ----

echo old >page.html
# refused WHAT MESSAGE: the file `bad`.
refused()
{
	sysemu report --output page.html bad
	is "$1: exit" $status 2
	has "$1" "$err" "$2"
	is "$1: the page" "$(<page.html)" old
}

head -c 300 log >bad
refused "a log that is cut off" "bad:3: the line has no end: cut off?"
sed '3G;$G' log >with-empty-lines
sysemu report --output page.html with-empty-lines
is "empty lines" "$status $err" "0 "
echo old >page.html
sed '5s/:/;/' log >bad
refused "no JSON" "bad:5:9: no JSON: a : is missing"
sed '4s/"time":[0-9]*/"time":1/' log >bad
refused "time goes back" 'bad:4: "time" goes back'
sed '2s/"pid"/"pit"/' log >bad
refused "no pid" 'bad:2: no number "pid"'
sed '1s/"schema":2/"schema":1/' log >bad
refused "another schema" 'bad:1: "schema" is not 2'
sed '6s/"sys_[a-z]*"/"sys_none"/' log >bad
refused "no such event" 'bad:6: "event": "sys_none" is none of them'
sed 's/"tif":\[\]/"tif":["FLY"]/' log >bad
refused "no such flag" 'bad:2: "tif": not a flag'
sed 's/"status":"[a-z]*"/"status":"fine"/' check.json >bad
refused "no status" 'bad: record 1 has no "suite", "name", "check" or "status"'
python3 -c 'print("[" * 100000)' >bad
refused "brackets" "bad: nothing that"
python3 -c 'print("{\"a\":" + "[" * 100000)' >bad
refused "too deep" "bad:1:69: no JSON: too many brackets within each other"
echo 'hello' >bad
refused "something else" "bad: nothing that \`sysemu report\` knows"
: >bad
refused "nothing" "bad: nothing that"
sed '3s/^kernel.*/kernel none 0/;2s/ .*/ x/' cov >bad
refused "coverage" "bad:2: "
sysemu report --output page.html no-such-file
is "no such file" $status 2
sysemu report log
has "no output" "$status $err" "2 sysemu report: --output"
sysemu report --format perfetto --output page.html check.json
has "no timeline" "$status $err" "2 sysemu: --format perfetto: no FILE is a log"
is "no timeline: the page" "$(<page.html)" old
sysemu report --output log log
has "an input as output" "$status $err" '2 sysemu report: --output: "log" is what is read'
cp db db.before 2>/dev/null || : >db.before
cp db.before db2
sysemu report --output db2 --history db2 --append v1 check.json
has "the history as output" "$status $err" '2 sysemu report: --output: "db2" is the history'
is "the history as output: untouched" "$(cmp db.before db2 && echo same)" same
sysemu report --output new --history new --append v1 check.json
has "the history as output, new" "$status $err" '2 sysemu report: --output: "new" is the history'
for n in 1 2 3 4 5 6; do
	"$SYSEMU" report --output "at$n.html" --history at-once --append "c$n" check.json 2>>at-once.err &
done
wait
is "six at once" "$(cat at-once.err)" ""
sysemu report --output page.html --append v1 log
has "append to nothing" "$status $err" "2 sysemu report: --append is nothing without --history"
finish
