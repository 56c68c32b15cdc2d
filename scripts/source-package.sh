# SPDX-License-Identifier: GPL-2.0-only
#
# source-package.sh: the upstream archive of a Debian source package, by the archives that
# apt uses here. Sourced by scripts/demo, and by its test (tests/cli/scripts.sh).

# source_lists ETC FOLDER: apt's lists in ETC (/etc/apt) as lists of source packages: every
# archive, whatever its suite is called; a CD-ROM has no source packages. Either place may be missing.
source_lists()
{
	local etc=$1 folder=$2

	{ find "$etc/sources.list.d" -name '*.sources' -exec cat {} \; -exec echo \; 2>/dev/null || true; } |
		sed -e '/^#/d' -e 's/^[ \t]*$//' |
		awk 'BEGIN { RS = ""; ORS = "\n\n" }
			/(^|\n)Enabled:[ \t]*no/ || /(^|\n)URIs:[^\n]*cdrom:/ { next }
			sub(/(^|\n)Types:[^\n]*/, "\nTypes: deb-src") { sub(/^\n/, ""); print }' \
		>"$folder/ours.sources"
	{ find "$etc/sources.list" "$etc/sources.list.d" -name '*.list' -exec cat {} + 2>/dev/null || true; } |
		sed -n -e '/cdrom:/d' -e 's/^[ \t]*deb\([ \t]\)/deb-src\1/p' >"$folder/ours.list"
}

# why_no_source PACKAGE ETC STATE: a sentence.
why_no_source()
{
	local package=$1 etc=$2 state=$3 refused

	refused=$(grep -s -m 1 -E '^(W: Failed to fetch|E: (Failed to fetch|Release file|The repository))' \
		"$state/log" || true)
	if [ -s "$state/log" ] && [ -n "$refused" ]; then
		echo "an archive that apt uses does not answer as it should: is there a network? ${refused#?: }"
	elif [ -s "$state/log" ]; then
		echo "none of the archives that apt uses here has a source package $package"
	elif grep -qs cdrom: "$etc/sources.list" "$etc/sources.list.d"/*; then
		echo "apt uses only a CD-ROM here, which has no source packages: give it an archive"
	else
		echo "apt has no archive here: there is none in $etc/sources.list and $etc/sources.list.d"
	fi
}

# fetch_source PACKAGE FOLDER STATE [ETC]: unpacks the archive, verified by apt, whose state
# and log are in STATE.
fetch_source()
{
	local package=$1 folder=$2 state=$3 etc=${4:-/etc/apt}
	local apt=(-q -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$state/sources"
		-o Dir::State::lists="$state/lists" -o Dir::Cache="$state/cache")

	command -v apt-get >/dev/null || die "no apt-get here to fetch the source of $package with"
	[ "$(id -u)" != 0 ] || apt+=(-o APT::Sandbox::User=root)
	rm -rf "$state"
	mkdir -p "$state"/{sources,lists/partial,cache/archives/partial,download}
	source_lists "$etc" "$state/sources"

	# An archive that fails is of no account if another has the package.
	if [ -s "$state/sources/ours.sources" ] || [ -s "$state/sources/ours.list" ]; then
		apt-get "${apt[@]}" update >"$state/log" 2>&1 || true
		(cd "$state/download" &&
			apt-get "${apt[@]}" --download-only source "$package") >>"$state/log" 2>&1 || true
	fi
	rm -f "$state"/download/*.asc
	[ -n "$(find "$state/download" -name '*.orig.tar.*')" ] ||
		die "no source of $package: $(why_no_source "$package" "$etc" "$state")"
	mkdir -p "$folder"
	tar -xf "$state"/download/*.orig.tar.* -C "$folder" --strip-components=1
}
