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

#define AT(x) (uint32_t)(x)

/* These are granted; a younger call may be unknown. */
static void made(uint32_t nr, uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t e)
{
	const uint32_t arg[6] = { a, b, c, d, e, nr == 308 || nr == 413 ? 0 : 0x6161 };
	int32_t result = call(nr, arg);

	if (result < 0 && result > -4096 && result != -ENOSYS && result != -EAGAIN) {
		dprintf(2, "call %u says %d\n", nr, result);
		_exit(1);
	}
}

/* In what follows C, D and E are in registers that a call does not take. */
enum { C = 0x3131, D = 0x4141, E = 0x5151 };

static void on_files(void)
{
	static uint32_t words[8], pair[2], zero[4], events[3] = { 1 };
	static char text[8];
	struct pollfd f = { .events = POLLIN };
	uint32_t piece[2] = { AT(text), 3 }, five[5] = { 0, 0, 0, 0, AT(zero) };
	uint32_t message[7] = { 0, 0, AT(piece), 1, 0, 0, 0 };
	uint32_t four[4] = { 1, 1, 0, AT(pair) };
	uint32_t map[6] = { 0, 4096, 1, 0x22, ~0u, 0 };
	int32_t p0, p1, set, timer;

	made(42, AT(pair), 0x2121, C, D, E);
	p0 = (int32_t)pair[0], p1 = (int32_t)pair[1], f.fd = p0;
	made(4, AT(p1), AT(text), 3, D, E);
	made(54, AT(p0), 0x541b, AT(words), D, E);
	made(3, AT(p0), AT(text), 3, D, E);
	made(146, AT(p1), AT(piece), 1, D, E);
	made(145, AT(p0), AT(piece), 1, D, E);
	made(41, AT(p0), 0x2121, C, D, E);
	made(63, AT(p0), 20, C, D, E);
	made(330, AT(p0), 21, 0, D, E);
	made(6, 21, 0x2121, C, D, E);
	made(55, AT(p0), 3, C, D, E);
	made(221, AT(p0), 1030, 30, D, E);
	made(168, AT(&f), 1, 0, D, E);
	made(309, AT(&f), 1, AT(zero), 0, 0);
	made(414, AT(&f), 1, AT(zero), 0, 0);
	made(142, 0, 0, 0, 0, AT(zero));
	made(162, AT(zero), 0, C, D, E);
	made(267, 1, 0, AT(zero), 0, E);
	made(407, 1, 0, AT(zero), 0, E);
	for (uint32_t which = 0; which < 3; which++)
		made(105, which, AT(words), C, D, E);
	made(82, AT(five), 0x2121, C, D, E);
	made(308, 0, 0, 0, 0, AT(zero));
	made(413, 0, 0, 0, 0, AT(zero));
	made(90, AT(map), 0x2121, C, D, E);
	made(192, 0, 4096, 1, 0x22, ~0u);
	made(254, 1, 0x2121, C, D, E);
	set = (int32_t)call_out[0];
	made(329, 0, 0x2121, C, D, E);
	made(255, AT(set), 1, AT(p0), AT(events), E);
	made(256, AT(set), AT(words), 1, 0, E);
	made(319, AT(set), AT(words), 1, 0, 0);
	made(322, 1, 0, C, D, E);
	timer = (int32_t)call_out[0];
	made(325, AT(timer), 0, AT(zero), 0, E);
	made(326, AT(timer), AT(words), C, D, E);
	made(410, AT(timer), AT(words), C, D, E);
	made(411, AT(timer), 0, AT(words), 0, E);
	made(323, 1, 0x2121, C, D, E);
	made(328, 1, 0, C, D, E);
	made(331, AT(pair), 0, C, D, E);
	made(102, 8, AT(four), C, D, E);
	made(360, 1, 1, 0, AT(pair), E);
	made(369, pair[0], AT(text), 3, 0, 0);
	made(371, pair[1], AT(text), 3, 0, 0);
	made(370, pair[0], AT(message), 0, D, E);
	made(372, pair[1], AT(message), 0, D, E);
	words[0] = 4;
	made(365, pair[1], 1, 3, AT(&words[1]), AT(words));
	words[0] = 8;
	made(367, pair[1], AT(&words[1]), AT(words), D, E);
	made(368, pair[1], AT(&words[1]), AT(words), D, E);
	made(373, pair[1], 2, C, D, E);
	made(436, 200, 201, 0, D, E);
}

