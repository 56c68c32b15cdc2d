#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# sysemu run --root: the program sees files below that folder only, and cannot change them.
. "$(dirname "$0")/check.inc"

root=$scratch/root
mkdir -p "$root/dir"
echo inside >"$root/file"
echo deep >"$root/dir/deep"
echo outside >"$scratch/secret"
ln -s file "$root/relative"
ln -s /file "$root/absolute"
ln -s ../secret "$root/escape"
ln -s "$scratch/secret" "$root/escape-absolute"
ln -s ../file "$root/dir/up"

# reads PATH WANT
reads()
{
	sysemu run --root "$root" "$PROGS/cat" "$1"
	is "cat $1" "$status $out" "0 $2"
}

reads /file inside
reads file inside
reads /dir/deep deep
reads /relative inside
reads /absolute inside
reads /dir/up inside
reads /dir/../file inside
# Nothing lies above the root: there `..` is the root itself.
reads /../file inside
reads /../../../../file inside
reads /../secret "errno 2"
reads /escape "errno 2"
reads /escape-absolute "errno 2"
reads "$scratch/secret" "errno 2"
reads /missing "errno 2"

sysemu run --root "$root" "$PROGS/cat" +/new
has "creating a file" "$out" "errno"
is "creating a file" "$(ls "$root")" "absolute
dir
escape
escape-absolute
file
relative"
sysemu run --root "$root" "$PROGS/cat" +/file
has "opening for writing" "$out" "errno"
is "opening for writing" "$(cat "$root/file")" inside

sysemu run "$PROGS/cat" /etc/passwd
has "no --root, no files" "$status $out" "0 errno"
finish
