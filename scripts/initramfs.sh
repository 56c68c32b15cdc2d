# SPDX-License-Identifier: GPL-2.0-only
#
# initramfs.sh: what a kernel that scripts boot unpacks: an archive of the form newc. Sourced, not run.

# Up to a multiple of four bytes, of which $1 are there.
initramfs_pad()
{
	head -c $(((4 - $1 % 4) % 4)) /dev/zero
}

# initramfs_member NAME MODE [FILE]
initramfs_member()
{
	local size=0
	[ -z "${3:-}" ] || size=$(stat -c %s "$3")
	printf '070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s\0' 0 "$2" 0 0 1 0 \
		"$size" 0 0 0 0 $((${#1} + 1)) 0 "$1"
	initramfs_pad $((110 + ${#1} + 1))
	[ -z "${3:-}" ] || cat "$3"
	initramfs_pad "$size"
}

# initramfs_end: behind the last member.
initramfs_end()
{
	initramfs_member 'TRAILER!!!' 0
}