static void on_signals_and_times(void)
{
	static uint32_t words[64], zero[8], set[2] = { 0x200, 0 };
	uint32_t me = AT(getpid()), head[3], gs;

	made(67, SIGUSR1, 0, AT(words), D, E);
	made(174, SIGUSR1, 0, AT(words), 8, E);
	made(48, SIGUSR2, 1, C, D, E);
	made(126, 0, AT(set), AT(words), D, E);
	made(175, 1, AT(set), AT(words), 8, E);
	made(73, AT(words), 0x2121, C, D, E);
	made(176, AT(words), 8, C, D, E);
	made(177, AT(set), 0, AT(zero), 8, E);
	made(421, AT(set), 0, AT(zero), 8, E);
	words[2] = (uint32_t)-1;
	made(178, me, 0, AT(words), D, E);
	made(335, me, me, 0, AT(words), E);
	made(238, me, 0, C, D, E);
	made(270, me, me, 0, D, E);
	made(186, 0, AT(words), C, D, E);
	made(104, 0, AT(zero), AT(words), D, E);
	made(240, AT(words), 1, 1, D, E);
	made(422, AT(words), 1, 1, D, E);
	made(259, 1, 0, AT(words), D, E);
	made(260, words[0], 0, AT(zero), 0, E);
	made(261, words[0], AT(&words[1]), C, D, E);
	made(408, words[0], AT(&words[1]), C, D, E);
	made(409, words[0], 0, AT(zero), 0, E);
	made(262, words[0], 0x2121, C, D, E);
	made(263, words[0], 0x2121, C, D, E);
	made(311, AT(head), 12, C, D, E);
	made(312, 0, AT(words), AT(&words[1]), D, E);
	made(311, 0, 12, C, D, E);
	made(165, AT(words), AT(&words[1]), AT(&words[2]), D, E);
	made(171, AT(words), AT(&words[1]), AT(&words[2]), D, E);
	made(209, AT(words), AT(&words[1]), AT(&words[2]), D, E);
	made(211, AT(words), AT(&words[1]), AT(&words[2]), D, E);
	made(172, 3, 0x2121, C, D, E);
	made(172, 16, AT(words), C, D, E);
	made(158, 0x1111, 0x2121, C, D, E);
	__asm__("movl %%gs, %0" : "=r"(gs));
	words[0] = gs >> 3;
	made(244, AT(words), 0x2121, C, D, E);
	made(243, AT(words), 0x2121, C, D, E);
}

static void on_children(void)
{
	static uint32_t words[64];
	pid_t pid;

	CHILD(pid);
	made(114, AT(pid), AT(words), 0, AT(&words[1]), E);
	CHILD(pid);
	made(7, AT(pid), AT(words), 0, D, E);
	CHILD(pid);
	made(284, 1, AT(pid), AT(words), 4, 0);
	CHILD(pid) pause();
	made(57, AT(pid), 0, C, D, E);
	made(26, 16, AT(pid), 0, 0, E); /* attaches */
	CHECK(waitpid(pid, NULL, 0) == pid);
	made(26, 3, AT(pid), 44, AT(words), E);
	made(26, 12, AT(pid), 0, AT(words), E);
	made(26, 13, AT(pid), 0, AT(words), E);
	made(26, 14, AT(pid), 0, AT(words), E);
	made(26, 17, AT(pid), 0, 0, E); /* detaches */
	made(37, AT(pid), SIGKILL, C, D, E);
	CHECK(waitpid(pid, NULL, 0) == pid);
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
	CHILD(pid) on_files();
	expect_exit(pid, 0);
	CHILD(pid) on_signals_and_times();
	expect_exit(pid, 0);
	CHILD(pid) on_children();
	expect_exit(pid, 0);
	CHILD(pid) ids();
	expect_exit(pid, 0);
	return 0;
}
