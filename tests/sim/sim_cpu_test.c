/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim_cpu_test.c: the processor: what arrives in a handler, with which frame, and how
 * many instructions were retired on the way. Expectations come from the processor's
 * manual, not from the code. Read next: sim_box.h, the computer that these run in.
 */
#include "sim/cpu/cpu.h"
#include "tests/sim/sim_box.h"

#include <stdio.h>

enum { CF = EFLAGS_CF, TF = EFLAGS_TF, IF = EFLAGS_IF, RF = EFLAGS_RF };

/* Instructions around a user program: five of box_iret, and the handler's hlt. */
enum { AROUND = 6 };

static uint64_t total(struct sim *s)
{
	return sim_get_counts(s)->total;
}

/* Runs code that ends in `vector`; the instructions it retired itself. */
static uint64_t run_to(struct sim *s, const uint8_t *code, const uint8_t *end, int vector)
{
	uint64_t before = total(s);
	int got = box_run(s, code, end);

	if (got != vector)
		fail_msg("vector %d, not %d, at %08x: %s", got, vector, sim_get_eip(s), sim_why(s));
	return total(s) - before - AROUND;
}
#define RUN_TO(s, name, vector) run_to(s, name, name##_end, vector)

/* The frame of a delivery from user code, behind its error code. */
static void check_frame(struct sim *s, bool has_error, uint32_t eip, uint32_t eflags)
{
	unsigned n = has_error ? 1 : 0;
	struct sim_regs r;

	assert_int_equal(box_frame(s, n), eip);
	assert_int_equal(box_frame(s, n + 1), UCS);
	assert_int_equal(box_frame(s, n + 2), eflags);
	assert_int_equal(box_frame(s, n + 3), BOX_ESP);
	assert_int_equal(box_frame(s, n + 4), UDS);
	sim_get_regs(s, &r);
	assert_int_equal(r.esp, BOX_KSTACK - 20 - 4 * n);
	assert_int_equal(r.cs, KCS);
	assert_int_equal(r.ss, KDS);
}

/* ---- deliveries ---- */

GUEST(int80, "mov $20,%eax\n stc\n int $0x80\n");

static void int_80_pushes_the_next_address_and_keeps_IF(void **state)
{
	struct sim *s = *state;
	struct sim_regs r;

	assert_int_equal(RUN_TO(s, int80, 0x80), 3);
	check_frame(s, false, BOX_CODE + 8, 2 | IF | CF);
	sim_get_regs(s, &r);
	assert_int_equal(r.eflags, 2 | IF | CF);
	assert_int_equal(r.eax, 20);
	assert_int_equal(sim_get_counts(s)->vector[0x80], 1);
	assert_int_equal(sim_get_counts(s)->int_user[0x80], 1);
	assert_int_equal(sim_cpl(s), 0);
}

GUEST(page_fault, "nop\n nop\n movl $1,0xC0100000\n nop\n");

static void a_page_fault_is_a_fault_in_mid_block_through_an_interrupt_gate(void **state)
{
	struct sim *s = *state;
	struct sim_regs r;

	assert_int_equal(RUN_TO(s, page_fault, 14), 2);
	assert_int_equal(box_frame(s, 0), 7); /* user, write, present */
	check_frame(s, true, BOX_CODE + 2, 2 | IF | RF);
	sim_get_regs(s, &r);
	assert_int_equal(r.eflags & IF, 0);
	assert_int_equal(sim_get_counts(s)->vector[14], 1);
	assert_int_equal(sim_get_counts(s)->int_user[14], 0);
}

GUEST(read_absent, "mov 0x20000000,%eax\n");
GUEST(write_absent, "mov %eax,0x20000000\n");
GUEST(write_code, "mov %eax,0x08048000\n");
GUEST(jump_absent, "mov $0x20000000,%eax\n jmp *%eax\n");
GUEST(jump_null, "xor %eax,%eax\n jmp *%eax\n");
GUEST(jump_kernel, "mov $0xC0120000,%eax\n jmp *%eax\n");

