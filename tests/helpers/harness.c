/* SPDX-License-Identifier: GPL-2.0-only */
/* harness.c: see harness.h. */
#include "lib/machine/machine.h" /* before cmocka, which has a macro fail */

#include "sim/cpu/cpu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/helpers/harness.h"

#define LOOP_LIMIT      10000000
#define VSYSCALL_ENTRY  0xffffe400u
#define SYSENTER_AT     (VSYSCALL_ENTRY + 5) /* behind three pushes and a move */
#define SYSENTER_RETURN 0xffffe410u

void check_ok(const sysemu_machine *m, sysemu_status status, const char *what, const char *file,
	      int line)
{
	if (status == SYSEMU_OK)
		return;
	print_error("%s:%d: %s: %s: %s\n", file, line, what, sysemu_strstatus(status),
		    sysemu_errmsg(m));
	_fail(file, line);
}

sysemu_machine *open_config(const sysemu_config *config)
{
	sysemu_machine *m = NULL;

	OK(NULL, sysemu_open(config, &m));
	return m;
}

const char *kernel_of_2005(size_t i)
{
	static const char *const names[] = { "2.6.11", "sysemu-1",          "sysemu-3", "sysemu-4",
					     "sysemu", "sysemu-as-printed", "2.6.14" };

	return i < sizeof(names) / sizeof(names[0]) ? names[i] : NULL;
}

sysemu_machine *open_kernel(const char *kernel, sysemu_entry entry, sysemu_start start)
{
	const sysemu_config config = { .kernel = kernel, .entry = entry, .start = start };

	return open_config(&config);
}

sysemu_machine *open_code(const char *kernel, sysemu_entry entry, sysemu_start start,
			  const void *code, size_t size)
{
	sysemu_machine *m = open_kernel(kernel, entry, start);

	OK(m, sysemu_load_code(m, code, size));
	return m;
}

void *read_file(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rb");
	uint8_t *bytes = NULL;
	size_t room = 0, n;

	*size = 0;
	if (!f) {
		print_error("%s cannot be opened\n", path);
		fail();
	}
	do {
		room += 65536;
		bytes = realloc(bytes, room);
		assert_non_null(bytes);
		n = fread(bytes + *size, 1, room - *size, f);
		*size += n;
	} while (*size == room);
	fclose(f);
	return bytes;
}

sysemu_machine *open_program(const char *kernel, sysemu_entry entry, sysemu_start start,
			     const char *path)
{
	sysemu_machine *m = open_kernel(kernel, entry, start);
	char *const argv[] = { (char *)"program", NULL };
	size_t size;
	void *elf = read_file(path, &size);

	OK(m, sysemu_load_elf(m, elf, size, argv, NULL));
	free(elf);
	return m;
}

sysemu_event run(sysemu_machine *m)
{
	sysemu_event e = { 0 };

	OK(m, sysemu_run(m, LOOP_LIMIT, &e));
	return e;
}

int32_t ptrace_raw(sysemu_machine *m, int request, uint32_t addr, uint32_t data)
{
	int32_t result = -1000;

	OK(m, sysemu_ptrace(m, request, addr, data, &result));
	return result;
}

sysemu_event resume(sysemu_machine *m, int request, uint32_t data)
{
	assert_int_equal(ptrace_raw(m, request, 0, data), 0);
	return run(m);
}

struct one_call open_call(const char *kernel, sysemu_entry entry, sysemu_start start, int nr,
			  const void *prologue, size_t prologue_size)
{
	const sysemu_config config = { .kernel = kernel, .entry = entry, .start = start };

	return open_call_config(&config, nr, prologue, prologue_size);
}

struct one_call open_call_config(const sysemu_config *config, int nr, const void *prologue,
				 size_t prologue_size)
{
	static const uint8_t by_int[] = { 0xcd, 0x80, 0xeb, 0xfe };
	static const uint8_t by_page[] = { 0xbb, 0x00, 0xe4, 0xff, 0xff, 0xff, 0xd3, 0xeb, 0xfe };
	uint8_t code[64];
	size_t n = prologue_size;
	sysemu_entry entry = config->entry;
	struct one_call call;

	assert_true(n <= 32);
	if (n)
		memcpy(code, prologue, n);
	code[n++] = 0xb8; /* mov $nr, %eax */
	memcpy(code + n, &nr, 4);
	n += 4;
	call.at = SYSEMU_CODE_BASE + (uint32_t)n;
	call.behind = call.at + 2;
	memcpy(code + n, entry == SYSEMU_ENTRY_INT80 ? by_int : by_page,
	       entry == SYSEMU_ENTRY_INT80 ? sizeof(by_int) : sizeof(by_page));
	n += entry == SYSEMU_ENTRY_INT80 ? sizeof(by_int) : sizeof(by_page);
	if (entry == SYSEMU_ENTRY_SYSENTER) {
		call.at = SYSENTER_AT;
		call.behind = SYSENTER_RETURN;
	}
	call.m = open_config(config);
	OK(call.m, sysemu_load_code(call.m, code, n));
	return call;
}

sysemu_event run_to(sysemu_machine *m, uint32_t addr)
{
	sysemu_event e;

	OK(m, sysemu_break_set(m, addr));
	e = run(m);
	OK(m, sysemu_break_clear(m, addr));
	return e;
}

uint32_t symbol(sysemu_machine *m, const char *name)
{
	uint32_t addr = 0;

	OK(m, sysemu_symbol(m, name, &addr));
	return addr;
}

uint64_t entry_insns(const sysemu_event *from, const sysemu_event *to)
{
	return to->counts.insns[SYSEMU_REGION_ENTRY] - from->counts.insns[SYSEMU_REGION_ENTRY];
}

struct sim_regs kernel_regs(sysemu_machine *m)
{
	struct sim_regs regs;

	sim_get_regs(m->sim, &regs);
	return regs;
}

void set_kernel_regs(sysemu_machine *m, const struct sim_regs *regs)
{
	sim_set_regs(m->sim, regs);
}

struct debug_state debug_state(sysemu_machine *m)
{
	return (struct debug_state){ sim_reg_get(m->sim, SIM_DR6), sim_reg_get(m->sim, SIM_DR7) };
}

void set_debug_state(sysemu_machine *m, struct debug_state d)
{
	sim_reg_set(m->sim, SIM_DR6, d.dr6);
	sim_reg_set(m->sim, SIM_DR7, d.dr7);
}

void map_page(sysemu_machine *m, uint32_t addr, unsigned flags)
{
	assert_int_equal(sim_map(m->sim, addr, 1, flags), SIM_OK);
}

void map_process_memory(sysemu_machine *m)
{
	for (size_t i = 0; i < m->image.nsegments; i++) {
		const struct sim_segment *s = &m->image.segments[i];
		uint32_t first = s->vaddr & -(uint32_t)SIM_PAGE;

		if (s->vaddr == m->profile->process_memory)
			assert_int_equal(
				sim_map(m->sim, first,
					(s->vaddr + s->memsz - first + SIM_PAGE - 1) / SIM_PAGE,
					SIM_WRITE),
				SIM_OK);
	}
}

int page_flags(sysemu_machine *m, uint32_t addr)
{
	return sim_page(m->sim, addr);
}

bool is_user_page(sysemu_machine *m, uint32_t addr)
{
	int flags = page_flags(m, addr);

	return flags >= 0 && (flags & SIM_USER);
}

void raise_interrupt(sysemu_machine *m, unsigned vector)
{
	assert_true(sim_interrupt(m->sim, vector));
}

uint64_t number_from(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}
