# SPDX-License-Identifier: GPL-2.0-only
#
# kernel-cache.sh: what the scripts that fetch or build kernels share. Sourced, not run. The host's apt
# fetches, with a state of its own, so that nothing is installed and no architecture is added.
# What is kept lies outside the repository: SYSEMU_KERNELS, or ~/.cache/sysemu/kernels.

cache=${SYSEMU_KERNELS:-${XDG_CACHE_HOME:-$HOME/.cache}/sysemu/kernels}
kernel_state=$cache/apt

# kernel_in_cache FLAVOUR [PREFIX]: the newest vmlinux (PREFIX) of that flavour; nothing: none.
kernel_in_cache()
{
	find "$cache" -maxdepth 1 -name "${2:-vmlinux}-*[0-9]-$1" 2>/dev/null | sort -V | tail -n 1
}

# kernel_apt: lists of i386 packages.
kernel_apt()
{
	mkdir -p "$kernel_state/lists/partial" "$kernel_state/archives/partial"
	: >"$kernel_state/status"
	cat >"$kernel_state/apt.conf" <<-END
		APT::Architecture "i386";
		APT::Architectures "i386";
		Dir::State "$kernel_state";
		Dir::State::lists "$kernel_state/lists";
		Dir::State::status "$kernel_state/status";
		Dir::Cache "$kernel_state";
		APT::Sandbox::User "root";
	END
	export APT_CONFIG=$kernel_state/apt.conf
	apt-get -q update >&2 || echo "some lists are missing; going on with the others" >&2
}

# kernel_package PATTERN: the newest package whose name matches.
kernel_package()
{
	apt-cache search --names-only "$1" | cut -d ' ' -f 1 | sort -V | tail -n 1
}

# kernel_fetch FOLDER PATH PACKAGE: what the package has below PATH (or matching it), into the folder.
kernel_fetch()
{
	[ -n "$3" ] || { echo "no such package for i386" >&2; exit 1; }
	(cd "$kernel_state/archives" && apt-get -q download "$3" >&2)
	dpkg-deb --fsys-tarfile "$kernel_state/archives/$3"_*.deb | tar -x -C "$1" --wildcards "$2"
	rm -f "$kernel_state/archives/$3"_*.deb
}
