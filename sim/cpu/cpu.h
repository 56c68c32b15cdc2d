/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cpu.h: the processor, on an engine that only this room knows: registers and tables, contexts,
 * the change of ring, hooks of single instructions, and what the probes found out.
 */
#ifndef SIM_CPU_CPU_H
#define SIM_CPU_CPU_H

#include "sim/computer.h"

/* ---- registers (engine.c, regs.c) ---- */

static inline uint32_t sim_state32(const struct sim *s, int place)
{
	uint32_t value;

	__builtin_memcpy(&value, s->cpu.state + place, 4);
	return value;
}

uint32_t sim_reg_ask(struct sim *s, enum sim_reg reg); /* by name */
static inline uint32_t sim_reg_get(struct sim *s, enum sim_reg reg)
{
	int place = s->cpu.layout->reg[reg];

	return s->cpu.state && place != SIM_NO_PLACE ? sim_state32(s, place) : sim_reg_ask(s, reg);
}
void sim_reg_set(struct sim *s, enum sim_reg reg, uint32_t value);
/* All but OF SF ZF AF PF CF and DF: these cost a calculation. */
static inline uint32_t sim_system_flags(struct sim *s)
{
	return s->cpu.state ? sim_state32(s, s->cpu.layout->system_flags) & ~EFLAGS_STATUS :
			      sim_reg_ask(s, SIM_EFLAGS) & ~EFLAGS_STATUS;
}
void sim_system_flags_clear(struct sim *s, uint32_t flags);
void sim_table_ask(struct sim *s, enum sim_table table, struct sim_table_reg *out); /* by name */
static inline void sim_table_get(struct sim *s, enum sim_table table, struct sim_table_reg *out)
{
	const struct sim_segment_place *place = &s->cpu.layout->table[table];

	if (!s->cpu.state) {
		sim_table_ask(s, table, out);
		return;
	}
	*out = (struct sim_table_reg){ .base = sim_state32(s, place->base),
				       .limit = sim_state32(s, place->limit) };
	if (place->flags != SIM_NO_PLACE) {
		out->flags = sim_state32(s, place->flags);
		out->selector = (uint16_t)sim_state32(s, place->selector);
	}
}

