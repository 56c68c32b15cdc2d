# SPDX-License-Identifier: GPL-2.0-only
#
# common.sh: what scripts/test and scripts/demo share. Sourced, not run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jobs=$(nproc)
install=yes

# What every build of this repository needs, as Debian packages. gcc-multilib has the 32-bit parts
# of the default compiler alone, gcc-12-multilib lacks what Debian 12 keeps there: <asm/errno.h>.
build_packages=(binutils gcc gcc-12 gcc-multilib gcc-12-multilib libc6-dev libc6-dev-i386 cmake ninja-build
	pkg-config libunicorn-dev libcapstone-dev libxxhash-dev libdw-dev
	liblzma-dev libsqlite3-dev libzstd-dev zlib1g-dev)

# What tests/package/ needs besides: readers of what is installed.
package_test_packages=(abigail-tools fish git make man-db mypy python3 python3-pytest zsh)

say() { printf '\n== %s\n' "$*"; }

die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# set_date: SOURCE_DATE_EPOCH, that of the last commit; where there is none, of the last change
# that is written down. What is built twice is the same bytes.
set_date()
{
	SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null ||
		stat -c %Y "$root/CHANGES.md")}
	export SOURCE_DATE_EPOCH
}

# mirror: the archive that apt takes the main part of Debian from; nothing if it does not
# say, and then debootstrap has one.
mirror()
{
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' \
		'Component: main' 2>/dev/null | grep '^http' | head -n 1 || true
}

# need PACKAGE...: installs those that are missing, and says so.
need()
{
	local package missing=() sudo=()

	[ "$install" = yes ] || return 0
	command -v dpkg-query >/dev/null ||
		die "no dpkg here: install the counterparts of '$*' yourself and give --no-install"
	for package; do
		[ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
			missing+=("$package")
	done
	[ ${#missing[@]} -gt 0 ] || return 0

	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null || die "needs root or sudo to install: ${missing[*]}"
		sudo=(sudo)
	fi
	say "installing with apt-get: ${missing[*]}"
	"${sudo[@]}" apt-get -q update
	"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
		apt-get -q -y --no-install-recommends install "${missing[@]}"
}
