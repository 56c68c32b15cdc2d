/* SPDX-License-Identifier: GPL-2.0-only */
/* emit.c: see emit.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/helpers/emit.h"

#define VSYSCALL_ENTRY  0xffffe400u
#define SYSENTER_RETURN 0xffffe410u /* behind the page's sysenter: three pops, ret */
#define NR_SIGACTION    67

static void emit_byte(struct emit *p, uint8_t byte)
{
	assert_true(p->at < sizeof(p->page));
	p->page[p->at++] = byte;
}

void emit(struct emit *p, const char *hex)
{
	while (*hex) {
		unsigned byte;
		int used;

		if (*hex == ' ') {
			hex++;
			continue;
		}
		assert_int_equal(sscanf(hex, "%2x%n", &byte, &used), 1);
		assert_int_equal(used, 2);
		emit_byte(p, (uint8_t)byte);
		hex += 2;
	}
}

void emit_org(struct emit *p, uint32_t offset)
{
	assert_true(offset < sizeof(p->page));
	p->at = offset;
}

uint32_t emit_here(const struct emit *p)
{
	return SYSEMU_CODE_BASE + p->at;
}

void emit_word(struct emit *p, uint32_t word)
{
	for (unsigned i = 0; i < 4; i++)
		emit_byte(p, (uint8_t)(word >> (8 * i)));
}

void emit_mov(struct emit *p, unsigned reg, uint32_t value)
{
	emit_byte(p, (uint8_t)(0xb8 + reg));
	emit_word(p, value);
}

void emit_store(struct emit *p, uint32_t addr, unsigned reg)
{
	emit_byte(p, 0x89);
	emit_byte(p, (uint8_t)(reg << 3 | 5));
	emit_word(p, addr);
}

void emit_int80(struct emit *p, uint32_t nr, uint32_t ebx, uint32_t ecx, uint32_t edx)
{
	emit_mov(p, EMIT_EBX, ebx);
	emit_mov(p, EMIT_ECX, ecx);
	emit_mov(p, EMIT_EDX, edx);
	emit_mov(p, EMIT_EAX, nr);
	emit(p, "cd80");
}

void emit_vsyscall(struct emit *p, uint32_t nr)
{
	emit_mov(p, EMIT_EAX, nr);
	emit_byte(p, 0xe8);
	emit_word(p, VSYSCALL_ENTRY - (emit_here(p) + 4));
}

uint32_t emit_call(struct emit *p, sysemu_entry entry, uint32_t nr)
{
	if (entry == SYSEMU_ENTRY_SYSENTER) {
		emit_vsyscall(p, nr);
		return SYSENTER_RETURN;
	}
	emit_mov(p, EMIT_EAX, nr);
	emit(p, "cd80");
	return emit_here(p);
}

void emit_spin(struct emit *p)
{
	emit(p, "ebfe");
}

void emit_sigaction(struct emit *p, uint32_t sig, uint32_t handler, uint32_t flags, uint32_t mask,
		    uint32_t restorer)
{
	uint32_t act;

	emit(p, "eb10"); /* over the four words */
	act = emit_here(p);
	emit_word(p, handler);
	emit_word(p, mask);
	emit_word(p, flags);
	emit_word(p, restorer);
	emit_int80(p, NR_SIGACTION, sig, act, 0);
}

sysemu_machine *emit_open(const struct emit *p, const char *kernel, sysemu_entry entry,
			  sysemu_start start)
{
	return open_code(kernel, entry, start, p->page, sizeof(p->page));
}

uint32_t guest_word(sysemu_machine *m, uint32_t addr)
{
	uint32_t word = 0;

	OK(m, sysemu_read(m, addr, &word, sizeof(word)));
	return word;
}

bool is_2_6_14(const char *kernel)
{
	return strcmp(kernel, "2.6.14") == 0;
}

bool emulates(const char *kernel)
{
	return strcmp(kernel, "2.6.11") != 0 && strcmp(kernel, "sysemu-as-printed") != 0;
}

sysemu_task task_info(sysemu_machine *m, int32_t pid)
{
	sysemu_task info;

	OK(m, sysemu_task_info(m, pid, &info));
	return info;
}

sysemu_regs regs_of(sysemu_machine *m)
{
	sysemu_regs regs;

	OK(m, sysemu_get_regs(m, &regs));
	return regs;
}

int32_t kill_from_outside(sysemu_machine *m, int32_t pid, int signal)
{
	int32_t result = -1000;

	OK(m, sysemu_signal(m, pid, signal, &result));
	return result;
}

void stop_siginfo(sysemu_machine *m, uint32_t words[6])
{
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_GETSIGINFO, 0, SYSEMU_WINDOW), 0);
	OK(m, sysemu_read(m, SYSEMU_WINDOW, words, 6 * sizeof(*words)));
}

sysemu_event run_briefly(sysemu_machine *m)
{
	sysemu_event e;

	OK(m, sysemu_run(m, 50000, &e));
	return e;
}

sysemu_event resume_briefly(sysemu_machine *m, int request, uint32_t data)
{
	assert_int_equal(ptrace_raw(m, request, 0, data), 0);
	return run_briefly(m);
}

int run_on_kernels(const char *group, const struct kernel_test *tests, size_t n)
{
	struct CMUnitTest *list = NULL;
	const char *kernel;
	size_t count = 0;
	int failed;

	for (size_t t = 0; t < n; t++)
		for (size_t k = 0; (kernel = kernel_of_2005(k)); k++) {
			char name[160];

			if (tests[t].applies && !tests[t].applies(kernel))
				continue;
			list = realloc(list, (count + 1) * sizeof(*list));
			if (!list)
				return 1;
			snprintf(name, sizeof(name), "%s: %s", kernel, tests[t].name);
			list[count++] = (struct CMUnitTest){ .name = strdup(name),
							     .test_func = tests[t].func,
							     .initial_state = (void *)kernel };
		}
	failed = _cmocka_run_group_tests(group, list, count, NULL, NULL);
	for (size_t i = 0; i < count; i++)
		free((void *)list[i].name);
	free(list);
	return failed;
}