uint32_t sim_msr_get(struct sim *s, uint32_t number);
/* In the hook of an instruction that we ran in the engine's place: on at `eip`. */
void sim_go_on(struct sim *s, uint32_t eip);
/* From CPL 3 (or 0) to CPL 0 inside a hook. Both descriptors must be good. */
bool sim_cpu_to_ring0(struct sim *s, const struct sim_flat *cs, const struct sim_flat *ss);
/* From CPL 0 to CPL 3, in place. False, and nothing changed: the engine is to do it. */
bool sim_cpu_to_ring3(struct sim *s, const struct sim_flat *cs, const struct sim_flat *ss);
/* CS and SS, DS = ES = SS, in place. False, and nothing changed. */
bool sim_cpu_to_kernel(struct sim *s, const struct sim_flat *cs, const struct sim_flat *ss);
/* False: the engine refuses. */
bool sim_cpu_load(struct sim *s, enum sim_reg reg, uint16_t selector);
bool sim_ring_by_cr0(struct uc_struct *uc, uint16_t cs, uint16_t ss);
void sim_cpu_wide_regs(struct sim *s, uint8_t st[8][10], uint8_t xmm[8][16]);
void sim_firmware_write(struct sim *s);
void sim_firmware(struct sim *s, uint32_t offset);
/* Drops the engine's translations of a page. Outside runs only; the page must be present. */
void sim_cpu_drop_code(struct sim *s, uint32_t page);
/* More than any run counts, and twice of it is a number, too. */
#define SIM_NO_LIMIT (INT64_MAX / 2)
/* The budget is gone; what is given back behind it does not change that. */
static inline void sim_stop_is(struct sim *s, enum sim_stop stop)
{
	s->run.stop = (int)stop;
	if (s->run.budget < 0)
		return;
	s->run.budget -= SIM_NO_LIMIT;
	s->run.end -= SIM_NO_LIMIT;
}
/* Does a block run that has not been settled? */
static inline bool sim_in_block(const struct sim *s)
{
	return s->run.cur.block != &s->run.cur.none;
}
static inline void sim_no_block(struct sim *s)
{
	s->run.cur.block = &s->run.cur.none;
}
void sim_stop_now(struct sim *s, enum sim_stop stop, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
enum { SIM_FIRMWARE_INIT = 0, SIM_FIRMWARE_FLUSH = 0x80 };
/* What the engine keeps of the last exception, from a saved context. */
struct sim_fault {
	uint32_t error_code;
	bool software;
};
struct sim_fault sim_cpu_fault(struct sim *s);

/* The CPU without what is 0 in it; out of any computer's into a context of this one. `rest` is
 * that of struct sim_cpu. NULL: no memory. */
struct sim_sparse *sim_context_pack(struct sim *s);
size_t sim_context_bytes(struct sim *s); /* from eax on */
void sim_context_unpack(struct sim *s, const struct sim_sparse *p, uint64_t rest,
			struct sim_context *out);

/* ---- an array of 64-bit words of which most are 0, without these (sparse.c) ---- */

struct sim_sparse; /* freed by free() */
/* At most 65536 words; `bytes` need not be aligned. NULL: no memory. */
struct sim_sparse *sim_sparse_new(const void *bytes, size_t words);
void sim_sparse_get(const struct sim_sparse *p, void *bytes, size_t words);

/* Between these two the CPU is at CPL 0: the engine then finds each present page. */
void sim_cpu_borrow(struct sim *s);
void sim_cpu_give_back(struct sim *s);

/* ---- the engine ---- */

/* What it calls back: its own shapes, whose first argument is its handle, and `user` the computer
 * but for `spot`, of which it is the struct sim_spot. */
typedef void (*sim_code_hook)(struct uc_struct *uc, uint64_t address, uint32_t size, void *user);
struct sim_hooks {
	sim_code_hook block, covered_block, spot, trace; /* before it runs */
	void (*interrupt)(struct uc_struct *uc, uint32_t vector, void *user);
	bool (*invalid)(struct uc_struct *uc, void *user);
	uint32_t (*in)(struct uc_struct *uc, uint32_t port, int size, void *user);
	void (*out)(struct uc_struct *uc, uint32_t port, int size, uint32_t value, void *user);
	int (*cpuid)(struct uc_struct *uc, void *user);
	void (*unguarded)(struct uc_struct *uc, void *user); /* sysenter, syscall */
	/* It is about to translate these bytes. False: it gives up the block, and the run. */
	bool (*fetch)(struct uc_struct *uc, int type, uint64_t address, int size, int64_t value,
		      void *user);
};

/* Behind sim_memory_open, with the page tables in place: an engine, powered on. */
enum sim_status sim_cpu_open(struct sim *s, const struct sim_hooks *hooks, struct sim_error *err);
void sim_cpu_close(struct sim *s);
/* One engine has translated what one may. What it drops it does not give back, and when its 1 GiB
 * are full (some 54 bytes for one of the program's, more with hooks) it crashes. */
#define SIM_TRANSLATES (4u << 20)
static inline bool sim_engine_is_full(const struct sim *s)
{
	uint32_t most = s->config.translates ? s->config.translates : SIM_TRANSLATES;

	return s->cpu.translated > most;
}
/* Outside runs: another engine goes on where this one is, without its translations, and without the hooks
 * of instructions and pages. False: no memory; no run is possible. */
bool sim_cpu_renew(struct sim *s);
/* Runs until something stops it. NULL, or what the engine says went wrong; that it gave up a block
 * for a rewind is nothing wrong. */
const char *sim_engine_run(struct sim *s, uint32_t eip);
void sim_engine_stop(struct sim *s);
/* Drops its translations of these bytes, in a hook. */
void sim_engine_forget(struct sim *s, uint32_t addr, uint32_t size);
/* The run ends at this address, translated from now on; or at none again. False: refused. */
bool sim_engine_end_at(struct sim *s, uint64_t end);
void sim_engine_end_nowhere(struct sim *s);
/* Leaves the run in order to come back to `eip` at once: sim_memory_sync has work, or the block
 * is to be translated anew. */
void sim_leave_and_return(struct sim *s, uint32_t eip);
/* From now on tells s->recorder, if there is one, what it reads and runs. False: refused. */
bool sim_engine_record(struct sim *s);
/* Before each instruction from `first` to `last`. False: out of memory. */
bool sim_engine_hook(struct sim *s, size_t *hook, sim_code_hook fn, void *user, uint32_t first,
		     uint32_t last);
/* Outside runs. */
void sim_engine_unhook(struct sim *s, size_t hook);

/* ---- instructions with a hook of their own (spots.c) ---- */

void sim_spots_close(struct sim *s);
void sim_spots_collect(struct sim *s);
/* Those of a page whose translations go: what comes there next may need none. Not breakpoints. */
void sim_spots_drop(struct sim *s, uint32_t page);
static inline struct sim_spot *sim_spot_find(struct sim *s, uint32_t addr)
{
	struct sim_spot *spot = s->cpu.spot_index[addr % 256];

	while (spot && (spot->addr != addr || !spot->flags))
		spot = spot->same;
	return spot;
}
/* True: the spot has a new hook, so translations that hold its address are too old. */
bool sim_spot_add(struct sim *s, uint32_t addr, unsigned flag, bool *failed);
void sim_spot_remove(struct sim *s, struct sim_spot *spot, unsigned flag); /* outside runs */
bool sim_spot_at(struct sim *s, uint32_t addr);
bool sim_spot_known(struct sim *s, uint32_t addr); /* has it a guard? */
bool sim_spot_guard(struct sim *s, uint32_t addr); /* true: a new one */
bool sim_spot_clock(struct sim *s, uint32_t addr); /* the same, for clock.c */
/* Spots between those of a block, if it has two; true: there are new ones. */
bool sim_spots_link(struct sim *s, uint32_t addr, uint32_t size);
/* All of them, in another engine. False: refused. */
bool sim_spots_renew(struct sim *s);
/* Adds or removes the hook of every instruction, as it is wanted. Outside runs. */
void sim_spots_trace(struct sim *s);

/* ---- what the engine does otherwise (odd.c) ---- */

/* Does the instruction behind these prefixes need a hook of its own? Reads three bytes. */
bool sim_wants_guard(const uint8_t *code, uint32_t prefixes);
/* Would the engine call abort() on this instruction? Reads up to 17 bytes. */
bool sim_is_poison(const uint8_t *code);

/* ---- stores (stores.c) ---- */

/* Behind a store to the page: where its ring's table is, and the mark. False: none stays. */
bool sim_stores_find(const struct sim *s, uint32_t page, int *place, uint32_t *mark);
/* Is a store there still dear? */
bool sim_stores_marked(const struct sim *s, int place, uint32_t page);
void sim_stores_ease(struct sim *s);
/* The engine knows nothing of pages any more. */
void sim_stores_anew(struct sim *s);
/* It is about to translate something of the page. */
void sim_stores_keep(struct sim *s, uint32_t page);
/* A run, or an interrupt in it, begins; or a block that was not expected. */
static inline void sim_stores_tick(struct sim *s)
{
	if (s->cpu.ease_in && --s->cpu.ease_in == 0)
		sim_stores_ease(s);
}

/* ---- the FPU, as fxsave and fxrstor have it (fpu.c) ---- */

#define SIM_FPU_IMAGE \
	288u /* what they read and write of their 512 bytes; six behind each register are left */
/* Writes marks into the registers. False: not found. */
bool sim_fpu_find(struct sim *s, struct sim_fpu_layout *at);
/* False, and nothing changed: by the engine's own instruction alone. */
bool sim_fpu_save(struct sim *s, uint8_t image[SIM_FPU_IMAGE]);
bool sim_fpu_load(struct sim *s, const uint8_t image[SIM_FPU_IMAGE]);

/* ---- what the probes found out (probe.c, probe_place.c) ---- */

/* Finds what sim_layout tells but for the way. */
enum sim_status sim_layout_probe(struct sim_error *err);
/* Takes one of the ways in which an engine may suit, best first: in place, then by name; without
 * the flags kept, then with them. False: that one is closed. */
#define SIM_LAYOUT_WAYS 4u
bool sim_layout_way(unsigned way);
const struct sim_layout *sim_layout(void);
/* Of the self-test alone. */
void sim_layout_stores(const struct sim_store_layout *stores);
void sim_layout_fpu(const struct sim_fpu_layout *fpu);
/* probe_place.c: fills what `in_place` stands for; NULL, or what was not found. */
const char *sim_probe_places(struct sim_layout *layout);
uint8_t *sim_engine_state(struct uc_struct *uc, const struct sim_layout *layout);
/* Reads what may not be there; how many bytes are. */
size_t sim_read_safely(uint64_t from, void *to, size_t size);
/* To ring 0 or 3. False, and nothing changed: the old segments are none of the usual. */
bool sim_ring_patch(uint8_t *state, const struct sim_layout *layout, unsigned ring,
		    const struct sim_flat *cs, const struct sim_flat *ss);
static inline void sim_leave_at(uint8_t *state, const struct sim_layout *layout, uint32_t eip)
{
	const uint64_t wide = eip;
	const uint16_t on = 0xffff;

	__builtin_memcpy(state + layout->reg[SIM_EIP], &wide, 8);
	__builtin_memcpy(state + layout->leave, &on, 2);
}

#endif
