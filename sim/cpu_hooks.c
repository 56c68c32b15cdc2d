/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cpu_hooks.c: what the engine calls back: blocks, interrupts, invalid opcodes, ports,
 * CPUID, and the single instructions that have a hook of their own ("spots").
 *
 * A hook that writes EIP makes the engine leave the block and go on there; it then
 * forgets a stop asked for in the same hook, so no hook does both. Hooks added after a
 * block was translated are not in it: its translation must be dropped. Uncounted
 * (sim_config) there is no hook for blocks, and nothing here relies on one.
 */
#include "sim/internal.h"

#include <stdlib.h>
#include <string.h>
#include <unicorn/unicorn.h>

/* More than the engine puts into one block. */
#define MAX_GUARDS   520u
/* CF PF AF ZF SF TF DF OF NT RF AC ID */
#define IRET_CHANGES 0x00254dd5u

/* A stop that the engine has not obeyed yet is asked for again. */
static bool stopping(struct sim *s)
{
	if (s->stop >= 0)
		uc_emu_stop(s->engine);
	return s->stop >= 0;
}

/* ---- blocks ---- */

void sim_leave_and_return(struct sim *s, uint32_t eip)
{
	s->rewind = true;
	s->stop_eip = eip;
	uc_emu_stop(s->engine);
}

/* The first sight of a block. False: it cannot run yet, but must be translated again, with
 * hooks, or not at all. */
static bool first_sight(struct sim *s, uint32_t addr, uint32_t size)
{
	if (!sim_block_learn(s, addr, size)) {
		sim_stop_now(s, SIM_BROKEN, "out of memory counting the block at %08x", addr);
		return false;
	}
	if (s->layout->shield || !sim_block_guard(s, addr, size) || s->stop >= 0)
		return s->stop < 0;
	if (s->drop_all) {
		sim_leave_and_return(s, addr);
		return false;
	}
	uc_ctl_remove_cache(s->engine, (uint64_t)addr, (uint64_t)addr + size);
	sim_reg_set(s, SIM_EIP, addr);
	return false;
}

static void on_block(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
	uint32_t addr = (uint32_t)address;
	struct sim *s = user;
	enum sim_entry entry;

	(void)uc;
	s->spot_passed = false;
	if (sim_block_again(s, addr, size) || s->firmware_runs || stopping(s))
		return;
	if (size == 0 || size > SIM_BLOCK_MAX)
		size = 1; /* an instruction the engine gives up at once; it raises #UD */
	entry = sim_block_enter(s, addr, size);
	if (entry == SIM_UNKNOWN && first_sight(s, addr, size))
		entry = sim_block_enter(s, addr, size);
	if (entry == SIM_TOO_LONG) {
		s->stop = SIM_BUDGET;
		s->stop_eip = addr;
		uc_emu_stop(s->engine);
	}
}

/* ---- interrupts and exceptions ---- */

/*
 * The engine reads a whole block before it runs any of it, and reports a page fault on the way
 * at the block's start. A processor first runs the instructions that are there: so the engine
 * is told to end the block behind them, and meets the fault again at the first that is not.
 */
static bool run_up_to_fault(struct sim *s, uint32_t eip)
{
	uint32_t cr2 = sim_reg_get(s, SIM_CR2), size = cr2 - eip;
	bool begun = s->cur.valid && s->cur.block->addr == eip;
	uint64_t end;

	/* Uncounted, the block may have begun, and its first instruction may want just the byte
	 * behind it: then this is tried once, in vain. */
	if (s->fetch_start != eip || cr2 - s->fetch_last > 8 || begun || size == 0 ||
	    size > SIM_BLOCK_MAX || (s->split && s->split_from == eip))
		return false;
	if (s->split) { /* a handler came between, and there is a second such block */
		sim_reg_set(s, SIM_CR2, s->cr2);
		sim_leave_and_return(s, eip);
		return true;
	}
	size = sim_whole_insns(s->ram + eip, size, eip);
	end = (uint64_t)eip + size;
	if (size == 0 || uc_ctl_set_exits(s->engine, &end, 1) != UC_ERR_OK)
		return false;
	s->split = true;
	s->split_from = eip;
	s->split_at = (uint32_t)end;
	sim_reg_set(s, SIM_CR2, s->cr2);
	sim_reg_set(s, SIM_EIP, eip);
	return true;
}

