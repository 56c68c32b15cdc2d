#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# docs/reference.md leaves nothing out: each command, page and public header has its row, and
# each command that has one is there.
. "$(dirname "$0")/check.inc"
root=$(cd "$(dirname "$0")/../.." && pwd)
page=$root/docs/reference.md

sysemu help --options
is "commands" "$(sed -n '/^## Commands/,/^## Exit/s/^| `\([a-z]*\)` |.*/\1/p' "$page" | sort)" \
	"$(cut -f 1 <<<"$out" | sort -u)"
for file in "$root"/docs/*.md "$root"/include/libsysemu/*.h; do
	[ "$file" = "$page" ] || grep -q "^|.*\[${file##*/}\](" "$page"
	is "a row for ${file##*/}" $? 0
done
finish
