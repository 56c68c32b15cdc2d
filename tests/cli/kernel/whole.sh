#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The forms that a whole kernel's file comes in, on a tiny one of our own (tiny.inc): stripped, with its own
# kallsyms in each order of the tables; compressed, in a bzImage and alone; flat; beside a System.map.
# What is damaged, cut or of another kernel is refused with the place.
. "$(dirname "$0")/../check.inc"
. "$(dirname "$0")/tiny.inc"
cd "$scratch" || exit 1

# named WHAT FILE [OPTION...]: its function number 7 is found, and what it exports
named()
{
	sysemu kernel profile "$2" "${@:3}"
	is "$1: profile" "$status $err" "0 "
	has "$1" "$out" "symbol ptrace_notify 0xc1000070"
}

for order in old new absolute; do
	tiny_kernel $order $order.elf
	named "$order" $order.elf
	has "$order: exports" "$out" "symbol init_task 0xc10012c0"
	has "$order: what is missing" "$out" "#symbol entry_INT80_32 0x # missing # the handler of int"
	has "$order: from where" "$out" "# of $order.elf, by its kallsyms"
done
tiny_kernel old wrong.elf 301
sysemu kernel profile wrong.elf
is "a wrong count" $status 2
has "a wrong count" "$err" "wrong.elf: 0xc1"
has "a wrong count" "$err" "tokens of kallsyms, and no names that fit them"

# ---- packed ----

gzip -kn old.elf
xz -k --check=crc32 --x86 --lzma2=dict=1MiB old.elf
xz -k --format=lzma old.elf
packed="old.elf.gz old.elf.xz old.elf.lzma"
if command -v zstd >/dev/null; then
	zstd -q old.elf
	packed+=" old.elf.zst"
fi
for file in $packed; do
	sysemu kernel profile $file
	if grep -q 'was built without' <<<"$err"; then
		is "$file: refused" $status 2
		continue
	fi
	named "$file" $file
	tiny_bzimage $file $file.bz
	named "$file in a bzImage" $file.bz
done

# refused WORDS FILE [OPTION...]
refused()
{
	sysemu kernel profile "$2" "${@:3}"
	is "$1: exit" $status 2
	has "$1" "$err" "$1"
}
refused_packed()
{
	grep -q 'built without' <<<"$(command "$SYSEMU" kernel profile old.elf.gz.bz 2>&1)" || refused "$@"
}
head -c 1500 old.elf.gz.bz >cut
refused "offset 0x248: the kernel in it" cut
head -c 590 old.elf.gz.bz >cut
refused "offset 0x24e: the header of a bzImage ends here" cut
head -c 900 old.elf.gz >cut
refused_packed "offset 0x384: gzip: cut off" cut
cp old.elf.gz damaged
printf 'xxxx' | dd of=damaged bs=1 seek=700 conv=notrunc 2>/dev/null
refused_packed "gzip: damaged" damaged
printf '\x02\x21\x4c\x18abcd' >packed
refused "offset 0x0: compressed by LZ4, which sysemu does not unpack" packed
tiny_bzimage packed lz4
refused "offset 0x400: compressed by LZ4" lz4
printf 'nothing known' >packed
tiny_bzimage packed unknown
refused "offset 0x400: the kernel in it is compressed in no known way" unknown
{ head -c $((0x206)) old.elf.gz.bz; printf '\003\002'; tail -c +$((0x209)) old.elf.gz.bz; } >early
refused "offset 0x206: boot protocol 2.03" early

# ---- flat ----

objcopy -O binary old.elf flat
named flat flat --load 0xc1000000
refused "offset 0x0: neither an ELF file nor a bzImage; a flat image needs --load ADDR" flat
refused "an ELF file says itself where it lies" old.elf --load 0xc1000000

# ---- System.map ----

printf 'c1000070 T ptrace_notify\nc1000080 t f8\nc1001000 D current_task\n' >map
named "with a System.map" old.elf --symbols map
has "with a System.map" "$out" "symbol current_task 0xc1001000"
has "with a System.map" "$out" "by map"
sed 's/c1000080/c1000084/' map >wrong
refused "f8 is at 0xc1000084 there, and at 0xc1000080 in old.elf: of another kernel" old.elf --symbols wrong
echo 'c1000000 T nobody' >wrong
refused "it has none of the names of old.elf: of another kernel" old.elf --symbols wrong
printf 'c1000070 T ptrace_notify\nnonsense\n' >wrong
refused "wrong: line 2: no line of a System.map: address, letter, name" old.elf --symbols wrong
: >wrong
refused "wrong: no name of a place in it" old.elf --symbols wrong
finish