void sim_split_end(struct sim *s)
{
	uint64_t none = 0;

	s->split = false;
	uc_ctl_set_exits(s->engine, &none, 0);
	sim_cpu_drop_code(s, (s->split_at - 1) / SIM_PAGE);
	if (s->pte[s->split_at / SIM_PAGE] & PTE_PRESENT)
		sim_cpu_drop_code(s, s->split_at / SIM_PAGE);
	if (s->stop < 0 && sim_reg_get(s, SIM_EIP) == s->split_at)
		sim_leave_and_return(s, s->split_at);
}

static void on_interrupt(uc_engine *uc, uint32_t vector, void *user)
{
	struct sim *s = user;
	uint32_t eip = sim_reg_get(s, SIM_EIP);
	struct sim_fault fault = { 0, true };

	(void)uc;
	if (s->firmware_runs) {
		sim_stop_now(s, SIM_BROKEN, "exception %u in the firmware", vector);
		uc_emu_stop(s->engine);
		return;
	}
	if (stopping(s))
		return;
	if (vector > 255) {
		sim_stop_now(s, SIM_BROKEN, "the engine reports interrupt %u at %08x", vector, eip);
		return;
	}
	if (vector < 32)
		fault = sim_cpu_fault(s);
	if (vector == VEC_PF && run_up_to_fault(s, eip))
		return;
	if (vector == VEC_PF)
		s->cr2 = sim_reg_get(s, SIM_CR2);
	sim_shield_lift(s);
	s->resumed = s->spot_passed = false;
	if (fault.software) {
		sim_deliver_software(s, vector, eip);
		sim_count_settle(s, eip); /* into does not end its block */
	} else {
		/* The #DB of a single step comes after the instruction, unless a rep goes on. */
		if (vector != VEC_DB || (s->cur.valid && eip == s->cur.block->rep))
			sim_count_settle(s, eip);
		sim_deliver_fault(s, vector, fault.error_code, eip);
	}
	s->cur.valid = false;
	s->int_end = 0;
}

/* 2.0.1 ends the run behind this hook, whatever it returns. */
static bool on_invalid(uc_engine *uc, void *user)
{
	struct sim *s = user;
	uint32_t eip = sim_reg_get(s, SIM_EIP);
	struct sim_fault fault = sim_cpu_fault(s);

	(void)uc;
	if (s->firmware_runs || stopping(s))
		return false;
	s->resumed = s->spot_passed = false;
	if (fault.software) { /* int $6 */
		uint32_t prefixes = sim_prefixes(s->ram + eip, 13);

		sim_deliver_software(s, VEC_UD, eip + prefixes + 2);
	} else if (s->ram[eip] == 0xf1) { /* int1, which the engine does not know */
		sim_count_settle(s, eip + 1);
		sim_deliver_fault(s, VEC_DB, 0, eip + 1);
	} else {
		sim_count_settle(s, eip);
		sim_deliver_fault(s, VEC_UD, 0, eip);
	}
	s->cur.valid = false;
	s->int_end = 0;
	s->restart = true;
	return true;
}

/* ---- spots ---- */

uint32_t sim_insn_before(const struct sim *s, unsigned vector, uint32_t end)
{
	uint8_t last = s->ram[(uint32_t)(end - 1)];
	bool alone = (vector == VEC_BP && last == 0xcc) || (vector == VEC_OF && last == 0xce);

	return s->int_end == end ? s->int_at : end - (alone ? 1 : 2);
}

