/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clock_test.c: each retired instruction is priced once, in its ring and region and with what
 * came next, however the engine gets over it and however a run is cut into pieces. By `insn`
 * clocks are instructions, region by region; by every model a program costs the same whole,
 * watched, traced, in budgets, between breakpoints and after restores. Read next: sim/counting/clock.c.
 */
#include "tests/sim/sim_box.h"
#include "tests/timing/timing_box.h"

enum { USER = 1, REST, KERNEL, HANDLERS, OTHER }; /* regions; code begins in USER */
enum { BOX_RWX = 0x08060000, BOX_NEXT = BOX_CODE + 0x1000, IOPL3 = 0x3000, TF = 0x100 };
enum { MOST_RUNS = 4000 };

/* ---- machines ---- */

/* BOX_CODE has a second page behind it, and one page can be written and run. */
static struct sim *open_timed(const char *model)
{
	const struct sim_range ranges[] = {
		{ BOX_CODE, BOX_CODE + 5, USER },
		{ BOX_CODE + 5, BOX_CODE + 0x2000, REST },
		{ BOX_RWX, BOX_RWX + 0x1000, USER },
		{ BOX_STUBS, BOX_STUBS + 0x1000, HANDLERS },
		{ BOX_KCODE, BOX_KCODE + 0x1000, KERNEL },
	};
	struct sim_timing timing = box_model(model);
	struct sim *s = box_open();

	assert_int_equal(sim_map(s, BOX_NEXT, 1, SIM_USER), SIM_OK);
	assert_int_equal(sim_map(s, BOX_RWX, 1, SIM_USER | SIM_WRITE), SIM_OK);
	assert_int_equal(sim_set_regions(s, ranges, 5, OTHER), SIM_OK);
	sim_set_timing(s, &timing);
	return s;
}

struct watch {
	uint64_t insns, clocks;
};

static void on_clocks(void *user, const struct sim_retired *r, const uint32_t clocks[SIM_CAUSES],
		      enum sim_verdict verdict)
{
	struct watch *w = user;

	(void)verdict;
	w->insns += r && !r->interrupted;
	for (unsigned c = 0; c < SIM_CAUSES; c++)
		w->clocks += clocks[c];
}

static void on_insn(void *user, uint32_t addr, uint32_t size)
{
	(void)user;
	(void)addr;
	(void)size;
}

static uint64_t sum(const uint64_t clocks[SIM_CAUSES])
{
	uint64_t n = 0;

	for (unsigned c = 0; c < SIM_CAUSES; c++)
		n += clocks[c];
	return n;
}

static uint64_t total(const struct sim_clocks *clocks)
{
	uint64_t n = sum(clocks->entry);

	for (unsigned r = 0; r < SIM_REGIONS; r++)
		n += sum(clocks->region[r]);
	return n;
}

/* ---- programs ---- */

struct program {
	const char *name;
	const uint8_t *code, *end;
	uint32_t at, eflags;
	bool rep;    /* goes round; a breakpoint stops each round */
	bool kernel; /* ring 0, to a hlt */
};

#define PROGRAM(program, where, ...)                                                              \
	{                                                                                         \
		.name = #program, .code = program, .end = program##_end, .at = where, __VA_ARGS__ \
	}

GUEST(loop, "mov $20,%ecx\n 1: nop\n inc %eax\n dec %ecx\n jnz 1b\n int $0x80\n");
GUEST(calls, "mov $10,%ecx\n 1: call 2f\n dec %ecx\n jnz 1b\n int $0x80\n"
	     "2: push %ecx\n pop %edx\n ret\n");
GUEST(nowhere, "call 1f\n 1: pop %eax\n jmp 2f\n 2: lea 5(%eax),%eax\n nop\n xor %ecx,%ecx\n"
	       "jecxz 3f\n 3: jnz 4f\n 4: jz 5f\n 5: mov $2,%ecx\n 6: loop 7f\n 7: call 8f\n"
	       "8: addl $6,(%esp)\n ret\n int $0x80\n");