static void the_error_code_of_a_page_fault_tells_what_was_tried(void **state)
{
	struct sim *s = *state;

	assert_int_equal(RUN_TO(s, read_absent, 14), 0);
	assert_int_equal(box_frame(s, 0), 4);
	assert_int_equal(RUN_TO(s, write_absent, 14), 0);
	assert_int_equal(box_frame(s, 0), 6);
	assert_int_equal(RUN_TO(s, write_code, 14), 0);
	assert_int_equal(box_frame(s, 0), 7);
	assert_int_equal(RUN_TO(s, jump_absent, 14), 2);
	assert_int_equal(box_frame(s, 0), 4);
	assert_int_equal(box_frame(s, 1), 0x20000000);
	assert_int_equal(RUN_TO(s, jump_null, 14), 2);
	assert_int_equal(box_frame(s, 1), 0);
	assert_int_equal(RUN_TO(s, jump_kernel, 14), 2);
	assert_int_equal(box_frame(s, 0), 5);
}

GUEST(bad_selector, "nop\n mov $0x1233,%eax\n mov %eax,%ds\n");
GUEST(divide, "xor %ecx,%ecx\n div %ecx\n");
GUEST(ud2, "nop\n ud2\n");
GUEST(cli, "nop\n cli\n");
GUEST(int13, "nop\n int $13\n");
GUEST(int6, "nop\n int $6\n");
GUEST(int3, "nop\n int3\n");
GUEST(int1, "nop\n .byte 0xf1\n nop\n");
GUEST(into, "mov $0x7fffffff,%eax\n inc %eax\n into\n");
GUEST(syscall_insn, "nop\n syscall\n");

static void each_exception_comes_with_its_own_error_code_and_address(void **state)
{
	struct sim *s = *state;

	for (int round = 0; round < 4; round++) { /* the engine must not count them up */
		assert_int_equal(RUN_TO(s, bad_selector, 13), 2);
		assert_int_equal(box_frame(s, 0), 0x1230);
		check_frame(s, true, BOX_CODE + 6, 2 | IF | RF);
		assert_int_equal(RUN_TO(s, divide, 0), 1);
		check_frame(s, false, BOX_CODE + 2, 2 | IF | RF | 0x44);
		assert_int_equal(RUN_TO(s, ud2, 6), 1);
		check_frame(s, false, BOX_CODE + 1, 2 | IF | RF);
		assert_int_equal(RUN_TO(s, cli, 13), 1);
		assert_int_equal(box_frame(s, 0), 0);
		check_frame(s, true, BOX_CODE + 1, 2 | IF | RF);
		assert_int_equal(RUN_TO(s, syscall_insn, 6), 1);
		check_frame(s, false, BOX_CODE + 1, 2 | IF | RF);
	}
}

static void int3_into_and_int1_are_traps(void **state)
{
	struct sim *s = *state;

	assert_int_equal(RUN_TO(s, int3, 3), 2);
	check_frame(s, false, BOX_CODE + 2, 2 | IF);
	assert_int_equal(sim_get_counts(s)->int_user[3], 1);
	assert_int_equal(RUN_TO(s, into, 4), 3);
	assert_int_equal(box_frame(s, 0), BOX_CODE + 7);
	assert_int_equal(RUN_TO(s, int1, 1), 2);
	check_frame(s, false, BOX_CODE + 2, 2 | IF);
	assert_int_equal(sim_get_counts(s)->int_user[1], 0);
}

static void an_int_that_the_gate_forbids_is_a_GP_at_the_instruction(void **state)
{
	struct sim *s = *state;

	assert_int_equal(RUN_TO(s, int13, 13), 1);
	assert_int_equal(box_frame(s, 0), 13 * 8 + 2);
	check_frame(s, true, BOX_CODE + 1, 2 | IF | RF);
	assert_int_equal(RUN_TO(s, int6, 13), 1);
	assert_int_equal(box_frame(s, 0), 6 * 8 + 2);
	check_frame(s, true, BOX_CODE + 1, 2 | IF | RF);
	assert_int_equal(sim_get_counts(s)->vector[13], 2);
	assert_int_equal(sim_get_counts(s)->int_user[13], 0);
}

GUEST(int90, "int $0x90\n");

static void a_gate_that_is_not_present_is_NP_and_a_short_table_GP(void **state)
{
	struct sim *s = *state;

	box_gate(s, 0x90, 0x6f);
	assert_int_equal(RUN_TO(s, int90, 11), 0);
	assert_int_equal(box_frame(s, 0), 0x90 * 8 + 2);
	box_gate(s, 0x90, 0xe2); /* no gate at all */
	assert_int_equal(RUN_TO(s, int90, 13), 0);
	assert_int_equal(box_frame(s, 0), 0x90 * 8 + 2);
}

GUEST(sysenter, "nop\n stc\n sysenter\n");
GUEST(set_sysenter, "mov $0x175,%ecx\n mov $0xC0103000,%eax\n xor %edx,%edx\n wrmsr\n"
		    "mov $0x176,%ecx\n mov $0xC0110FF0,%eax\n wrmsr\n hlt\n");
