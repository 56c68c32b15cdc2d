/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rule_calls.c: a call changes eax alone, whichever way into the kernel the vsyscall page takes (syscall(2):
 * "Architecture calling conventions"). Each call that the kernel decides itself is made here, mostly to be
 * refused.
 */
#include "rule.h"

#include <sys/auxv.h>

/* eax, ebx, ecx, edx, esi, edi, ebp, esp; the asm below knows the order. */
uint32_t call_in[8], call_out[8], call_entry, call_stack, call_flags;

void make_call(void);
__asm__(".text\n"
	"make_call:\n"
	"pusha\n"
	"movl %esp, call_stack\n"
	"movl call_in, %eax\n"
	"movl call_in+4, %ebx\n"
	"movl call_in+8, %ecx\n"
	"movl call_in+12, %edx\n"
	"movl call_in+16, %esi\n"
	"movl call_in+20, %edi\n"
	"movl call_in+24, %ebp\n"
	"stc\n"
	"call *call_entry\n"
	"movl %eax, call_out\n"
	"movl %ebx, call_out+4\n"
	"movl %ecx, call_out+8\n"
	"movl %edx, call_out+12\n"
	"movl %esi, call_out+16\n"
	"movl %edi, call_out+20\n"
	"movl %ebp, call_out+24\n"
	"movl %esp, call_out+28\n"
	"movl call_stack, %esp\n"
	"popa\n"
	"ret\n");

/* What is refused is so because of these: no descriptor, no process, no address, no flags. */
static int32_t call(uint32_t nr, const uint32_t arg[6])
{
	static const uint32_t refused[6] = { 0xfffffff1, 0x21, 0x31, 0x41, 0x51, 0x61 };

	memcpy(&call_in[1], arg ? arg : refused, 24);
	call_in[0] = nr;
	call_in[7] = 0;
	make_call();
	if (memcmp(&call_in[1], &call_out[1], 24) || call_out[7] != call_stack) {
		dprintf(2, "call %u changes a register: result %d\n", nr, call_out[0]);
		_exit(1);
	}
	return (int32_t)call_out[0];
}

static void refused_ones(void)
{
	static const uint16_t numbers[] = {
		0,   3,   4,   6,   7,   11,  20,  24,  26,  41,  42,  47,  48,  49,  50,  54,  55,
		57,  63,  64,  65,  67,  68,  69,  73,  82,  90,  102, 104, 105, 114, 120, 126, 132,
		142, 145, 146, 147, 158, 162, 165, 168, 171, 172, 174, 175, 176, 177, 178, 179, 186,
		199, 200, 201, 202, 209, 211, 221, 224, 238, 240, 243, 244, 254, 255, 256, 258, 259,
		260, 261, 262, 263, 270, 284, 308, 309, 311, 312, 319, 322, 323, 325, 326, 328, 329,
		330, 331, 335, 359, 360, 361, 362, 363, 364, 365, 366, 367, 368, 369, 370, 371, 372,
		373, 408, 409, 410, 411, 413, 414, 421, 422, 435, 436, 5,   19,  33,  192, 265,
	};

	for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		call(numbers[i], NULL);
}

/* These would do something with such arguments. */
static void granted_ones(void)
{
	const uint32_t none[6] = { 0, 0x21, 0x31, 0x41, 0x51, 0x61 };
	const uint32_t me[6] = { (uint32_t)getpid(), 0, 0x31, 0x41, 0x51, 0x61 };
	const uint32_t later[6] = { 1000, 0x21, 0x31, 0x41, 0x51, 0x61 };
	pid_t pid;

	CHECK(call(37, me) == 0);
	CHECK(call(132, me) == getpgrp() && call(147, me) == getsid(0));
	call(66, none);
	CHECK(call(27, later) <= 30 && call(27, later) == 1000);
	CHECK(call(69, none) >= 0);
	pid = call(2, none);
	if (!pid)
		_exit(3);
	expect_exit(pid, 3);
}

/* Whoever is no user of privilege is refused them, and is given its own. */
static void ids(void)
{
	static const uint16_t numbers[] = { 23,  46,  70,  71,  164, 170, 203,
					    204, 208, 210, 213, 214, 23 };
	const uint32_t own[6] = { 7, 7, 7, 0x41, 0x51, 0x61 };

	for (int round = 0; round < 2; round++) {
		if (geteuid() == 0 && round == 1)
			return;
		if (geteuid() == 0) {
			CHECK(call(210, own) == 0);
			CHECK(call(208, own) == 0);
		}
		for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
			call(numbers[i], NULL);
			if (getuid() == 7)
				CHECK(call(numbers[i], own) == 0);
		}
	}
}

int main(void)
{
	pid_t pid;

	hurry();
	call_entry = (uint32_t)getauxval(AT_SYSINFO);
	if (!call_entry)
		return 0;
	CHILD(pid) refused_ones();
	expect_exit(pid, 0);
	CHILD(pid) granted_ones();
	expect_exit(pid, 0);
	CHILD(pid) ids();
	expect_exit(pid, 0);
	return 0;
}