GUEST(reps, "mov $3,%edx\n mov $0x08050000,%edi\n 1: mov $7,%ecx\n rep stosb\n rep stosl\n"
	    "mov $0x10002,%ecx\n addr16 rep lodsb\n sub $9,%edi\n mov $64,%ecx\n"
	    "repne scasb\n mov $0x08050000,%edi\n dec %edx\n jnz 1b\n int $0x80\n");
GUEST(rep_fault, "mov $5000,%ecx\n mov $0x08050fc0,%edi\n nop\n rep stosb\n int $0x80\n");
GUEST(gates, "nop\n into\n nop\n int3\n nop\n mov $0x7fffffff,%eax\n inc %eax\n nop\n into\n"
	     "nop\n into\n int $0x80\n");
GUEST(int1, "nop\n .byte 0xf1\n nop\n int $0x80\n");
GUEST(fault_first, "mov %eax,0x20000000\n");
GUEST(fault_middle, "nop\n nop\n nop\n mul %eax\n mov %eax,0x20000000\n nop\n int $0x80\n");
GUEST(fault_jump, "mov $0x20000000,%eax\n nop\n jmp *%eax\n");
GUEST(fault_ud, "nop\n shl %cl,%eax\n ud2\n");
GUEST(fault_int, "nop\n int $13\n");
GUEST(values, "mov $0xff,%bl\n mul %bl\n mov $0x81,%bh\n imul %bh\n mov $-1,%eax\n mov %eax,%edx\n"
	      "mul %edx\n imul %edx,%eax\n mov $0x100,%cx\n bsf %cx,%dx\n bsr %ecx,%edx\n"
	      "shl %cl,%eax\n rcl %cl,%edx\n bsf 0x08050000,%eax\n mulw 0x08050000\n"
	      "imul $100,%eax,%eax\n int $0x80\n");
GUEST(guarded, "mov $0x08050010,%esi\n stc\n rdtsc\n cmpxchg8b (%esi)\n setz %al\n rdtsc\n"
	       "shl $3,%eax\n cpuid\n int $0x80\n");
/* iret of ring 3 with VM in its frame: the engine is not asked. */
GUEST(user_iret,
      "pushl $0x20202\n push %cs\n call 1f\n 1: addl $5,(%esp)\n iret\n nop\n int $0x80\n");
GUEST(ports, "nop\n in $0x10,%al\n mov $0x20,%dx\n out %al,%dx\n nop\n int $0x80\n");
GUEST(syscalls, "nop\n stc\n sysenter\n");
GUEST(smc_ahead, "nop\n movl $7,0x08060010\n nop\n nop\n nop\n nop\n mov $1,%eax\n int $0x80\n");
GUEST(smc_loop, "mov $5,%ecx\n xor %eax,%eax\n mov $0x08060010,%edx\n"
		"1: incb (%edx)\n add $0,%eax\n nop\n dec %ecx\n jnz 1b\n int $0x80\n");
GUEST(smc_later,
      "mov $2,%ecx\n 1: call 2f\n movb $0x40,0x08060016\n dec %ecx\n jnz 1b\n int $0x80\n"
      "2: nop\n nop\n ret\n");
GUEST(kernel, "mov $0x20,%ecx\n mov %ecx,%dr0\n mov %dr0,%eax\n in $0x60,%al\n out %al,$0x80\n"
	      "pushf\n push %cs\n call 1f\n 1: addl $5,(%esp)\n iret\n push %cs\n call 2f\n"
	      "2: addl $5,(%esp)\n lret\n pushf\n popf\n mov %cr3,%eax\n mov %eax,%cr3\n"
	      "mov %ss,%eax\n mov %eax,%ss\n nop\n hlt\n");

