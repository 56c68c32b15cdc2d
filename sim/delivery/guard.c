/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guard.c: what is done in the engine's place, or before its turn, where it does not treat an
 * instruction as the processor does. Which these are: fetch.c.
 */
#include "sim/delivery/delivery.h"

#include <string.h>

#define CR0_ALWAYS 0x80010001u /* PG WP PE */
#define CR4_NEVER  0x00000030u /* PAE PSE */

/* We ran the instruction before `next` in the engine's place. */
static void ran(struct sim *s, uint32_t next)
{
	sim_count_settle(s, next);
	sim_deliver_go_on(s, next, sim_reg_get(s, SIM_EFLAGS));
}

/* The time is the number of instructions retired, this one included; uncounted, of rdtsc. */
static void run_rdtsc(struct sim *s, uint32_t next, bool rdtscp)
{
	uint64_t now;

	sim_run_unfit(s);
	sim_count_settle(s, next);
	s->run.budget -= s->uncounted; /* no limit */
	now = sim_get_counts(s)->total;
	sim_reg_set(s, SIM_EAX, (uint32_t)now);
	sim_reg_set(s, SIM_EDX, (uint32_t)(now >> 32));
	if (rdtscp)
		sim_reg_set(s, SIM_ECX, 0);
	ran(s, next);
}

/* The engine would set breakpoints of its own, and keep pointers to them in contexts. */
static void run_mov_to_dr(struct sim *s, uint32_t next, uint8_t modrm)
{
	static const enum sim_reg dr[8] = { SIM_DR0, SIM_DR1, SIM_DR2, SIM_DR3,
					    SIM_DR6, SIM_DR7, SIM_DR6, SIM_DR7 };
	unsigned n = modrm >> 3 & 7;
	uint32_t value = sim_reg_get(s, (enum sim_reg)(SIM_EAX + (modrm & 7)));

	if (dr[n] == SIM_DR6)
		value = (value & 0xefff) | 0xffff0ff0;
	if (dr[n] == SIM_DR7)
		value = (value & 0xffff2fff) | 0x400;
	sim_reg_set(s, dr[n], value);
	if (dr[n] == SIM_DR7)
		sim_debug_changed(s);
	if (!s->cpu.armed || s->cpu.debug.used) {
		ran(s, next);
		return;
	}
	sim_run_unfit(s);
	sim_count_settle(s, next);
	sim_leave_and_return(s, next); /* sim_debug_sync has work */
}

/* This computer knows what is in its memory by its page tables alone, so no code may turn them
 * off, exchange them, or write past their protection. All else the engine does. */
static void guard_mov_to_cr(struct sim *s, uint32_t addr, uint8_t modrm)
{
	uint32_t value = sim_reg_get(s, (enum sim_reg)(SIM_EAX + (modrm & 7)));
	unsigned n = modrm >> 3 & 7;

	if ((n == 0 && (value & CR0_ALWAYS) == CR0_ALWAYS) ||
	    (n == 3 && (value & -SIM_PAGE) == s->config.page_directory) ||
	    (n == 4 && !(value & CR4_NEVER)) || n == 1 || n == 2 || n > 4)
		return;
	sim_count_settle(s, addr);
	sim_no_block(s);
	sim_stop_now(s, SIM_SHUTDOWN,
		     "cr%u becomes %08x at %08x: paging of another kind is not simulated", n, value,
		     addr);
}

/* ---- far calls and returns in ring 3 ---- */

/* The engine uses the stack as if in ring 0, for these alone. Is each of the words at esp + from,
 * up to esp + to, the program's? */
static bool stack_is_ours(struct sim *s, int from, int to, unsigned word, bool write, uint32_t *bad)
{
	uint32_t base = sim_segment_base(s, (uint16_t)sim_reg_get(s, SIM_SS));
	uint32_t need = PTE_PRESENT | PTE_USER | (write ? PTE_WRITE : 0);
	int step = write ? -(int)word : (int)word;

	for (int at = from; at != to; at += step) {
		uint32_t first = base + sim_reg_get(s, SIM_ESP) + (uint32_t)at;
		uint32_t last = first + word - 1;

		*bad = (s->space.pte[first / SIM_PAGE] & need) != need ? first :
									 last & ~(SIM_PAGE - 1);
		if ((s->space.pte[first / SIM_PAGE] & s->space.pte[last / SIM_PAGE] & need) != need)
			return false;
	}
	return true;
}

