#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Pages of `sysemu report`, opened in the browsers that are there (tests/page/report.mjs): a red check, an exploration with its
# coverage, tracers and their children, a schedule that fails beside one that passes, a history. Needs what page.sh needs.
. "$(dirname "$0")/../cli/check.inc"

here=$(cd "$(dirname "$0")" && pwd)
[ -d "${PAGE_NODE:=$HOME/.cache/sysemu/page}/node_modules/puppeteer-core" ] || {
	echo "no puppeteer-core in $PAGE_NODE: no browser was asked"
	exit 77
}
cd "$scratch" || exit 1

# made NAME ARG...: NAME.html of the arguments.
made()
{
	sysemu report --output "$@"
	is "$1" "$status $err" "0 "
	pages+=("$scratch/$1")
}

pages=()
echo 'fast: nr=getpid | insns.entry base ?; insns.kernel base ?' >b.budget
sysemu check --update b.budget
sed -i 's/getpid/getpid flags=AUDIT/' b.budget
sysemu check --report json=check.json b.budget
is "a red check" $status 3
made check.html check.json
sysemu explore --kernel sysemu-1 --depth 4 --cover cov --report json=explore.json
made explore.html explore.json cov
sysemu exec --kernel sysemu --log tracers.log --log-format ndjson "$PROGS/proc_ptrace" </dev/null
made tracers.html tracers.log
sysemu exec --clean-env --schedule all:1 --outcomes outcomes "$PROGS/order" 3 </dev/null
for k in 1 2; do
	sysemu exec --clean-env --schedule "replay:outcomes,$k" --log "log$k" --log-format ndjson "$PROGS/order" 3 </dev/null
done
made schedules.html outcomes log1 log2
sysemu trace --format ndjson --max-stops 20 --code b814000000cd80ebf7
cp out trace
for k in 1 2 3; do
	sysemu report --output page.html --history history --append "v$k" trace
	sed -i '3s/"user":[0-9]*/"user":1'$k'/' trace
done
[ ! -e history ] || made history.html --history history trace

cd "$PAGE_NODE" || exit 1
for browser in chrome:chromium firefox:firefox-esr; do
	path=$(command -v "${browser#*:}") || continue
	out=$(timeout 500 node "$here/report.mjs" "${browser%:*}" "$path" "$scratch" node_modules/axe-core/axe.min.js "${pages[@]}" 2>&1)
	is "${browser#*:}: status, of: $out" $? 0
	echo "$out"
done
[ -z "${PAGE_PICTURES:-}" ] || cp "$scratch"/*.png "$PAGE_PICTURES"
finish