static const struct program programs[] = {
	PROGRAM(loop, BOX_CODE),
	PROGRAM(calls, BOX_CODE),
	PROGRAM(nowhere, BOX_CODE),
	PROGRAM(nowhere, BOX_NEXT - 3), /* over a page's end */
	PROGRAM(reps, BOX_CODE, .rep = true),
	PROGRAM(rep_fault, BOX_CODE, .rep = true),
	PROGRAM(gates, BOX_CODE),
	PROGRAM(int1, BOX_CODE),
	PROGRAM(fault_first, BOX_CODE),
	PROGRAM(fault_middle, BOX_CODE),
	PROGRAM(fault_middle, BOX_NEXT - 2),
	PROGRAM(fault_jump, BOX_CODE),
	PROGRAM(fault_ud, BOX_CODE),
	PROGRAM(fault_int, BOX_CODE),
	PROGRAM(values, BOX_CODE),
	PROGRAM(guarded, BOX_CODE),
	PROGRAM(user_iret, BOX_CODE),
	PROGRAM(ports, BOX_CODE, .eflags = IOPL3),
	PROGRAM(syscalls, BOX_CODE),
	PROGRAM(smc_ahead, BOX_RWX),
	PROGRAM(smc_loop, BOX_RWX),
	PROGRAM(smc_later, BOX_RWX),
	PROGRAM(kernel, BOX_KCODE + 0x200, .kernel = true),
};

/* ---- ways to get through them ---- */

enum way { WHOLE, WATCHED, TRACED, BUDGETS, BREAKS, RESTORES, STEPPED, INTERRUPTED };

static bool possible(const struct program *p, enum way way)
{
	switch (way) {
	case STEPPED:
	case INTERRUPTED: return !p->kernel;
	case BREAKS: return !p->rep;
	default: return true;
	}
}

static void set_breaks(struct sim *s, const struct program *p)
{
	struct sim_insn i;

	for (uint32_t at = 0; at < (uint32_t)(p->end - p->code) && at < 60; at += i.size) {
		uint8_t code[32] = { 0 };

		sim_read(s, p->at + at, code, sizeof(code), NULL);
		sim_insn_decode(code, 16, p->at + at, false, &i);
		assert_int_equal(sim_break_set(s, p->at + at), SIM_OK);
	}
}

/* What follows is undone. */
static void stray(struct sim *s)
{
	struct sim_snapshot *snap;

	assert_int_equal(sim_save(s, &snap), SIM_OK);
	sim_run(s, 3);
	assert_int_equal(sim_restore(s, snap), SIM_OK);
	sim_snapshot_free(snap);
}

/* Handlers halt first. These then return: #DB, int3, into, an interrupt from outside. */
static bool returns(struct sim *s)
{
	uint32_t vector = (sim_get_eip(s) - 1 - BOX_STUBS) / 16;

	return vector == 1 || vector == 3 || vector == 4 || vector == 0x21;
}

static void go(struct sim *s, const struct program *p, enum way way)
{
	bool small = way == BUDGETS || way == RESTORES || way == INTERRUPTED;

	for (int runs = 0; runs < MOST_RUNS; runs++) {
		switch (sim_run(s, small ? 1 : 0)) {
		case SIM_HALT:
			if (p->kernel || !returns(s))
				return;
			break;
		case SIM_BUDGET:
			if (way == RESTORES)
				stray(s);
			if (way == INTERRUPTED && runs % 3 == 2)
				sim_interrupt(s, 0x21);
			break;
		case SIM_BREAK: break;
		default: fail_msg("%s: %s", p->name, sim_why(s));
		}
	}
	fail_msg("%s does not end", p->name);
}

struct outcome {
	struct sim_clocks clocks;
	struct sim_counts counts;
	struct watch watch;
};

GUEST(set_sysenter, "mov $0x175,%ecx\n mov $0xC0103000,%eax\n xor %edx,%edx\n wrmsr\n"
		    "mov $0x176,%ecx\n mov $0xC0110FF0,%eax\n wrmsr\n hlt\n");

