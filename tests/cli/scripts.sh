#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The scripts of scripts/, as far as they go without a network and without being root: usage,
# refusals, an engine that fails, and where scripts/demo finds a source package.
. "$(dirname "$0")/check.inc"
root=$(cd "$(dirname "$0")/../.." && pwd)

# run COMMAND...: its exit status is in $status, what it prints in $out.
run()
{
	out=$("$@" 2>&1)
	status=$?
}

for script in demo differ test in-root packages try-packages release abi; do
	run "$root/scripts/$script" --help
	is "$script --help: exit" $status 0
	has "$script --help" "$out" "usage: scripts/$script"
	run "$root/scripts/$script" --nonsense
	is "$script --nonsense: exit" $status 2
	has "$script --nonsense" "$out" "usage: scripts/$script"
done
run "$root/scripts/in-root" trixie
is "in-root without a command: exit" $status 2
run "$root/scripts/in-root" ../trixie true
is "in-root ../trixie: exit" $status 1
has "in-root ../trixie" "$out" "'../trixie' is no name of a release"

# ---- warnings are errors for developers alone ----

# werror PRESET: what it sets of that.
werror() { sed -n "/\"name\": \"$1\"/,/}/s/.*\"SYSEMU_WERROR\": \"\([A-Z]*\)\".*/\1/p" "$root/CMakePresets.json"; }
is "dev: warnings are errors" "$(werror dev)" ON
is "the demo's preset" "$(werror "$(sed -n 's/.*--preset \([a-z]*\) .*/\1/p' "$root/scripts/demo")")" ""
has "without a preset" "$(grep 'option(SYSEMU_WERROR' "$root/CMakeLists.txt")" " OFF)"

# ---- an engine that fails: one sentence, once ----

# A build folder whose command cannot open a machine, and a cmake that has built it.
mkdir -p "$scratch/copy/build/dev" "$scratch/bin"
cp -r "$root/scripts" "$scratch/copy/"
printf '#!/bin/sh\n[ "$1" = --version ] && exit\necho "sysemu: probe %s: the engine does something else" >&2\nexit 1\n' "'#UD'" \
	>"$scratch/copy/build/dev/sysemu"
printf '#!/bin/sh\n' >"$scratch/bin/cmake"
printf '#!/bin/sh\necho "ctest ran"\n' >"$scratch/bin/ctest"
chmod +x "$scratch/copy/build/dev/sysemu" "$scratch/bin"/*
run env PATH="$scratch/bin:$PATH" "$scratch/copy/scripts/test" --no-install
is "test, a bad engine: exit" $status 1
is "test, a bad engine: its end" "$(printf '%s\n' "$out" | tail -n 1)" \
	"test: dev: not tested, since no machine can be opened here: probe '#UD': the engine does something else"
case $out in
*"ctest ran"*) is "test, a bad engine" "the tests ran" "none ran" ;;
esac

# ---- source packages ----

. "$root/scripts/common.sh"
. "$root/scripts/source-package.sh"
if ! command -v apt-get >/dev/null; then
	echo "no apt-get: where scripts/demo finds a source package is not tried"
	finish
fi

# An archive on disk, with one source package in its suite "stable".
archive=$scratch/archive
mkdir -p "$archive/dists/stable/main/source" "$scratch/pears-1"
echo "a pear" >"$scratch/pears-1/pear.c"
tar -C "$scratch" -czf "$archive/pears_1.orig.tar.gz" pears-1
sums()
{
	(cd "$1" && shift && for file; do
		printf ' %s %d %s\n' "$(sha256sum <"$file" | cut -c1-64)" "$(wc -c <"$file")" "$file"
	done)
}
{
	printf 'Format: 1.0\nSource: pears\nVersion: 1\nMaintainer: nobody <nobody@localhost>\n'
	printf 'Architecture: any\nBinary: pears\nChecksums-Sha256:\n'
	sums "$archive" pears_1.orig.tar.gz
} >"$archive/pears_1.dsc"
{
	printf 'Package: pears\nFormat: 1.0\nVersion: 1\nMaintainer: nobody <nobody@localhost>\n'
	printf 'Architecture: any\nBinary: pears\nDirectory: .\nChecksums-Sha256:\n'
	sums "$archive" pears_1.dsc pears_1.orig.tar.gz
} >"$archive/dists/stable/main/source/Sources"
{
	printf 'Suite: stable\nCodename: nobodys\nComponents: main\nArchitectures: i386 amd64\n'
	printf 'Date: Wed, 02 Mar 2005 00:00:00 UTC\nSHA256:\n'
	sums "$archive/dists/stable" main/source/Sources
} >"$archive/dists/stable/Release"

# strictly COMMAND...: as in the scripts, where what fails unseen is the end.
strictly()
{
	set -euo pipefail
	"$@"
}

# fetch PACKAGE: with apt's lists in $scratch/etc, which are then gone.
fetch()
{
	rm -rf "$scratch/fetched"
	run strictly fetch_source "$1" "$scratch/fetched" "$scratch/state" "$scratch/etc"
	rm -rf "$scratch/etc"
	mkdir -p "$scratch/etc/sources.list.d"
}
cdrom="deb cdrom:[Debian 12 amd64]/ bookworm main"

mkdir -p "$scratch/etc"
printf '%s\ndeb [trusted=yes] file:%s stable main\n' "$cdrom" "$archive" >"$scratch/etc/sources.list"
fetch pears
is "an alias behind a CD-ROM" "$(cat "$scratch/fetched/pear.c" 2>&1)" "a pear"

printf '# ours\nTypes: deb\nURIs: file:%s\nSuites: stable\nComponents: main\nTrusted: yes\n\n%s\n' "$archive" \
	"Enabled: no
Types: deb
URIs: file:/nowhere
Suites: x
Components: main" >"$scratch/etc/sources.list.d/ours.sources"
fetch pears
is "a stanza, and one that is off" "$(cat "$scratch/fetched/pear.c" 2>&1)" "a pear"

echo "deb [trusted=yes] file:$archive stable main" >"$scratch/etc/sources.list"
fetch apples
is "no such package" "$out" \
	"${0##*/}: no source of apples: none of the archives that apt uses here has a source package apples"

echo "deb [trusted=yes] file:$scratch/nowhere stable main" >"$scratch/etc/sources.list"
fetch pears
has "an archive that is not there" "$out" "does not answer as it should: is there a network?"

echo "$cdrom" >"$scratch/etc/sources.list"
fetch pears
has "a CD-ROM alone" "$out" "only a CD-ROM here"

fetch pears
has "no archive" "$out" "there is none in $scratch/etc/sources.list"
finish