GUEST(clear_sysenter, "mov $0x174,%ecx\n xor %eax,%eax\n xor %edx,%edx\n wrmsr\n hlt\n");

static void run_kernel(struct sim *s, const uint8_t *code, const uint8_t *end)
{
	box_code(s, BOX_KCODE + 0x200, code, end);
	sim_enter_kernel(s, KCS, KDS, BOX_KCODE + 0x200, BOX_KSTACK, 2);
	assert_int_equal(sim_run(s, 0), SIM_HALT);
}
#define RUN_KERNEL(s, name) run_kernel(s, name, name##_end)

static void sysenter_goes_where_the_MSRs_say_with_IF_clear_and_the_flags_kept(void **state)
{
	struct sim *s = *state;
	struct sim_regs r;

	RUN_KERNEL(s, set_sysenter);
	assert_int_equal(RUN_TO(s, sysenter, 0xff), 3);
	sim_get_regs(s, &r);
	assert_int_equal(r.esp, 0xC0103000);
	assert_int_equal(r.cs, KCS);
	assert_int_equal(r.ss, KDS);
	assert_int_equal(r.eflags, 2 | CF);
	assert_int_equal(sim_get_counts(s)->sysenter_user, 1);
	RUN_KERNEL(s, clear_sysenter);
	assert_int_equal(RUN_TO(s, sysenter, 13), 2);
	check_frame(s, true, BOX_CODE + 2, 2 | IF | RF | CF);
	assert_int_equal(sim_get_counts(s)->sysenter_user, 1);
}

GUEST(to_sysexit, "mov $0x08048000,%edx\n mov $0xBFFFFF00,%ecx\n sysexit\n");

static void sysexit_returns_to_user_code(void **state)
{
	struct sim *s = *state;

	box_code(s, BOX_CODE, int80, int80_end);
	box_code(s, BOX_KCODE + 0x200, to_sysexit, to_sysexit_end);
	sim_enter_kernel(s, KCS, KDS, BOX_KCODE + 0x200, BOX_KSTACK, 2 | IF);
	assert_int_equal(sim_run(s, 0), SIM_HALT);
	check_frame(s, false, BOX_CODE + 8, 2 | IF | CF);
}

GUEST(in_out, "nop\n out %al,$0x80\n");
GUEST(in_insn, "nop\n nop\n rep insb\n");
GUEST(kernel_ports,
      "mov $0x41,%al\n out %al,$0xe9\n mov $0x1234,%dx\n mov $0x11223344,%eax\n out %eax,%dx\n"
      "xor %eax,%eax\n in $0x60,%al\n hlt\n");

struct port_log {
	unsigned n;
	uint32_t value[4];
	uint16_t port[4];
	unsigned size[4];
};

static void log_port(void *user, uint16_t port, uint32_t value, unsigned size)
{
	struct port_log *log = user;

	log->port[log->n] = port;
	log->value[log->n] = value;
	log->size[log->n++] = size;
}

static void ports_are_for_ring_0(void **state)
{
	struct port_log log = { .n = 0 };
	struct sim *s = *state;

	sim_on_out(s, log_port, &log);
	assert_int_equal(RUN_TO(s, in_out, 13), 1);
	check_frame(s, true, BOX_CODE + 1, 2 | IF | RF);
	assert_int_equal(RUN_TO(s, in_insn, 13), 2);
	check_frame(s, true, BOX_CODE + 2, 2 | IF | RF);
	assert_int_equal(log.n, 0);
	RUN_KERNEL(s, kernel_ports);
	assert_int_equal(log.n, 2);
	assert_int_equal(log.port[0], 0xe9);
	assert_int_equal(log.value[0] & 0xff, 0x41);
	assert_int_equal(log.size[0], 1);
	assert_int_equal(log.port[1], 0x1234);
	assert_int_equal(log.value[1], 0x11223344);
	assert_int_equal(log.size[1], 4);
	assert_int_equal(sim_get_eax(s), 0xff);
}

GUEST(far_call, "nop\n .byte 0xff,0xd8\n");
GUEST(far_jump, "nop\n .byte 0x66,0xff,0xe9\n");
GUEST(lock_cmp, "nop\n .byte 0xf0,0x39,0x00\n");
GUEST(lock_bt, "nop\n .byte 0xf3,0xf0,0x0f,0xa3,0xd3\n");
GUEST(lock_nop, "nop\n .byte 0xf0,0x90\n");
GUEST(like_poison, "nop\n push $-1\n call 1f\n 1: .byte 0xb0,0xff,0xe9,0,0,0,0\n"
		   "mov $0x08050000,%ebx\n lock incl (%ebx)\n lock cmpxchg8b (%ebx)\n int $0x80\n");

