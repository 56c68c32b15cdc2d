#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The release tarball: the same bytes from two clones at two times under two umasks; what is not
# committed stops it; the tarball has what the commit has.
. "$(dirname "$0")/../cli/check.inc"
root=$(cd "$(dirname "$0")/../.." && pwd)
git -c safe.directory="$root" -C "$root" rev-parse HEAD >/dev/null 2>&1 || { echo "no git checkout here"; exit 77; }
version=$(sed -n 's/^#define SYSEMU_VERSION "\(.*\)"/\1/p' "$root/include/libsysemu/sysemu.h")
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'

# release NAME: of a clone of that name.
release()
{
	git clone -q "$root" "$scratch/$1" && cp "$root/scripts/release" "$root/scripts/common.sh" "$scratch/$1/scripts/" &&
		(cd "$scratch/$1" && git -c user.name=nobody -c user.email=nobody@localhost commit -qam "as it is here" \
			--date="2005-03-02 00:00:00 +0000" 2>/dev/null
		scripts/release >"$scratch/said" 2>&1) || is "release $1" "$(cat "$scratch/said")" "a tarball"
}

export GIT_COMMITTER_DATE="2005-03-02 00:00:00 +0000"
(umask 022 && release one)
(umask 077 && TZ=Asia/Tokyo LC_ALL=C.UTF-8 release two)
tarball=build/release/libsysemu-$version.tar.gz
cmp "$scratch/one/$tarball" "$scratch/two/$tarball" || is "two tarballs" "differ" "the same bytes"
is "what is in it" "$(tar -tzf "$scratch/one/$tarball" | sed -n "s|^libsysemu-$version/\(.*[^/]\)$|\1|p" | sort)" \
	"$(git -C "$scratch/one" ls-files | sort)"
is "its checksum" "$(cd "$scratch/one/build/release" && sha256sum -c "libsysemu-$version.tar.gz.sha256")" \
	"libsysemu-$version.tar.gz: OK"

echo changed >>"$scratch/one/README.md"
out=$("$scratch/one/scripts/release" 2>&1)
is "a change that is not committed: exit" $? 1
has "a change that is not committed" "$out" "not committed"
finish
