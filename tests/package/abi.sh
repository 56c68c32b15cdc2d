#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The library keeps what the last release promised (lib/libsysemu.abi), and the comparison sees
# what would break a caller: a field that moves, a function that is gone, another type. SHARED: the
# library, with debug symbols.
. "$(dirname "$0")/../cli/check.inc"
: "${SHARED:?the shared library}" "${CC:?the C compiler}"
command -v abidiff >/dev/null || { echo "no abigail-tools"; exit 77; }
root=$(cd "$(dirname "$0")/../.." && pwd)

out=$("$root/scripts/abi" "$SHARED" 2>&1) || is "against the last release" "$out" "no difference"

# changed WHAT EXIT FROM TO: what the present library is to a last release whose header differed.
changed()
{
	cp -r "$root/include" "$scratch/include"
	sed -i "s/$3/$4/" "$scratch"/include/libsysemu/*.h
	cmp -s "$scratch/include/libsysemu/sysemu.h" "$root/include/libsysemu/sysemu.h" &&
		is "$1" "the header is the same" "another one"
	SYSEMU_INCLUDE=$scratch/include SYSEMU_ABI=$scratch/abi "$root/scripts/abi" --write
	SYSEMU_ABI=$scratch/abi "$root/scripts/abi" "$SHARED" >"$scratch/said" 2>&1
	is "$1: exit" $? "$2"
	rm -r "$scratch/include"
}

changed "a field less" 1 '^	uint32_t status; .*16-bit.*' ''
changed "a field that moves" 1 '^	uint32_t eip, eax, esp, eflags;' '	uint32_t eax, eip, esp, eflags;'
changed "another parameter" 1 'sysemu_run(sysemu_machine \*m, uint64_t' 'sysemu_run(sysemu_machine *m, uint32_t'
changed "a function that is gone" 1 '^void sysemu_close(' 'void sysemu_shut(sysemu_machine *m); void sysemu_close('
has "a function that is gone" "$(cat "$scratch/said")" "sysemu_shut"
changed "a new function" 0 '^const char \*sysemu_engines(void);' ''
finish