static void what_makes_the_engine_abort_is_an_invalid_opcode(void **state)
{
	struct sim *s = *state;
	uint32_t code;

	assert_int_equal(RUN_TO(s, far_call, 6), 1);
	check_frame(s, false, BOX_CODE + 1, 2 | IF | RF);
	assert_int_equal(RUN_TO(s, far_jump, 6), 1);
	check_frame(s, false, BOX_CODE + 1, 2 | IF | RF);
	assert_int_equal(RUN_TO(s, lock_cmp, 6), 1);
	assert_int_equal(RUN_TO(s, lock_bt, 6), 1);
	check_frame(s, false, BOX_CODE + 1, 2 | IF | RF);
	memcpy(&code, lock_bt, 4);
	assert_int_equal(box_peek32(s, BOX_CODE), code); /* memory is as it was */
	assert_int_equal(RUN_TO(s, lock_nop, 6), 1);
	assert_int_equal(RUN_TO(s, like_poison, 0x80), 9);
}

GUEST(lock_sysenter, "nop\n .byte 0xf0,0x0f,0x34\n");
GUEST(vex_syscall, "nop\n .byte 0xc5,0xf8,0x05,0,0,0,0\n");
GUEST(int8, "nop\n int $8\n");

static void other_ways_to_write_an_instruction_are_no_way_around(void **state)
{
	struct sim *s = *state;

	RUN_KERNEL(s, set_sysenter);
	assert_int_equal(RUN_TO(s, lock_sysenter, 6), 1);
	assert_int_equal(RUN_TO(s, vex_syscall, 6), 1);
	assert_int_equal(RUN_TO(s, int8, 13), 1);
	assert_int_equal(box_frame(s, 0), 8 * 8 + 2);
}

GUEST(cut, "nop\n nop\n .byte 0xb8,1,2\n"); /* mov $imm32, %eax without its end */

static void what_stands_before_a_cut_instruction_runs(void **state)
{
	struct sim *s = *state;
	uint32_t at = BOX_CODE + 0x1000 - 5;
	uint64_t before;

	for (int i = 0; i < 3; i++) {
		box_code(s, at, cut, cut_end);
		box_user(s, at, 2 | IF);
		before = total(s);
		assert_int_equal(sim_run(s, 0), SIM_HALT);
		assert_int_equal(sim_get_eip(s), BOX_STUBS + 16 * 14 + 1);
		assert_int_equal(total(s) - before, AROUND + 2);
		assert_int_equal(box_frame(s, 0), 4);
		check_frame(s, true, at + 2, 2 | IF | RF);
		/* The page comes, and the instruction is whole. */
		assert_int_equal(sim_map(s, BOX_CODE + 0x1000, 1, SIM_USER), SIM_OK);
		box_poke32(s, BOX_CODE + 0x1000, 0x80cd0000);
		box_user(s, at, 2 | IF);
		assert_int_equal(sim_run(s, 0), SIM_HALT);
		assert_int_equal(sim_get_eip(s), BOX_STUBS + 16 * 0x80 + 1);
		assert_int_equal(sim_get_eax(s), 0x201);
		sim_unmap(s, BOX_CODE + 0x1000, 1);
	}
}

GUEST(over_the_top, "nop\n fld1\n mov $-4,%ebx\n fstpt (%ebx)\n");

static void an_access_over_the_last_address_is_a_page_fault(void **state)
{
	struct sim *s = *state;

	assert_int_equal(sim_map(s, 0xfffff000, 1, SIM_USER | SIM_WRITE), SIM_OK);
	assert_int_equal(RUN_TO(s, over_the_top, 14), 3);
	check_frame(s, true, BOX_CODE + 8, 2 | IF | RF);
}

/* ---- what cannot be delivered ---- */

static void a_fault_on_the_way_to_a_handler_is_a_double_fault(void **state)
{
	struct sim *s = *state;

	box_gate(s, 14, 0x0e); /* not present: #NP while delivering #PF */
	assert_int_equal(RUN_TO(s, read_absent, 8), 0);
	assert_int_equal(box_frame(s, 0), 0);
	check_frame(s, true, BOX_CODE, 2 | IF);
}

