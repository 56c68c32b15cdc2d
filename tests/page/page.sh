#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A page of `sysemu explore --page`, opened in the browsers that are there (tests/page/browser.mjs): each finding,
# 50 clicks, and what is walked is played by the library: what the page says is what it does. Needs node, and
# puppeteer-core and axe-core of npm in the folder $PAGE_NODE; without them only that a page is made.
. "$(dirname "$0")/../cli/check.inc"

here=$(cd "$(dirname "$0")" && pwd)
page=$scratch/page.html
sysemu explore --kernel 2.6.11,sysemu-1,sysemu-3,sysemu-4,sysemu,sysemu-as-printed --again 0 --depth 4 --page "$page"
is "explore: status" $status 0
size=$(stat -c %s "$page")
[ "$size" -lt 3000000 ] || is "its size" "$size" "below 3,000,000"
is "nothing of it is elsewhere" "$(grep -cE '(src|href)="?https?:|@import|url\(' "$page")" 0
sysemu explore --kernel sysemu-1 --page "$page" --first-choice 1
is "half an exploration: status" $status 2
sysemu explore --kernel sysemu-1 --page "$page" --dot "$page"
is "two files in one: status" $status 2

[ -d "${PAGE_NODE:=$HOME/.cache/sysemu/page}/node_modules/puppeteer-core" ] || {
	[ "$failures" = 0 ] || finish
	echo "no puppeteer-core in $PAGE_NODE: no browser was asked"
	exit 77
}
cd "$PAGE_NODE" || exit 1
for browser in chrome:chromium firefox:firefox-esr; do
	path=$(command -v "${browser#*:}") || continue
	mkdir -p "$scratch/${browser%:*}"
	out=$(timeout 500 node "$here/browser.mjs" "$page" "${browser%:*}" "$path" "$scratch/${browser%:*}" \
		node_modules/axe-core/axe.min.js 2>&1)
	is "${browser#*:}: status, of: $out" $? 0
	echo "$out"
	sysemu play "$scratch/${browser%:*}"/*.play
	is "${browser#*:}: what it walked is what the library does" "$(tail -n 1 <<<"$out" | sed 's/.*, //')" \
		"0 not as stated"
done
[ -z "${PAGE_PICTURES:-}" ] || cp "$scratch"/chrome/*.png "$PAGE_PICTURES"
finish