static void prepare(struct sim *s, const struct program *p)
{
	if (p->code == syscalls) {
		box_code(s, BOX_KCODE + 0x200, set_sysenter, set_sysenter_end);
		sim_enter_kernel(s, KCS, KDS, BOX_KCODE + 0x200, BOX_KSTACK, 2);
		assert_int_equal(sim_run(s, 0), SIM_HALT);
	}
	box_code(s, p->at, p->code, p->end);
}

/* Twice: with blocks met for the first time, and known. */
static void walk(const char *model, const struct program *p, enum way way, struct outcome *out)
{
	struct sim *s = open_timed(model);

	memset(out, 0, sizeof(*out));
	prepare(s, p);
	if (way == WATCHED)
		sim_on_clocks(s, on_clocks, &out->watch);
	if (way == TRACED)
		sim_on_insn(s, on_insn, NULL);
	if (way == BREAKS)
		set_breaks(s, p);
	out->counts = *sim_get_counts(s);
	out->clocks = *sim_get_clocks(s);
	for (int round = 0; round < 2; round++) {
		box_code(s, p->at, p->code, p->end);
		if (p->kernel)
			sim_enter_kernel(s, KCS, KDS, p->at, BOX_KSTACK, 2);
		else
			box_user(s, p->at, 0x202 | p->eflags | (way == STEPPED ? TF : 0));
		go(s, p, way);
	}
	out->counts.total = sim_get_counts(s)->total - out->counts.total;
	for (unsigned r = 0; r < SIM_REGIONS; r++) {
		out->counts.region[r] = sim_get_counts(s)->region[r] - out->counts.region[r];
		for (unsigned c = 0; c < SIM_CAUSES; c++)
			out->clocks.region[r][c] =
				sim_get_clocks(s)->region[r][c] - out->clocks.region[r][c];
	}
	for (unsigned c = 0; c < SIM_CAUSES; c++)
		out->clocks.entry[c] = sim_get_clocks(s)->entry[c] - out->clocks.entry[c];
	memcpy(out->clocks.odd, sim_get_clocks(s)->odd, sizeof(out->clocks.odd));
	sim_close(s);
}

/* ---- the tests ---- */

static void by_insn_clocks_are_instructions_in_each_region(void **state)
{
	struct outcome o;

	(void)state;
	for (size_t k = 0; k < sizeof(programs) / sizeof(programs[0]); k++) {
		const struct program *p = &programs[k];

		for (enum way way = WHOLE; way <= INTERRUPTED; way++) {
			uint64_t entries = 0;

			if (!possible(p, way))
				continue;
			walk("insn", p, way, &o);
			if (total(&o.clocks) != o.counts.total)
				fail_msg("%s, way %d: %lu clocks of %lu", p->name, way,
					 total(&o.clocks), o.counts.total);
			/* A rep that a fault interrupts has a price, but is not complete. */
			if (way == WATCHED && !p->rep && o.watch.insns != o.counts.total)
				fail_msg("%s: %lu prices of %lu", p->name, o.watch.insns,
					 o.counts.total);
			/* The rest of a region's are those that lead out of it: gates in user code. */
			for (unsigned r = 0; r < SIM_REGIONS; r++) {
				uint64_t here = sum(o.clocks.region[r]);

				if (here > o.counts.region[r] ||
				    (r > REST && here != o.counts.region[r]))
					fail_msg("%s, way %d, region %u: %lu of %lu", p->name, way,
						 r, here, o.counts.region[r]);
				entries += o.counts.region[r] - here;
			}
			assert_int_equal(entries, sum(o.clocks.entry));
		}
	}
}

static void check_pieces(const char *model, const struct program *p)
{
	struct outcome whole, other;

	walk(model, p, WHOLE, &whole);
	for (enum way way = WATCHED; way < STEPPED; way++) {
		if (!possible(p, way))
			continue;
		walk(model, p, way, &other);
		if (memcmp(&whole.clocks, &other.clocks, sizeof(whole.clocks)) != 0)
			fail_msg("%s by %s: %lu clocks whole, %lu in way %d", p->name, model,
				 total(&whole.clocks), total(&other.clocks), way);
		if (way == WATCHED)
			assert_int_equal(other.watch.clocks, total(&whole.clocks));
	}
}