static void without_a_stack_it_is_a_triple_fault_that_says_why(void **state)
{
	struct sim *s = *state;

	box_poke32(s, BOX_TSS + 4, 0x30000000);
	assert_int_equal(box_run(s, read_absent, read_absent_end), -1);
	assert_non_null(strstr(sim_why(s), "triple fault"));
	assert_int_equal(sim_get_eip(s), BOX_CODE);
	assert_int_equal(sim_run(s, 0), SIM_SHUTDOWN);
}

static void a_task_gate_is_a_shutdown(void **state)
{
	struct sim *s = *state;

	box_gate(s, 0x90, 0xe5);
	assert_int_equal(box_run(s, int90, int90_end), -1);
	assert_non_null(strstr(sim_why(s), "task gate"));
}

/* ---- single steps ---- */

GUEST(steps, "nop\n inc %eax\n mov $0x20000000,%ecx\n int $0x80\n");

static void TF_traps_after_each_instruction_but_not_after_int(void **state)
{
	static const uint32_t after[] = { 1, 2, 7 };
	struct sim *s = *state;
	uint64_t before;

	box_code(s, BOX_CODE, steps, steps_end);
	box_user(s, BOX_CODE, 2 | IF | TF);
	before = total(s);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(sim_run(s, 0), SIM_HALT);
		assert_int_equal(sim_get_eip(s), BOX_STUBS + 16 + 1);
		check_frame(s, false, BOX_CODE + after[i], 2 | IF | TF);
	}
	assert_int_equal(sim_run(s, 0), SIM_HALT);
	assert_int_equal(sim_get_eip(s), BOX_STUBS + 16 * 0x80 + 1);
	/* iret's five, four of the program, four hlts, three irets */
	assert_int_equal(total(s) - before, 5 + 4 + 4 + 3);
	assert_int_equal(sim_get_counts(s)->vector[1], 3);
}

static void TF_over_sysenter_traps_at_the_handler(void **state)
{
	struct sim *s = *state;

	RUN_KERNEL(s, set_sysenter);
	box_code(s, BOX_CODE, sysenter, sysenter_end);
	box_user(s, BOX_CODE + 2, 2 | IF | TF);
	assert_int_equal(sim_run(s, 0), SIM_HALT);
	assert_int_equal(sim_get_eip(s), BOX_STUBS + 16 + 1);
	assert_int_equal(box_frame(s, 0), BOX_STUBS + 0xff0);
	assert_int_equal(box_frame(s, 1), KCS);
	assert_int_equal(box_frame(s, 2), 2 | TF);
}

/* ---- identity and time ---- */

GUEST(identity,
      "xor %eax,%eax\n cpuid\n mov %ebx,0x08050000\n mov %edx,0x08050004\n mov %ecx,0x08050008\n"
      "mov $1,%eax\n cpuid\n mov %edx,0x0805000c\n int $0x80\n");

static void CPUID_is_the_same_on_every_host(void **state)
{
	struct sim *s = *state;
	char vendor[12];

	RUN_TO(s, identity, 0x80);
	sim_read(s, BOX_DATA, vendor, 12, NULL);
	assert_memory_equal(vendor, "GenuineIntel", 12);
	assert_int_equal(box_peek32(s, BOX_DATA + 12), 0x07808931);
}

GUEST(time, "rdtsc\n mov %eax,%ebx\n nop\n nop\n rdtsc\n sub %ebx,%eax\n int $0x80\n");
GUEST(kernel_time,
      "rdtsc\n mov %eax,%ebx\n nop\n nop\n nop\n .byte 0x0f,0x01,0xf9\n sub %ebx,%eax\n hlt\n");

static void the_time_stamp_is_the_number_of_instructions(void **state)
{
	struct sim *s = *state;

	assert_int_equal(RUN_TO(s, time, 0x80), 7);
	assert_int_equal(sim_get_eax(s), 4);
	RUN_KERNEL(s, kernel_time);
	assert_int_equal(sim_get_eax(s), 5);
}

GUEST(debug_registers, "mov $0x08048000,%eax\n mov %eax,%dr0\n mov $0x401,%eax\n mov %eax,%dr7\n"
		       "xor %eax,%eax\n mov %dr0,%eax\n hlt\n");

static void debug_registers_hold_what_was_written_and_hit_the_program(void **state)
{
	struct sim *s = *state;

	RUN_KERNEL(s, debug_registers);
	assert_int_equal(sim_get_eax(s), BOX_CODE);
	assert_int_equal(RUN_TO(s, int80, 1), 0); /* before the first instruction */
}