/* We ran the instruction before `next` in the engine's place. */
static void ran(struct sim *s, uint32_t next)
{
	sim_count_settle(s, next);
	sim_deliver_go_on(s, next, sim_reg_get(s, SIM_EFLAGS));
}

/* The time is the number of instructions retired, this one included; uncounted, of rdtsc. */
static void run_rdtsc(struct sim *s, uint32_t next, bool rdtscp)
{
	sim_count_settle(s, next);
	s->counts.total += s->uncounted;
	sim_reg_set(s, SIM_EAX, (uint32_t)s->counts.total);
	sim_reg_set(s, SIM_EDX, (uint32_t)(s->counts.total >> 32));
	if (rdtscp)
		sim_reg_set(s, SIM_ECX, 0);
	ran(s, next);
}

/* The engine would set breakpoints of its own, and keep pointers to them in contexts. Here
 * debug registers can be written and read; nothing ever hits. */
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
	ran(s, next);
}

/* The engine would enter virtual-8086 mode for a program that pops VM; a processor does for
 * ring 0 alone, and ignores the bit. What does not come so far the engine does right. */
static void guard_iret(struct sim *s, uint32_t addr, uint32_t prefixes)
{
	uint32_t esp = sim_reg_get(s, SIM_ESP), old = sim_reg_get(s, SIM_EFLAGS);
	uint32_t last = esp + 11, need = PTE_PRESENT | PTE_USER, flags, changes;
	uint16_t cs;

	if (sim_cpl(s) != 3 || memchr(s->ram + addr, 0x66, prefixes) || (old & EFLAGS_NT) ||
	    last < esp || (s->pte[esp / SIM_PAGE] & s->pte[last / SIM_PAGE] & need) != need)
		return;
	flags = sim_ram32(s, esp + 8);
	cs = (uint16_t)sim_ram32(s, esp + 4);
	if (!(flags & EFLAGS_VM))
		return;
	if (cs != sim_reg_get(s, SIM_CS) && ((cs & 3) != 3 || !sim_cpu_load_cs(s, cs))) {
		sim_count_settle(s, addr);
		sim_deliver_fault(s, VEC_GP, cs & 0xfffcu, addr);
		s->cur.valid = false;
		return;
	}
	changes = IRET_CHANGES | (EFLAGS_IOPL(old) == 3 ? EFLAGS_IF : 0);
	sim_count_settle(s, addr + prefixes + 1);
	sim_reg_set(s, SIM_ESP, esp + 12);
	sim_reg_set(s, SIM_EFLAGS, (old & ~changes) | (flags & changes));
	sim_deliver_go_on(s, sim_ram32(s, esp), old);
	s->cur.valid = false;
}

static void guard_port(struct sim *s, uint32_t addr)
{
	if (sim_cpl(s) <= EFLAGS_IOPL(sim_reg_get(s, SIM_EFLAGS)))
		return; /* the engine checks no privilege, but does the rest */
	sim_count_settle(s, addr);
	sim_deliver_fault(s, VEC_GP, 0, addr);
	s->cur.valid = false;
}

/* Where it cannot be done here the engine faults, or does it: behind a hook its flags are right. */
static void guard_cmpxchg8b(struct sim *s, uint32_t addr, uint32_t prefixes)
{
	uint32_t next = sim_run_cmpxchg8b(s, addr, prefixes);

	if (!next)
		return;
	ran(s, next);
	s->cur.valid = false;
}

