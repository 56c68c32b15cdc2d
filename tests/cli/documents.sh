#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the pages show is what the command prints. A session is a block of a page, fenced or
# indented by four blanks, whose first line begins with "$ ": its commands are run, the lines
# below each are its output. An ellipsis (U+2026) stands for anything in its line; alone in a
# line, for any lines. A fenced block whose first line ends in NAME.play, .c, .budget, .yml or .sh is
# that file. Commands run in a folder that looks like the repository, with `sysemu` in the path and
# as build/demo/sysemu, and with this build's compiler as cc; those of the tutorial in an empty one. A
# session with a file `vmlinux` is run where scripts/real-kernel has fetched one, with `vmlinuz` or
# `headers` likewise, with `booted` where there is QEMU, too.
. "$(dirname "$0")/check.inc"

root=$(cd "$(dirname "$0")/../.." && pwd)
place=$scratch/place
mkdir -p "$place/build/demo" "$scratch/bin" "$scratch/blocks" "$scratch/lesson"
for entry in "$root"/*; do
	[ "${entry##*/}" = build ] || ln -s "$entry" "$place/"
done
ln -s "$SYSEMU" "$scratch/bin/sysemu"
ln -s "$SYSEMU" "$place/build/demo/sysemu"
ln -s "${SYSEMU%/*}/libsysemu.a" "$place/build/demo/libsysemu.a"
printf '#!/bin/sh\nexec %s "$@"\n' "$CC" >"$scratch/bin/cc"
chmod +x "$scratch/bin/cc"
PATH=$scratch/bin:$PATH

. "$root/scripts/kernel-cache.sh"
vmlinux=$(kernel_in_cache 686)
vmlinuz=$(kernel_in_cache 686 vmlinuz)
headers=$(kernel_in_cache 686 headers)

# blocks PAGE: its sessions as $scratch/blocks/LINE, in order, its files in $here.
blocks()
{
	rm -f "$scratch"/blocks/*
	awk -v here="$here" -v blocks="$scratch/blocks" '
		/^```/ {
			fenced = !fenced
			name = $NF
			sub(/^```/, "", name)
			out = fenced && name ~ /^[a-z0-9-]+\.(play|c|budget|yml|sh)$/ ? here "/" name : ""
			inside = 0
			next
		}
		fenced && out { print >out; next }
		fenced || /^    / {
			line = fenced ? $0 : substr($0, 5)
			if (!inside++)
				session = line ~ /^\$ / ? sprintf("%s/%06d", blocks, NR) : ""
			if (session)
				print line >session
			next
		}
		{ inside = 0 }' "$1"
}

# script SESSION: its commands, each behind a line that shows it.
script()
{
	echo 'shopt -s expand_aliases'
	sed -n 's/^\$ //p' "$1" | while IFS= read -r command; do
		printf 'printf "%%s\\n" %q\n%s\n' "\$ $command" "$command"
	done
}

# pattern SESSION: the session as a regular expression. (sed's \n is a newline: awk puts together
# again what it parts.)
pattern()
{
	sed -e 's/[][\\.*^$+?(){}|]/\\&/g' -e 's/^…$/\x01/' -e 's/…/[^\n]*/g' "$1" |
		awk '{ printf "%s", $0 == "\001" ? "([^\n]*\n)*" : $0 "\n" }'
}

sessions=0
for page in "$root"/*.md "$root"/docs/*.md; do
	here=$place
	[ "${page##*/}" != tutorial.md ] || here=$scratch/lesson
	blocks "$page"
	for session in "$scratch"/blocks/*; do
		[ -e "$session" ] || continue
		sessions=$((sessions + 1))
		# Those of a whole kernel, where the cache of scripts/real-kernel has one.
		if grep -qE 'vmlinu[xz]|\.elf|headers|booted' "$session" && [ "${page##*/}" = real-kernels.md ] &&
			! grep -q 'mine\.elf' "$session"; then
			[ -n "$vmlinux" ] || continue
			ln -sfn "$vmlinux" "$here/vmlinux"
			if grep -qE 'vmlinuz|stripped|headers|booted' "$session"; then
				[ -n "$vmlinuz" ] && [ -n "$headers" ] || continue
				ln -sfn "$vmlinuz" "$here/vmlinuz"
				ln -sfn "$headers" "$here/headers"
			fi
			! grep -q booted "$session" || command -v qemu-system-i386 >/dev/null || continue
		fi
		script "$session" >"$scratch/script"
		(cd "$here" && bash "$scratch/script") >"$scratch/got" 2>&1
		got=$(cat "$scratch/got" && echo .)
		want=$(pattern "$session" && echo .)
		if [[ ! ${got%.} =~ ^${want%.}$ ]]; then
			echo "FAILED: ${page#"$root/"}, line $((10#${session##*/})): page and command differ:"
			diff "$session" "$scratch/got"
			failures=$((failures + 1))
		fi
	done
done
[ $sessions -ge 4 ]
is "sessions found, at least 4" $? 0
finish
