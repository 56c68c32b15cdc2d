/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * boot_test.c: what the kernel has set up when a program first runs: gates, descriptors, TSS,
 * SYSENTER, the first tasks. Expectations: docs/kernels.md §3 (gates, selectors, thread_info,
 * esp0), §4 (SYSENTER) and §10; the manual's formats of gates, descriptors and TSS.
 * Every test runs on every kernel.
 */
#include "tests/helpers/own_registers.h"

enum { INTERRUPT = 0xe, TRAP = 0xf, PRESENT = 0x80, RING3 = 0x60 };

static sysemu_machine *open_booted(const char *kernel)
{
	struct emit p = { 0 };

	emit_int80(&p, NR_GETPID, 0, 0, 0);
	emit_spin(&p);
	return emit_open(&p, kernel, SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED);
}

static void each_vector_has_its_gate(void **state)
{
	static const struct {
		unsigned vector, type;
		const char *handler;
	} gates[] = {
		{ 0, TRAP, "divide_error" },
		{ 1, INTERRUPT, "debug" },
		{ 3, INTERRUPT | RING3, "int3" },
		{ 4, TRAP | RING3, "overflow" },
		{ 5, TRAP | RING3, "bounds" },
		{ 6, TRAP, "invalid_op" },
		{ 7, TRAP, "device_not_available" },
		{ 9, TRAP, "coprocessor_segment_overrun" },
		{ 10, TRAP, "invalid_TSS" },
		{ 11, TRAP, "segment_not_present" },
		{ 12, TRAP, "stack_segment" },
		{ 13, TRAP, "general_protection" },
		{ 14, INTERRUPT, "page_fault" },
		{ 16, TRAP, "coprocessor_error" },
		{ 17, TRAP, "alignment_check" },
		{ 19, TRAP, "simd_coprocessor_error" },
		{ 0x80, TRAP | RING3, "system_call" },
		{ RESCHEDULE_VECTOR, INTERRUPT, "reschedule_interrupt" },
	};
	sysemu_machine *m = open_booted(*state);
	uint32_t idt = symbol(m, "idt_table");
	unsigned n = 0;

	for (unsigned vector = 0; vector < 256; vector++) {
		uint32_t low = guest_word(m, idt + 8 * vector);
		uint32_t high = guest_word(m, idt + 8 * vector + 4);
		uint32_t handler;

		if (n == sizeof(gates) / sizeof(gates[0]) || gates[n].vector != vector) {
			assert_int_equal(low, 0); /* not present */
			assert_int_equal(high, 0);
			continue;
		}
		handler = symbol(m, gates[n].handler);
		assert_int_equal(low, (uint32_t)KERNEL_CS << 16 | (handler & 0xffff));
		assert_int_equal(high, (handler & 0xffff0000) | (PRESENT | gates[n].type) << 8);
		n++;
	}
	assert_int_equal(n, sizeof(gates) / sizeof(gates[0]));
	sysemu_close(m);
}

/* The descriptor's base and limit are init_tss's; ring 0's stack; no port for anybody. */
static void the_tss_has_ring_0s_stack_and_no_ports(void **state)
{
	const uint32_t reserve = is_2_6_14(*state) ? 8 : 0;
	sysemu_machine *m = open_booted(*state);
	uint32_t tss = symbol(m, "init_tss"), entry = symbol(m, "gdt_table") + 8 * 16;
	uint32_t low = guest_word(m, entry), high = guest_word(m, entry + 4);
	uint32_t getpid = symbol(m, "sys_getpid"), esp0;

	assert_int_equal(low >> 16 | (high & 0xff) << 16 | (high & 0xff000000), tss);
	assert_int_equal((low & 0xffff) | (high & 0xf0000), 8704 - 1);
	assert_int_equal(high >> 8 & 0xff, PRESENT | 0xb); /* a busy 32-bit TSS, of ring 0 */
	assert_int_equal(guest_word(m, tss + 8) & 0xffff, 0x68);
	assert_true(guest_word(m, tss + 100) >> 16 >= 8704 - 1);
	esp0 = guest_word(m, tss + 4);
	assert_int_equal((esp0 + reserve) % 8192, 0);
	assert_int_equal(run_to(m, getpid).eip, getpid);
	assert_int_equal(kernel_regs(m).esp + 4 + 60, esp0);
	sysemu_close(m);
}

static void the_segments_are_flat(void **state)
{
	static const uint32_t high[] = { 0xcf9a00, 0xcf9200, 0xcffa00, 0xcff200 };
	sysemu_machine *m = open_booted(*state);
	uint32_t gdt = symbol(m, "gdt_table");

	for (unsigned i = 0; i < 4; i++) { /* 0x60, 0x68, 0x70, 0x78; the CPU marks the accessed */
		assert_int_equal(guest_word(m, gdt + 8 * (12 + i)), 0xffff);
		assert_int_equal(guest_word(m, gdt + 8 * (12 + i) + 4) & ~0x100u, high[i]);
	}
	sysemu_close(m);
}

static void thread_info_lies_at_the_stacks_bottom(void **state)
{
	sysemu_machine *m = open_booted(*state);
	uint32_t getpid = symbol(m, "sys_getpid"), info, tasks = symbol(m, "tasks");

	assert_int_equal(run_to(m, getpid).eip, getpid);
	info = kernel_regs(m).esp & ~8191u;
	assert_true(guest_word(m, info) > tasks); /* its task: not the first */
	assert_int_equal(guest_word(m, info + 8), 0);
	assert_int_equal(guest_word(m, info + 24), 0xc0000000); /* addr_limit: TASK_SIZE */
	sysemu_close(m);
}

static void the_first_tasks_are_init_the_tracer_and_the_program(void **state)
{
	static const struct {
		int32_t pid, ppid;
	} rows[] = { { INIT, INIT }, { TRACER, INIT }, { PROGRAM, TRACER } };
	sysemu_machine *m = open_booted(*state);

	for (unsigned i = 0; i < 3; i++) {
		sysemu_task t = task_info(m, rows[i].pid);

		assert_int_equal(t.pid, rows[i].pid);
		if (i)
			assert_int_equal(t.ppid, rows[i].ppid);
		assert_int_equal(t.tracer, 0);
		assert_int_equal(t.tif, 0);
		assert_int_equal(t.ptrace, 0);
		assert_int_equal(t.sigpending, 0);
		assert_int_equal(t.exit_code, 0);
		assert_false(t.audit);
	}
	sysemu_close(m);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(each_vector_has_its_gate),
		ON_KERNELS(the_tss_has_ring_0s_stack_and_no_ports),
		ON_KERNELS(the_segments_are_flat),
		ON_KERNELS(thread_info_lies_at_the_stacks_bottom),
		ON_KERNELS(the_first_tasks_are_init_the_tracer_and_the_program),
	};

	return run_on_kernels("boot", tests, sizeof(tests) / sizeof(tests[0]));
}