/* ---- registers ---- */

static void registers_come_back_as_they_were_set(void **state)
{
	struct sim *s = *state;
	struct sim_regs r, again;

	sim_get_regs(s, &r);
	r.eax = 1, r.ecx = 2, r.edx = 3, r.ebx = 4, r.esp = 5, r.ebp = 6, r.esi = 7, r.edi = 8;
	r.eip = 0x1234, r.eflags = 2 | CF;
	sim_set_regs(s, &r);
	sim_get_regs(s, &again);
	assert_memory_equal(&r, &again, sizeof(r));
	assert_int_equal(sim_get_eax(s), 1);
	assert_int_equal(sim_get_edx(s), 3);
}

static void segments_that_the_GDT_does_not_have_are_told_by_the_next_run(void **state)
{
	struct sim *s = *state;

	sim_enter_kernel(s, 0x1000, KDS, BOX_KCODE, BOX_KSTACK, 2);
	assert_int_equal(sim_run(s, 0), SIM_BROKEN);
	assert_non_null(strstr(sim_why(s), "GDT"));
	assert_int_equal(RUN_TO(s, int80, 0x80), 3);
}

GUEST(fill_fpu, "fld1\n fldpi\n pcmpeqd %xmm3,%xmm3\n int $0x80\n");
GUEST(spoil_fpu, "fninit\n pxor %xmm3,%xmm3\n mov $9,%eax\n int $0x80\n");

static void a_context_is_a_whole_CPU(void **state)
{
	struct sim *s = *state;
	struct sim_context *c = sim_context_new(s);
	uint8_t before[16], after[16];
	struct sim_regs r, again;

	assert_non_null(c);
	RUN_TO(s, fill_fpu, 0x80);
	sim_context_save(s, c);
	sim_get_regs(s, &r);
	RUN_TO(s, spoil_fpu, 0x80);
	/* Equal counts, code and stack for both digests; the CPU differs. */
	sim_digest(s, NULL, 0, before);
	sim_context_restore(s, c);
	sim_digest(s, NULL, 0, after);
	assert_memory_not_equal(before, after, 16);
	sim_get_regs(s, &again);
	assert_memory_equal(&r, &again, sizeof(r));
	sim_context_free(c);
}

/* ---- test list ---- */

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOX_TEST(int_80_pushes_the_next_address_and_keeps_IF),
		BOX_TEST(a_page_fault_is_a_fault_in_mid_block_through_an_interrupt_gate),
		BOX_TEST(the_error_code_of_a_page_fault_tells_what_was_tried),
		BOX_TEST(each_exception_comes_with_its_own_error_code_and_address),
		BOX_TEST(int3_into_and_int1_are_traps),
		BOX_TEST(an_int_that_the_gate_forbids_is_a_GP_at_the_instruction),
		BOX_TEST(a_gate_that_is_not_present_is_NP_and_a_short_table_GP),
		BOX_TEST(sysenter_goes_where_the_MSRs_say_with_IF_clear_and_the_flags_kept),
		BOX_TEST(sysexit_returns_to_user_code),
		BOX_TEST(ports_are_for_ring_0),
		BOX_TEST(what_makes_the_engine_abort_is_an_invalid_opcode),
		BOX_TEST(other_ways_to_write_an_instruction_are_no_way_around),
		BOX_TEST(what_stands_before_a_cut_instruction_runs),
		BOX_TEST(an_access_over_the_last_address_is_a_page_fault),
		BOX_TEST(a_fault_on_the_way_to_a_handler_is_a_double_fault),
		BOX_TEST(without_a_stack_it_is_a_triple_fault_that_says_why),
		BOX_TEST(a_task_gate_is_a_shutdown),
		BOX_TEST(TF_traps_after_each_instruction_but_not_after_int),
		BOX_TEST(TF_over_sysenter_traps_at_the_handler),
		BOX_TEST(CPUID_is_the_same_on_every_host),
		BOX_TEST(the_time_stamp_is_the_number_of_instructions),
		BOX_TEST(debug_registers_hold_what_was_written_and_hit_the_program),
		BOX_TEST(registers_come_back_as_they_were_set),
		BOX_TEST(segments_that_the_GDT_does_not_have_are_told_by_the_next_run),
		BOX_TEST(a_context_is_a_whole_CPU),
	};

	return cmocka_run_group_tests_name("sim cpu", tests, NULL, NULL);
}