static void stack_fault(struct sim *s, uint32_t addr, uint32_t bad, bool write)
{
	bool present = s->space.pte[bad / SIM_PAGE] & PTE_PRESENT;

	sim_count_settle(s, addr);
	sim_reg_set(s, SIM_CR2, bad);
	s->run.cr2 = bad;
	sim_deliver_fault(s, VEC_PF, (present ? 1u : 0) | (write ? 2u : 0) | 4u, addr);
	sim_no_block(s);
}

/* False: it has faulted. */
static bool guard_pops(struct sim *s, uint32_t addr, uint32_t prefixes, int words)
{
	int word = memchr(s->space.ram + addr, 0x66, prefixes) ? 2 : 4;
	uint32_t bad;

	if (sim_cpl(s) != 3 || stack_is_ours(s, 0, words * word, (unsigned)word, false, &bad))
		return true;
	stack_fault(s, addr, bad, false);
	return false;
}

/* Where it leads is looked at first: what is no good code segment the engine refuses. */
static void guard_lcall(struct sim *s, uint32_t addr, uint32_t prefixes)
{
	const uint8_t *code = s->space.ram + addr + prefixes;
	int word = memchr(s->space.ram + addr, 0x66, prefixes) ? 2 : 4;
	const uint8_t *selector = code + 1 + word;
	struct sim_access a[SIM_ACCESSES];
	struct sim_insn insn;
	uint32_t bad, from;

	if (sim_cpl(s) != 3 || stack_is_ours(s, -word, -3 * word, (unsigned)word, true, &bad))
		return;
	if (code[0] == 0xff) {
		sim_insn_decode(s->space.ram + addr, SIM_INSN_ROOM, addr, false, &insn);
		if (sim_clock_accesses(s, &insn, a) == 0)
			return;
		from = a[0].addr;
		if (!(s->space.pte[from / SIM_PAGE] & s->space.pte[(from + 5) / SIM_PAGE] &
		      PTE_USER) ||
		    !sim_reachable(s, from, 6, false, &(uint32_t){ 0 }))
			return;
		selector = s->space.ram + from + word;
	}
	if (sim_segment_callable(s, (uint16_t)(selector[0] | selector[1] << 8)))
		stack_fault(s, addr, bad, true);
}

/* The engine would enter virtual-8086 mode for a program that pops VM; a processor does for
 * ring 0 alone, and ignores the bit. What does not come so far the engine does right. */
static void guard_iret(struct sim *s, uint32_t addr, uint32_t prefixes)
{
	uint32_t esp = sim_reg_get(s, SIM_ESP), old = sim_reg_get(s, SIM_EFLAGS);
	uint32_t last = esp + 11, need = PTE_PRESENT | PTE_USER, flags, changes;
	uint16_t cs;

	if (sim_cpl(s) == 0) {
		if (prefixes == 0) /* only the engine knows 16 bits */
			sim_deliver_return(s);
		return;
	}
	if ((old & EFLAGS_NT) || !guard_pops(s, addr, prefixes, 3))
		return;
	if (sim_cpl(s) != 3 || memchr(s->space.ram + addr, 0x66, prefixes) || last < esp ||
	    (s->space.pte[esp / SIM_PAGE] & s->space.pte[last / SIM_PAGE] & need) != need)
		return;
	flags = sim_run_ram32(s, esp + 8);
	cs = (uint16_t)sim_run_ram32(s, esp + 4);
	if (!(flags & EFLAGS_VM))
		return;
	if (cs != sim_reg_get(s, SIM_CS) && ((cs & 3) != 3 || !sim_cpu_load(s, SIM_CS, cs))) {
		sim_count_settle(s, addr);
		sim_deliver_fault(s, VEC_GP, cs & 0xfffcu, addr);
		sim_no_block(s);
		return;
	}
	changes = EFLAGS_IRET | (EFLAGS_IOPL(old) == 3 ? EFLAGS_IF : 0);
	sim_count_settle(s, addr + prefixes + 1);
	sim_reg_set(s, SIM_ESP, esp + 12);
	sim_reg_set(s, SIM_EFLAGS, (old & ~changes) | (flags & changes));
	sim_deliver_go_on(s, sim_run_ram32(s, esp), old);
	sim_no_block(s);
}