static void by_every_model_a_program_costs_the_same_in_whatever_pieces(void **state)
{
	static const char *const more[] = { "i386dx,iret=state", "i386dx,tlb,misalign",
					    "i386ex-bus,misalign" };

	(void)state;
	for (size_t k = 0; k < sizeof(programs) / sizeof(programs[0]); k++) {
		for (size_t m = 0; sim_timing_at(m); m++)
			check_pieces(sim_timing_at(m)->name, &programs[k]);
		for (size_t m = 0; m < sizeof(more) / sizeof(more[0]); m++)
			check_pieces(more[m], &programs[k]);
	}
}

/* ---- figures ---- */

/* By i386dx: what a program's own instructions take of base and m, and its entries. */
static void expect(const uint8_t *code, const uint8_t *end, uint64_t base, uint64_t m,
		   uint64_t entry)
{
	const struct program p = { .name = "figures", .code = code, .end = end, .at = BOX_CODE };
	struct outcome o;

	for (enum way way = WHOLE; way <= WATCHED; way++) {
		walk("i386dx", &p, way, &o);
		for (unsigned c = 0; c < SIM_CAUSES; c++)
			o.clocks.region[USER][c] += o.clocks.region[REST][c];
		assert_int_equal(o.clocks.region[USER][SIM_BASE], 2 * base);
		assert_int_equal(o.clocks.region[USER][SIM_M], 2 * m);
		assert_int_equal(sum(o.clocks.entry), 2 * entry);
	}
}
#define EXPECT(name, base, m, entry) expect(name, name##_end, base, m, entry)

GUEST(get_eip, "call 1f\n 1: pop %eax\n jmp 2f\n 2: mov $7,%eax\n int $0x80\n");
GUEST(jcc_nowhere, "xor %eax,%eax\n jz 1f\n 1: jnz 2f\n 2: int $0x80\n");
GUEST(mul_bytes, "mov $0xff,%bl\n mul %bl\n mov $0x81,%bh\n imul %bh\n int $0x80\n");
GUEST(mul_words, "mov $0xffff,%ebx\n mulw %bx\n imulw %bx\n int $0x80\n");

static void a_transfer_to_the_next_instruction_is_one(void **state)
{
	(void)state;
	EXPECT(get_eip, 7 + 4 + 7 + 2, 1 + 2, 99);
	EXPECT(jcc_nowhere, 2 + 7 + 3, 2, 99);
}

static void a_multiplier_has_the_sign_that_its_instruction_gives_it(void **state)
{
	(void)state;
	EXPECT(mul_bytes, 2 + (6 + 8) + 2 + (6 + 7), 0, 99);
	EXPECT(mul_words, 2 + (6 + 16) + (6 + 3), 0, 99);
}

static void what_leads_into_the_kernel_is_charged_once(void **state)
{
	(void)state;
	EXPECT(fault_first, 0, 0, 99);
	EXPECT(fault_int, 3, 0, 99);     /* the refused int has not run */
	EXPECT(int1, 3 + 3, 0, 99 + 99); /* its #DB, and the int 0x80 behind it */
	EXPECT(gates, 3 + 3 + 3 + 3 + 2 + 2 + 3 + 3, 0, 4 * 99);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_insn_clocks_are_instructions_in_each_region),
		cmocka_unit_test(by_every_model_a_program_costs_the_same_in_whatever_pieces),
		cmocka_unit_test(a_transfer_to_the_next_instruction_is_one),
		cmocka_unit_test(a_multiplier_has_the_sign_that_its_instruction_gives_it),
		cmocka_unit_test(what_leads_into_the_kernel_is_charged_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
