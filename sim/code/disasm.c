/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * disasm.c: what instructions are called, and which parts they have.
 * The only file that knows Capstone. It knows nothing of the CPU that runs them.
 *
 * A Capstone handle must not be used by two threads, and the first instruction that it decodes
 * makes an index of all there are, which costs a lot more. So handles are kept:
 * a call takes an idle one or opens one, and gives it back.
 */
#include <capstone/capstone.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "sim/code/code.h"

#define IDLE_MAX 8

static _Atomic(csh) idle[IDLE_MAX]; /* 0: none */

/* 0: no memory. */
static csh take_handle(void)
{
	csh handle;

	for (int i = 0; i < IDLE_MAX; i++) {
		handle = atomic_exchange(&idle[i], 0);
		if (handle)
			return handle;
	}
	if (cs_open(CS_ARCH_X86, CS_MODE_32, &handle) != CS_ERR_OK)
		return 0;
	cs_option(handle, CS_OPT_SYNTAX, CS_OPT_SYNTAX_ATT);
	return handle;
}

static void give_handle(csh handle)
{
	for (int i = 0; i < IDLE_MAX; i++) {
		csh none = 0;

		if (atomic_compare_exchange_strong(&idle[i], &none, handle))
			return;
	}
	cs_close(&handle);
}

/* At exit, and where a shared library is unloaded. */
__attribute__((destructor)) static void close_idle_handles(void)
{
	for (int i = 0; i < IDLE_MAX; i++) {
		csh handle = atomic_exchange(&idle[i], 0);

		if (handle)
			cs_close(&handle);
	}
}

static const char *const reg32[8] = { "eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi" };

/* The stated rule for what Capstone 4.0.2 cannot decode: `f3 0f 1e /1` (rdsspd) and
 * `f3 0f ae /5` (incsspd) with a register operand and no further prefix are one
 * instruction of four bytes. Static glibc has them; a CPU without shadow stacks takes
 * the first for a nop, and glibc jumps around the second. NULL: neither of the two. */
static const char *shadow_stack_insn(const uint8_t *code, size_t size)
{
	if (size < 4 || code[0] != 0xf3 || code[1] != 0x0f || code[3] >> 6 != 3)
		return NULL;
	if (code[2] == 0x1e && (code[3] >> 3 & 7) == 1)
		return "rdsspd";
	if (code[2] == 0xae && (code[3] >> 3 & 7) == 5)
		return "incsspd";
	return NULL;
}

size_t sim_disasm(const uint8_t *code, size_t size, uint32_t addr, char *text, size_t text_size)
{
	const uint8_t *at = code;
	const char *name;
	uint64_t pc = addr;
	size_t left = size, length = 0;
	cs_insn insn = { .detail = NULL };
	csh handle;

	if (text_size)
		text[0] = '\0';
	handle = size ? take_handle() : 0;
	if (!handle)
		return 0;
	if (cs_disasm_iter(handle, &at, &left, &pc, &insn)) {
		length = insn.size;
		snprintf(text, text_size, "%s%s%s", insn.mnemonic, insn.op_str[0] ? " " : "",
			 insn.op_str);
	} else if ((name = shadow_stack_insn(code, size)) != NULL) {
		length = 4;
		snprintf(text, text_size, "%s %%%s", name, reg32[code[3] & 7]);
	}
	give_handle(handle);
	return length;
}

void sim_disasm_version(int *major, int *minor, int *patch)
{
	cs_version(major, minor);
	*patch = CS_VERSION_EXTRA; /* it tells this only in the header it was built against */
}