static void guard_port(struct sim *s, uint32_t addr)
{
	if (sim_cpl(s) <= EFLAGS_IOPL(sim_reg_get(s, SIM_EFLAGS)))
		return; /* the engine checks no privilege, but does the rest */
	sim_count_settle(s, addr);
	sim_deliver_fault(s, VEC_GP, 0, addr);
	sim_no_block(s);
}

/* Where it cannot be done here the engine faults, or does it: behind a hook its flags are right. */
static void guard_cmpxchg8b(struct sim *s, uint32_t addr, uint32_t prefixes)
{
	uint32_t next = sim_run_cmpxchg8b(s, addr, prefixes);

	sim_run_unfit(s);
	if (!next)
		return;
	ran(s, next);
	sim_no_block(s);
}

void sim_guard(struct sim *s, uint32_t addr)
{
	const uint8_t *code = s->space.ram + addr;
	uint32_t n;

	if (code[0] == 0xcf) { /* in each call */
		guard_iret(s, addr, 0);
		return;
	}
	n = sim_prefixes(code, 13);
	if (!sim_wants_guard(code + n, n))
		return; /* the program has put other code here */
	if (code[n] >= 0xcc && code[n] <= 0xce) {
		s->run.int_at = addr;
		s->run.int_end = addr + n + 1 + (code[n] == 0xcd);
		return;
	}
	if (code[n] == 0x0f && code[n + 1] == 0xc7) {
		guard_cmpxchg8b(s, addr, n);
		return;
	}
	if (memchr(code, 0xf0, n))
		return; /* the engine raises #UD */
	if (code[n] == 0xcf) {
		guard_iret(s, addr, n);
		return;
	}
	if (code[n] == 0xc0 || code[n] == 0xc1 || (code[n] >= 0xd0 && code[n] <= 0xd3) ||
	    (code[n] == 0x0f && (code[n + 1] & 0xf0) == 0x90)) {
		s->run.kept_flags = true;
		s->run.kept_at = addr;
		s->run.kept_eflags = sim_reg_get(s, SIM_EFLAGS);
		return;
	}
	switch (code[n]) {
	case 0x0f: break;
	case 0xe0 ... 0xe1: return; /* the hook alone makes the engine keep the flags */
	case 0x9a:
	case 0xff: guard_lcall(s, addr, n); return;
	case 0xca ... 0xcb: guard_pops(s, addr, n, 2); return;
	default: guard_port(s, addr); return;
	}
	switch (code[n + 1]) {
	case 0x34:
		sim_deliver_sysenter(s, addr);
		return; /* its block has run whole, or has been settled */
	case 0x05:      /* syscall: unknown to a 32-bit Intel processor */
		sim_count_settle(s, addr);
		sim_deliver_fault(s, VEC_UD, 0, addr);
		break;
	case 0x22:
		if (sim_cpl(s) == 0)
			guard_mov_to_cr(s, addr, code[n + 2]);
		return; /* the engine does it, or raises #GP */
	case 0x23:
		if (sim_cpl(s) != 0)
			return; /* the engine raises #GP */
		run_mov_to_dr(s, addr + n + 3, code[n + 2]);
		break;
	case 0x31: run_rdtsc(s, addr + n + 2, false); break;
	default: run_rdtsc(s, addr + n + 3, true);
	}
	sim_no_block(s);
}