static void guard(struct sim *s, uint32_t addr)
{
	const uint8_t *code = s->ram + addr;
	uint32_t n = sim_prefixes(code, 13);

	if (!sim_wants_guard(code + n, n))
		return; /* the program has put other code here */
	if (code[n] >= 0xcc && code[n] <= 0xce) {
		s->int_at = addr;
		s->int_end = addr + n + 1 + (code[n] == 0xcd);
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
	if ((code[n] >= 0xc0 && code[n] <= 0xd3) ||
	    (code[n] == 0x0f && (code[n + 1] & 0xf0) == 0x90))
		return; /* the hook alone makes the engine keep the flags */
	if (code[n] != 0x0f) {
		guard_port(s, addr);
		return;
	}
	switch (code[n + 1]) {
	case 0x34: sim_deliver_sysenter(s, addr); break;
	case 0x05: /* syscall: unknown to a 32-bit Intel processor */
		sim_count_settle(s, addr);
		sim_deliver_fault(s, VEC_UD, 0, addr);
		break;
	case 0x23:
		if (sim_cpl(s) != 0)
			return; /* the engine raises #GP */
		run_mov_to_dr(s, addr + n + 3, code[n + 2]);
		break;
	case 0x31: run_rdtsc(s, addr + n + 2, false); break;
	default: run_rdtsc(s, addr + n + 3, true);
	}
	s->cur.valid = false;
}

static bool is_break(struct sim *s, const struct sim_spot *spot)
{
	bool skip = s->resumed && spot->addr == s->resume_eip;

	s->resumed = false;
	return (spot->flags & SIM_SPOT_BREAK) && !skip;
}

static void stop_at_break(struct sim *s, uint32_t addr)
{
	sim_count_settle(s, addr);
	s->stop = SIM_BREAK;
	s->stop_eip = addr;
	uc_emu_stop(s->engine);
}

/*
 * Leaves the block for one that begins at the spot. 2.0.1 brings EFLAGS up to date for a hook
 * only if the kind of the last operation differs from that at the hook before it in the same
 * block; so a second hook of a block becomes the first of its own. Uncounted, nobody tells where
 * blocks begin: then this is done too often rather than too rarely.
 */
static void begin_block(struct sim *s, uint32_t addr)
{
	sim_count_settle(s, addr);
	s->cur.valid = false;
	s->spot_passed = false;
	sim_reg_set(s, SIM_EIP, addr);
}

static void on_spot(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
	struct sim_spot *spot = user;
	struct sim *s = spot->s;

	(void)uc;
	(void)address;
	(void)size;
	sim_shield_lift(s);
	if (s->insn_fn || s->stop >= 0 || !spot->flags)
		return; /* or on_trace does it */
	if (s->spot_passed && spot->addr - s->passed_at - 1 < SIM_BLOCK_MAX) {
		begin_block(s, spot->addr);
		return;
	}
	s->spot_passed = true;
	s->passed_at = spot->addr;
	if (is_break(s, spot))
		stop_at_break(s, spot->addr);
	else if (spot->flags & SIM_SPOT_GUARD)
		guard(s, spot->addr);
}

static struct sim_spot *find_spot(struct sim *s, uint32_t addr)
{
	struct sim_spot *spot = s->spot_index[addr % 256];

	while (spot && (spot->addr != addr || !spot->flags))
		spot = spot->same;
	return spot;
}

static void on_trace(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
	uint32_t addr = (uint32_t)address;
	struct sim *s = user;
	struct sim_spot *spot;

	(void)uc;
	sim_shield_lift(s);
	if (s->firmware_runs || s->stop >= 0 || !s->insn_fn)
		return;
	spot = find_spot(s, addr);
	if (spot && is_break(s, spot)) {
		stop_at_break(s, addr);
		return;
	}
	/* Twice in a row: the next round of a rep, or a store into its own block. */
	if (addr != s->traced || sim_is_jump(s->ram + addr))
		s->insn_fn(s->insn_user, addr, size <= 15 ? size : 0);
	s->traced = addr;
	if (spot && (spot->flags & SIM_SPOT_GUARD))
		guard(s, addr);
}

static struct sim_spot *new_spot(struct sim *s, uint32_t addr)
{
	struct sim_spot *spot = s->spot_index[addr % 256];

	while (spot && spot->addr != addr) /* a retired one is taken again */
		spot = spot->same;
	if (spot)
		return spot;
	spot = calloc(1, sizeof(*spot));
	if (spot) {
		*spot = (struct sim_spot){ s, s->spot_index[addr % 256], addr, 0, 0 };
		s->spot_index[addr % 256] = spot;
	}
	return spot;
}

/* True: the spot has a new hook, so translations that hold its address are too old. */
static bool add_spot(struct sim *s, uint32_t addr, unsigned flag, bool *failed)
{
	struct sim_spot *spot = find_spot(s, addr);

	*failed = false;
	if (spot) {
		spot->flags |= flag;
		return false;
	}
	spot = new_spot(s, addr);
	if (!spot || uc_hook_add(s->engine, &spot->hook, UC_HOOK_CODE, (void *)on_spot, spot,
				 (uint64_t)addr, (uint64_t)addr) != UC_ERR_OK) {
		*failed = s->no_memory = true;
		return false;
	}
	spot->flags = flag;
	return true;
}

bool sim_spot_known(struct sim *s, uint32_t addr)
{
	const struct sim_spot *spot = find_spot(s, addr);

	return spot && (spot->flags & SIM_SPOT_GUARD);
}

bool sim_spot_guard(struct sim *s, uint32_t addr)
{
	bool failed, added;

	if (sim_spot_known(s, addr))
		return false;
	added = add_spot(s, addr, SIM_SPOT_GUARD, &failed);
	s->nguards += !failed;
	if (failed)
		sim_stop_now(s, SIM_BROKEN, "out of memory at %08x", addr);
	if (s->nguards > MAX_GUARDS)
		s->drop_all = true;
	return added;
}

/* Outside runs. A translation that could not be dropped may still call the spot, so its
 * memory stays until the computer is closed. */
static void remove_flag(struct sim *s, struct sim_spot *spot, unsigned flag)
{
	spot->flags &= ~flag;
	if (!spot->flags) {
		sim_cpu_borrow(s);
		uc_hook_del(s->engine, spot->hook);
		sim_cpu_give_back(s);
	}
}

void sim_hooks_collect(struct sim *s)
{
	s->nguards = 0;
	for (unsigned i = 0; i < 256; i++) {
		for (struct sim_spot *spot = s->spot_index[i]; spot; spot = spot->same) {
			if (spot->flags & SIM_SPOT_GUARD)
				remove_flag(s, spot, SIM_SPOT_GUARD);
		}
	}
}

enum sim_status sim_break_set(struct sim *s, uint32_t addr)
{
	struct sim_spot *old = find_spot(s, addr);
	bool failed;

	if (old && (old->flags & SIM_SPOT_BREAK))
		return SIM_OK;
	if (s->nbreaks >= SIM_BREAKS)
		return SIM_ENOMEM;
	if (add_spot(s, addr, SIM_SPOT_BREAK, &failed))
		sim_stale_code(s, addr / SIM_PAGE);
	if (failed)
		return SIM_ENOMEM;
	s->nbreaks++;
	return SIM_OK;
}

bool sim_break_clear(struct sim *s, uint32_t addr)
{
	struct sim_spot *spot = find_spot(s, addr);

	if (!spot || !(spot->flags & SIM_SPOT_BREAK))
		return false;
	remove_flag(s, spot, SIM_SPOT_BREAK);
	s->nbreaks--;
	return true;
}

void sim_on_insn(struct sim *s, sim_insn_fn fn, void *user)
{
	if (fn && !s->insn_fn) {
		if (uc_hook_add(s->engine, &s->trace_hook, UC_HOOK_CODE, (void *)on_trace, s,
				(uint64_t)1, (uint64_t)0) != UC_ERR_OK)
			return;
		s->drop_all = true;
	} else if (!fn && s->insn_fn) {
		sim_cpu_borrow(s);
		uc_hook_del(s->engine, s->trace_hook);
		sim_cpu_give_back(s);
		s->drop_all = true;
	}
	s->insn_fn = fn;
	s->insn_user = user;
}

/* ---- ports and CPUID ---- */

static uint32_t on_in(uc_engine *uc, uint32_t port, int size, void *user)
{
	(void)uc;
	(void)port;
	(void)size;
	(void)user;
	return UINT32_MAX;
}

static void on_out(uc_engine *uc, uint32_t port, int size, uint32_t value, void *user)
{
	struct sim *s = user;

	(void)uc;
	if (s->out_fn)
		s->out_fn(s->out_user, (uint16_t)port, value, (unsigned)size);
}

void sim_on_out(struct sim *s, sim_out_fn fn, void *user)
{
	s->out_fn = fn;
	s->out_user = user;
}

/* A fixed identity: an Intel processor of 2005 with what the engine can do of it:
 * FPU TSC MSR CX8 SEP CMOV MMX FXSR SSE SSE2. The same on every host. */
static int on_cpuid(uc_engine *uc, void *user)
{
	static const char brand[49] = "libsysemu i386 simulator";
	struct sim *s = user;
	uint32_t leaf = sim_reg_get(s, SIM_EAX), r[4] = { 0 };

	(void)uc;
	if (leaf >= 0x80000000u && leaf - 0x80000002u > 2)
		r[0] = leaf == 0x80000000u ? 0x80000004u : 0;
	else if (leaf >= 0x80000002u)
		memcpy(r, brand + 16 * (leaf - 0x80000002u), 16);
	else if (leaf == 0)
		memcpy(r, "\2\0\0\0GenuntelineI", 16);
	else if (leaf == 1)
		memcpy(r, (uint32_t[]){ 0x00000f29, 0, 0, 0x07808931 }, 16);
	else if (leaf == 2)
		memcpy(r, (uint32_t[]){ 0x665b5001, 0, 0, 0x007b7040 }, 16);
	sim_reg_set(s, SIM_EAX, r[0]);
	sim_reg_set(s, SIM_EBX, r[1]);
	sim_reg_set(s, SIM_ECX, r[2]);
	sim_reg_set(s, SIM_EDX, r[3]);
	return 1;
}

/* Spots stand before each of these, so the engine never gets there. */
static void on_unguarded(uc_engine *uc, void *user)
{
	struct sim *s = user;

	(void)uc;
	sim_stop_now(s, SIM_BROKEN, "sysenter or syscall ran without a guard");
}

/* ---- open and close ---- */

bool sim_hooks_open(struct sim *s)
{
	static const struct {
		int type, insn;
		void *fn;
	} hooks[] = {
		{ UC_HOOK_BLOCK, 0, (void *)on_block },
		{ UC_HOOK_INTR, 0, (void *)on_interrupt },
		{ UC_HOOK_INSN_INVALID, 0, (void *)on_invalid },
		{ UC_HOOK_INSN, UC_X86_INS_IN, (void *)on_in },
		{ UC_HOOK_INSN, UC_X86_INS_OUT, (void *)on_out },
		{ UC_HOOK_INSN, UC_X86_INS_CPUID, (void *)on_cpuid },
		{ UC_HOOK_INSN, UC_X86_INS_SYSENTER, (void *)on_unguarded },
		{ UC_HOOK_INSN, UC_X86_INS_SYSCALL, (void *)on_unguarded },
	};

	/* The first is for counting alone. */
	for (size_t i = s->uncounted; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
		uc_hook hook;

		if (uc_hook_add(s->engine, &hook, hooks[i].type, hooks[i].fn, s, (uint64_t)1,
				(uint64_t)0, hooks[i].insn) != UC_ERR_OK)
			return false;
	}
	return true;
}

void sim_hooks_close(struct sim *s)
{
	for (unsigned i = 0; i < 256; i++) {
		while (s->spot_index[i]) {
			struct sim_spot *spot = s->spot_index[i];

			s->spot_index[i] = spot->same;
			free(spot);
		}
	}
}
