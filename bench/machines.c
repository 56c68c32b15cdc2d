/* SPDX-License-Identifier: GPL-2.0-only */
/* machines.c: the machines that several rows use, and the programs in them: raw code. */
#include "bench/bench.h"

#include <string.h>

void ok(const sysemu_machine *m, sysemu_status status, const char *what)
{
	if (status)
		die("%s: %s: %s", what, sysemu_strstatus(status), sysemu_errmsg(m));
}

sysemu_machine *open_machine(const struct row *row, sysemu_start start, sysemu_counting counting,
			     const void *code, size_t size)
{
	const sysemu_config config = {
		.kernel = row->kernel,
		.entry = row->entry,
		.start = start,
		.counting = counting,
		.timing = row->timing,
	};
	sysemu_machine *m = NULL;

	OK(NULL, sysemu_open(&config, &m));
	OK(m, sysemu_load_code(m, code, size));
	return m;
}

void run_to(sysemu_machine *m, sysemu_event_kind kind)
{
	sysemu_event e;

	OK(m, sysemu_run(m, 0, &e));
	if (e.kind != kind)
		die("%s at 0x%08x instead of %s: %s", sysemu_event_name(e.kind), e.eip,
		    sysemu_event_name(kind), sysemu_errmsg(m));
}

void close_machine(struct bench *b)
{
	sysemu_snapshot_free(b->snapshot);
	sysemu_close(b->m);
}

/* ---- programs ---- */

#define MOV_EAX_20  0xb8, 20, 0, 0, 0
#define INT_80      0xcd, 0x80
#define VSYSCALL    0xba, 0x00, 0xe4, 0xff, 0xff, 0xff, 0xd2 /* mov $0xffffe400, %edx; call *%edx */
#define SAVE_ECX    0x51 /* push %ecx, which a call by sysenter may lose */
#define LOAD_ECX    0x59
#define COUNTER     0xb9, LOOPS & 0xff, LOOPS >> 8, 0, 0 /* mov $LOOPS, %ecx */
/* dec %ecx; jnz over `size` bytes and these three; nop, where the breakpoint is; jmp to the
 * start, over the counter's five bytes more */
#define AGAIN(size) 0x49, 0x75, 256 - (size)-3, 0x90, 0xeb, 256 - (size)-11

static const uint8_t getpid_forever[2][16] = {
	{ MOV_EAX_20, INT_80, 0xeb, 0xf7 },
	{ MOV_EAX_20, VSYSCALL, 0xeb, 0xf2 },
};
static const uint8_t getpid_loop[2][32] = {
	{ COUNTER, MOV_EAX_20, SAVE_ECX, INT_80, LOAD_ECX, AGAIN(9) },
	{ COUNTER, MOV_EAX_20, SAVE_ECX, VSYSCALL, LOAD_ECX, AGAIN(14) },
};
/* add %ebx, %eax; xor %eax, %edx; rol $3, %edx; lea 1(%eax,%edx), %ebx; sub %edx, %esi;
 * and $127, %edi: eight with dec and jnz */
static const uint8_t alu_loop[] = {
	COUNTER, 0xc1, 0xe1, 6, /* shl $6, %ecx: LOOPS * 64 rounds */
	0x01,    0xd8, 0x31, 0xc2, 0xc1, 0xc2, 3,    0x8d,     0x5c, 0x10, 1,
	0x29,    0xd6, 0x83, 0xe7, 127,  0x49, 0x75, 256 - 19, 0x90, 0xeb, 256 - 30,
};
/* mov %eax, -4(%esp); mov %ecx, -8(%esp); push %eax; pop %eax; mov -8(%esp), %eax */
static const uint8_t store_loop[] = {
	COUNTER, 0x89, 0x44, 0x24, 0xfc, 0x89, 0x4c, 0x24,
	0xf8,    0x50, 0x58, 0x8b, 0x44, 0x24, 0xf8, AGAIN(14),
};

const void *program_code(enum program program, sysemu_entry entry, size_t *size)
{
	switch (program) {
	case GETPID_FOREVER: *size = sizeof(getpid_forever[0]); return getpid_forever[entry];
	case GETPID_LOOP: *size = sizeof(getpid_loop[0]); return getpid_loop[entry];
	case ALU_LOOP: *size = sizeof(alu_loop); return alu_loop;
	default: *size = sizeof(store_loop); return store_loop;
	}
}

/* The breakpoint is at the only nop; no other byte of the programs is 0x90. */
static uint32_t breakpoint_of(const uint8_t *code, size_t size)
{
	return SYSEMU_CODE_BASE + (uint32_t)((const uint8_t *)memchr(code, 0x90, size) - code);
}

/* The code is read-only, as programs' code is. */
sysemu_machine *open_loop(const struct row *row, enum program program, sysemu_counting counting)
{
	size_t size;
	const uint8_t *code = program_code(program, row->entry, &size);
	sysemu_machine *m = open_machine(row, SYSEMU_START_UNTRACED, counting, code, size);

	OK(m, sysemu_break_set(m, breakpoint_of(code, size)));
	OK(m, sysemu_protect(m, SYSEMU_CODE_BASE, 1, 1));
	return m;
}
