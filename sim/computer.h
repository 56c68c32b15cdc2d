/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * computer.h: what a computer is, for the files of sim/ only.
 *
 * cpu.c owns the engine and its registers, hooks.c what the engine calls back, spots.c the
 * instructions with a hook of their own, fetch.c what it reads, watch.c what can change
 * under it, guard.c what is done in its place, deliver.c interrupts and exceptions,
 * memory.c the pages, count.c the blocks and their instructions, length.c where these begin,
 * clock.c what they cost (timing/), state.c snapshots and digests, bare.c a computer without a
 * kernel, probe.c, probe_place.c and selftest.c what the engine must keep to.
 * Nobody outside cpu*.c and probe*.c sees a name of the engine.
 */
#ifndef SIM_INTERNAL_H
#define SIM_INTERNAL_H

#include "sim/sim.h"

#include <stdatomic.h>

struct uc_struct;
struct uc_context;

/* ---- what the probes found out of the engine (probe.c, probe_place.c) ---- */

#define SIM_NO_PLACE (-1)

struct sim_segment_place {
	int selector, base, limit, flags;
};

/* ---- registers by name (cpu.c) ---- */

/* clang-format off */
enum sim_reg {
	SIM_EAX, SIM_ECX, SIM_EDX, SIM_EBX, SIM_ESP, SIM_EBP, SIM_ESI, SIM_EDI, SIM_EIP, SIM_EFLAGS,
	SIM_CS, SIM_SS, SIM_DS, SIM_ES, SIM_FS, SIM_GS,
	SIM_CR0, SIM_CR2, SIM_CR3, SIM_CR4,
	SIM_DR0, SIM_DR1, SIM_DR2, SIM_DR3, SIM_DR6, SIM_DR7,
	SIM_FPCW, SIM_FPSW, SIM_FPTAG, SIM_MXCSR,
	SIM_NREGS
};
/* clang-format on */

#define SIM_SEGS 6u /* from SIM_CS on */

enum sim_table { SIM_GDTR, SIM_IDTR, SIM_LDTR, SIM_TR, SIM_NTABLES };
struct sim_table_reg {
	uint32_t base, limit, flags;
	uint16_t selector;
};

enum { SIM_MSR_CS = 0x174, SIM_MSR_ESP = 0x175, SIM_MSR_EIP = 0x176, SIM_MSRS = 3 };

#define EFLAGS_CF      0x00000001u
#define EFLAGS_TF      0x00000100u
#define EFLAGS_IF      0x00000200u
#define EFLAGS_NT      0x00004000u
#define EFLAGS_RF      0x00010000u
#define EFLAGS_VM      0x00020000u
#define EFLAGS_STATUS  0x00000cd5u /* of the last operation, and DF */
#define EFLAGS_IOPL(f) ((f) >> 12 & 3)
#define DR6_BS         0x00004000u

/* clang-format off */
enum {
	VEC_DE = 0, VEC_DB = 1, VEC_BP = 3, VEC_OF = 4, VEC_UD = 6, VEC_DF = 8, VEC_TS = 10,
	VEC_NP = 11, VEC_SS = 12, VEC_GP = 13, VEC_PF = 14, VEC_AC = 17,
};
/* clang-format on */

struct sim_layout {
	/* In a saved context, which has no names for these. */
	size_t error_code, is_int, old_exception;
	bool keep_flags;    /* a fault behind a hook of its instruction spoils the flags (2.1.4) */
	bool invalid_twice; /* an invalid instruction is told to the interrupt hook as well */
	/* Registers in place: distances from where eax is; SIM_NO_PLACE: by name alone. Without
	 * in_place all are. */
	bool in_place;
	size_t to_cpu, to_state; /* from the engine's handle to there: a pointer, a distance */
	int reg[SIM_NREGS];
	struct sim_segment_place seg[SIM_SEGS];
	struct sim_segment_place table[SIM_NTABLES];
	int msr[SIM_MSRS]; /* by number, from SIM_MSR_CS on */
	int system_flags;  /* EFLAGS but for OF SF ZF AF PF CF and DF, which are kept elsewhere */
	int hidden;        /* its two lowest bits are the CPL */
	int leave;         /* a half word that, set in a hook, ends the block, and it alone */
};

/* A segment with base 0 and limit 4 GiB, of 32 bits, as the usual ones are. */
struct sim_flat {
	uint32_t selector, flags; /* the descriptor's second word; 0: it is another */
};
#define SIM_DESC_ACCESSED (1u << 8)
#define SIM_DESC_BIG      (1u << 22)

/* ---- page table entries ---- */

#define PTE_PRESENT  0x001u
#define PTE_WRITE    0x002u
#define PTE_USER     0x004u
#define PTE_ACCESSED 0x020u
#define PTE_DIRTY    0x040u /* changed since the page's clean copy was made */
/* The processor ignores these two. */
#define PTE_CODE     0x400u /* the engine may hold translations of it */
#define PTE_USED     0x800u /* its host memory may differ from zero */

/* ---- blocks (count.c) ---- */

#define SIM_WAYS      8u /* records that an address can be in */
#define SIM_BLOCKS    (2048u * SIM_WAYS)
#define SIM_AGES      4096u
#define SIM_BLOCK_MAX 8192u

struct sim_block {
	uint32_t addr, size;
	uint32_t insns;
	uint32_t rep;     /* address of the rep string instruction that ends it, or 0 */
	uint64_t age;     /* of its pages, when it was made */
	uint64_t *region; /* NULL: spans several */
	bool plain;       /* no rep, no copy, one region: nothing to look at when it runs again */
	uint64_t epoch;   /* found valid when sim.epoch was this */
	uint64_t quick;   /* the same, if it is plain and nobody asks for clocks */
	/* What came behind it last, or itself; never freed, but it may be another block now. */
	struct sim_block *then;
	uint8_t *copy; /* its bytes, where they can change without our knowing */
	uint32_t copy_size;
	struct sim_timed *timed; /* clock.c; NULL without a timing model */
	/* Its price, where that is a base figure whatever happens, but for a jump. */
	struct {
		enum { SIM_ANY_PRICE, SIM_ONE_PRICE, SIM_JUMP_PRICE } kind;
		bool always; /* it jumps whatever happens */
		uint32_t base;
		int32_t taken;      /* more, if it jumps */
		uint8_t m;          /* and this, times the components of what it leads to */
		uint8_t components; /* of its own first instruction */
		uint64_t *to;       /* its region's clocks */
	} price;
};

/* The block that runs, as far as later corrections need it. */
struct sim_current {
	struct sim_block *block;
	bool valid;            /* false behind a delivery or a stop: it has been settled */
	uint32_t priced;       /* so many of its bytes have been priced (clock.c) */
	struct sim_block kept; /* `block` points here when its record was needed anew */
};

/* ---- clocks (clock.c) ---- */

struct sim_clock {
	struct sim_timing timing; /* model NULL: nobody asks */
	bool addresses;           /* the model wants those of all operands */
	bool watched;             /* each instruction is priced by itself */
	uint8_t ring;             /* of the instruction that is priced next */
	uint64_t rounds;          /* of reps that may still be made; 0: without end */
	bool seen;                /* what follows was read just before seen_addr ran */
	uint8_t accesses;
	uint32_t seen_addr, value;
	struct sim_access access[SIM_ACCESSES];
	sim_clock_fn fn;
	void *user;
	struct sim_clocks clocks;
};

/* ---- instructions with a hook of their own (hooks.c) ---- */

enum { SIM_SPOT_GUARD = 1, SIM_SPOT_BREAK = 2, SIM_SPOT_CLOCK = 4, SIM_SPOT_LINK = 8 };

struct sim_spot {
	struct sim *s;
	struct sim_spot *same; /* the next in its chain of the index */
	uint32_t addr;
	unsigned flags; /* 0: retired; translations may still call it */
	size_t hook;
};

/* ---- memory (memory.c, state.c) ---- */

struct sim_page_copy; /* a page's content, shared and never changed */
extern struct sim_page_copy sim_zeros;

struct sim_watch; /* watch.c */
#define SIM_WATCHES 64u

#define SIM_MARGIN (4 * SIM_PAGE) /* host memory behind the last address: some read ahead */
#define SIM_STALE  64u

struct sim {
	struct sim_config config;
	struct uc_struct *engine;
	bool uncounted; /* no hook for blocks */
	const struct sim_layout *layout;
	uint8_t *state; /* the engine's own: eax is here; NULL: registers by name alone */
	bool between;   /* in a hook between two blocks: EIP in place is obeyed */
	uint8_t *ram;   /* 4 GiB: host address of guest address 0 */
	uint32_t *pte;  /* 1 Mi entries: pte[addr >> 12] */
	struct sim_page_copy *
		*clean[1024];  /* by page directory entry, then page; NULL: not given */
	uint16_t mapped[1024]; /* pages given of each page table */
	uint32_t user_pages, pages;

	bool flush_tlb;            /* a PTE lost a right since the last run */
	uint32_t stale[SIM_STALE]; /* pages whose translations must go before the next run */
	unsigned nstale;
	bool drop_all; /* all translations must go */

	struct sim_context *boot; /* CPL 0 on the firmware page */
	struct sim_context *scratch;
	struct sim_context *fault; /* for error codes, inside hooks */
	bool running;
	bool no_memory;       /* an allocation failed: the self-test is void */
	bool no_segments;     /* sim_enter_kernel failed; sim_run tells */
	bool restart;         /* the engine may leave a run that goes on */
	bool invalid_seen;    /* layout->invalid_twice: the second call is still to come */
	bool rewind;          /* we left a run that goes on at stop_eip */
	uint32_t invalid_eip; /* where the last invalid instruction led */
	uint32_t stop_eip;
	uint32_t resume_eip; /* of `resumed` */
	char why[256];

	uint32_t fetch_start; /* fetch.c: the block that the engine read last, */
	uint32_t fetch_last;  /* and its last byte or word */
	bool shielded;        /* two bytes of the code are hidden from the engine */
	uint32_t shield_addr;
	uint8_t shield_saved[2];
	bool split; /* the block at split_from is to end at split_at, behind which nothing is */
	uint32_t split_from, split_at;
	uint32_t cr2;             /* of the last page fault that was one */
	uint32_t int_at, int_end; /* the last int instruction with prefixes; int_end 0: none */
	uint64_t traced;          /* the last instruction that insn_fn was told of, */
	uint32_t traced_esp;      /* and esp before it */
	uint64_t begun;           /* the last of a writable page (watch.c), */
	uint32_t begun_esp;       /* and esp before it */
	uint64_t left;            /* where watch.c has left the run, to come back */
	/* Should the instruction at kept_at fault, these are the flags before it. */
	bool kept_flags;
	uint32_t kept_at, kept_eflags;

	sim_out_fn out_fn;
	void *out_user;
	sim_insn_fn insn_fn;
	void *insn_user;
	size_t trace_hook;
	bool tracing; /* it is there: for insn_fn, or for a clock that wants addresses */
	struct sim_spot *spot_index[256]; /* by address % 256; also the retired */
	unsigned nguards, nbreaks;
	struct sim_watch *watches[SIM_WATCHES]; /* by page % SIM_WATCHES */

	struct sim_range *regions;
	size_t nregions;
	unsigned elsewhere;
	/* What each block looks at, together. */
	int stop; /* enum sim_stop, -1 while none is wanted: sim_stop_is */
	bool firmware_runs;
	bool first_block;
	bool in_round;      /* the current block is a further round of its rep */
	bool resumed;       /* the first instruction of this run is still to come: no breakpoint */
	bool passes_breaks; /* nor at any other: sim_run_past_breaks */
	struct sim_current cur;
	uint64_t limit; /* of counts.total; UINT64_MAX: none; 0: the run is to stop */
	struct sim_counts counts;
	struct sim_clock clock;
	uint64_t epoch;              /* from 1; grows whenever any record may have become void */
	uint64_t page_age[SIM_AGES]; /* by page % SIM_AGES: records older than it are void */
	unsigned next_way;
	uint32_t block_key[SIM_BLOCKS]; /* address, or SIM_NO_BLOCK */
	struct sim_block block[SIM_BLOCKS];
};

#define SIM_NO_BLOCK UINT32_MAX

/* cpu.c */
enum sim_status sim_power_up(const struct sim_config *config, struct sim **out,
			     struct sim_error *err);
static inline uint32_t sim_state32(const struct sim *s, int place)
{
	uint32_t value;

	__builtin_memcpy(&value, s->state + place, 4);
	return value;
}

uint32_t sim_reg_ask(struct sim *s, enum sim_reg reg); /* by name */
static inline uint32_t sim_reg_get(struct sim *s, enum sim_reg reg)
{
	int place = s->layout->reg[reg];

	return s->state && place != SIM_NO_PLACE ? sim_state32(s, place) : sim_reg_ask(s, reg);
}
void sim_reg_set(struct sim *s, enum sim_reg reg, uint32_t value);
/* All but OF SF ZF AF PF CF and DF: these cost a calculation. */
static inline uint32_t sim_system_flags(struct sim *s)
{
	return s->state ? sim_state32(s, s->layout->system_flags) & ~EFLAGS_STATUS :
			  sim_reg_ask(s, SIM_EFLAGS) & ~EFLAGS_STATUS;
}
void sim_system_flags_clear(struct sim *s, uint32_t flags);
void sim_table_ask(struct sim *s, enum sim_table table, struct sim_table_reg *out); /* by name */
static inline void sim_table_get(struct sim *s, enum sim_table table, struct sim_table_reg *out)
{
	const struct sim_segment_place *place = &s->layout->table[table];

	if (!s->state) {
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
bool sim_cpu_load_cs(struct sim *s, uint16_t cs);
/* From CPL 0 to CPL 3, in place. False, and nothing changed: the engine is to do it. */
bool sim_cpu_to_ring3(struct sim *s, const struct sim_flat *cs, const struct sim_flat *ss);
bool sim_ring_by_cr0(struct uc_struct *uc, uint16_t cs, uint16_t ss);
void sim_cpu_wide_regs(struct sim *s, uint8_t st[8][10], uint8_t xmm[8][16]);
void sim_firmware_write(struct sim *s);
void sim_firmware(struct sim *s, uint32_t offset);
/* Drops the engine's translations of a page. Outside runs only; the page must be present. */
void sim_cpu_drop_code(struct sim *s, uint32_t page);
static inline void sim_stop_is(struct sim *s, enum sim_stop stop)
{
	s->stop = (int)stop;
	s->limit = 0;
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

/* Between these two the CPU is at CPL 0: the engine then finds each present page. */
void sim_cpu_borrow(struct sim *s);
void sim_cpu_give_back(struct sim *s);

/* hooks.c */
bool sim_hooks_open(struct sim *s);
/* Leaves the run in order to come back to `eip` at once: sim_memory_sync has work, or the block
 * is to be translated anew. */
void sim_leave_and_return(struct sim *s, uint32_t eip);

/* Behind a run that was to end at split_at; it may have ended elsewhere. */
void sim_split_end(struct sim *s);

/* spots.c */
/* In a hook before the instruction at addr: it may fault. */
static inline void sim_keep_flags(struct sim *s, uint32_t addr)
{
	s->kept_flags = s->layout->keep_flags;
	if (!s->kept_flags)
		return;
	s->kept_at = addr;
	s->kept_eflags = sim_reg_get(s, SIM_EFLAGS);
}
void sim_spots_close(struct sim *s);
void sim_spots_collect(struct sim *s);
/* Those of a page whose translations go: what comes there next may need none. Not breakpoints. */
void sim_spots_drop(struct sim *s, uint32_t page);
bool sim_spot_at(struct sim *s, uint32_t addr);
bool sim_spot_known(struct sim *s, uint32_t addr); /* has it a guard? */
bool sim_spot_guard(struct sim *s, uint32_t addr); /* true: a new one */
bool sim_spot_clock(struct sim *s, uint32_t addr); /* the same, for clock.c */
/* Spots between those of a block, if it has two; true: there are new ones. */
bool sim_spots_link(struct sim *s, uint32_t addr, uint32_t size);
/* Adds or removes the hook of every instruction, as it is wanted. */
void sim_spots_trace(struct sim *s);

/* fetch.c */
bool sim_fetch_open(struct sim *s);
/* Does the instruction behind these prefixes need a hook of its own? Reads three bytes. */
bool sim_wants_guard(const uint8_t *code, uint32_t prefixes);
/* Would the engine call abort() on this instruction? Reads up to 17 bytes. */
bool sim_is_poison(const uint8_t *code);
/* The block is translated: memory is as it was again. To be called before anything runs. */
void sim_shield_put_back(struct sim *s);
static inline void sim_shield_lift(struct sim *s)
{
	if (s->shielded)
		sim_shield_put_back(s);
}

/* watch.c: the engine reads bytes that it translates. False: not yet; the run is to be left. */
bool sim_watch_read(struct sim *s, uint32_t addr, uint32_t size);
/* The page's translations are gone. */
void sim_watch_forget(struct sim *s, uint32_t page);
void sim_watch_close(struct sim *s);

/* clock.c; all but learn and guard do nothing without a model */
bool sim_clock_learn(struct sim *s, struct sim_block *b); /* false: out of memory */
bool sim_clock_guard(struct sim *s, uint32_t addr);
/* The current block has run whole and `next` comes now. */
void sim_clock_left(struct sim *s, const struct sim_block *next);
void sim_clock_end(struct sim *s, uint32_t eip);
/* It has run up to eip. */
void sim_clock_settle(struct sim *s, uint32_t eip);
void sim_clock_round(struct sim *s, uint32_t addr);
/* The instruction at addr is about to run. */
void sim_clock_before(struct sim *s, uint32_t addr);
/* The one that ends at `end` leads through a gate, or is sysenter. */
void sim_clock_gate(struct sim *s, uint32_t end, uint8_t next_ring);
/* What an instruction that is about to run will read and write. */
unsigned sim_clock_accesses(struct sim *s, const struct sim_insn *i, struct sim_access *out);
void sim_clock_deliver(struct sim *s, const struct sim_delivered *d, uint32_t eip);
/* guard.c: before the instruction at addr, in a hook. */
void sim_guard(struct sim *s, uint32_t addr);
/* The address of the int instruction that ended at `end`. */
uint32_t sim_insn_before(const struct sim *s, unsigned vector, uint32_t end);

/* cmpxchg8b.c: the address behind it; 0: the engine is to execute (or refuse) it. */
uint32_t sim_run_cmpxchg8b(struct sim *s, uint32_t addr, uint32_t prefixes);

/* deliver.c */
void sim_deliver_fault(struct sim *s, unsigned vector, uint32_t error, uint32_t eip);
void sim_deliver_software(struct sim *s, unsigned vector, uint32_t next);
/* May this ring load this code (data) segment without a fault? *flat: what it is then. */
bool sim_deliver_loadable(struct sim *s, uint16_t selector, unsigned ring, bool code,
			  struct sim_flat *flat);
/* May ring 3 call code in this segment, without a gate? */
bool sim_deliver_callable(struct sim *s, uint16_t selector);
/* The base of the segment that a selector names now; 0 without one. */
uint32_t sim_deliver_base(struct sim *s, uint16_t selector);
/* Behind an instruction that we ran in the engine's place, with `eflags` at its beginning: on at
 * `eip`, or to the handler of its single step. */
void sim_deliver_go_on(struct sim *s, uint32_t eip, uint32_t eflags);
void sim_deliver_sysenter(struct sim *s, uint32_t eip);
/* iret from ring 0 into the usual segments of ring 3. False, and nothing changed: the engine is to
 * do it, or to refuse. */
bool sim_deliver_return(struct sim *s);

/* memory.c */
enum sim_status sim_memory_open(struct sim *s);
void sim_memory_close(struct sim *s);
/* Writes back what changed behind the CPU: translations and the TLB. */
void sim_memory_sync(struct sim *s);
void sim_stale_code(struct sim *s, uint32_t page);
/* The host has written there. */
static inline void sim_touch(struct sim *s, uint32_t page)
{
	s->pte[page] |= PTE_DIRTY;
	if (s->pte[page] & PTE_CODE)
		sim_stale_code(s, page);
}
/* All of the engine's translations. Before it is closed, too: it forgets to free what it knows of
 * pages that were code and data. */
void sim_memory_drop_code(struct sim *s);
/* One page, for sim_restore: drops what is there; maps a page of zeros. */
bool sim_page_table_ready(struct sim *s, uint32_t page);
static inline bool sim_page_given(const struct sim *s, uint32_t page)
{
	struct sim_page_copy *const *table = s->clean[page / 1024];

	return table && table[page % 1024];
}
void sim_page_forget(struct sim *s, uint32_t page);
/* Has the guest's kernel written into its page tables? Then all that they say is forgotten: only
 * a restore may follow. */
bool sim_tables_written(const struct sim *s);
void sim_tables_distrust(struct sim *s);
void sim_page_fresh(struct sim *s, uint32_t page, uint32_t rights);
void sim_page_rights(struct sim *s, uint32_t page, uint32_t rights);
/* May supervisor code read (write) these bytes? Else *bad. Host code only. */
static inline bool sim_reachable(const struct sim *s, uint32_t addr, uint32_t size, bool write,
				 uint32_t *bad)
{
	uint32_t need = PTE_PRESENT | (write ? PTE_WRITE : 0);
	uint32_t last = addr + size - 1;

	if ((s->pte[addr / SIM_PAGE] & need) != need) {
		*bad = addr;
		return false;
	}
	if ((s->pte[last / SIM_PAGE] & need) != need) {
		*bad = last & ~(SIM_PAGE - 1);
		return false;
	}
	return true;
}

/* state.c; NULL is the page of zeros */
void sim_copy_put(struct sim_page_copy *copy);

/* count.c */
void sim_blocks_init(struct sim *s);
void sim_blocks_free(struct sim *s);
void sim_blocks_drop(struct sim *s, uint32_t page);
void sim_blocks_drop_all(struct sim *s);
/* A block is about to run: counts it, if its record is known and the budget allows it. */
enum sim_entry { SIM_ENTERED, SIM_UNKNOWN, SIM_TOO_LONG };
/* The short way with clocks: sim_block_quick. */
bool sim_block_known(struct sim *s, uint32_t addr, uint32_t size);
enum sim_entry sim_block_enter(struct sim *s, uint32_t addr, uint32_t size);
/* Makes the record of a block; false: out of memory. sim_block_at: the one that is there, or NULL. */
bool sim_block_learn(struct sim *s, uint32_t addr, uint32_t size);
const struct sim_block *sim_block_at(const struct sim *s, uint32_t addr);
/* Instructions in these bytes; a part of one at the end is one. */
uint32_t sim_count_range(const uint8_t *code, uint32_t size);
/* May its successor be an instruction at its own address? Reads two bytes behind prefixes. */
bool sim_is_jump(const uint8_t *code);
bool sim_is_call(const uint8_t *code);
/* The short way for what most blocks are: what came behind the current one the last time, or a
 * loop's next round. What runs between two blocks and could make `cur` void does so; a stop takes
 * the budget away. */
static inline __attribute__((always_inline)) bool sim_block_quick(struct sim *s, uint32_t addr,
								  uint32_t size)
{
	struct sim_block *b;

	if (!s->cur.valid)
		return false;
	b = s->cur.block->then;
	if (b->addr != addr)
		b = s->cur.block;
	if (b->addr != addr || b->size != size || b->quick != s->epoch ||
	    s->counts.total + b->insns > s->limit)
		return false;
	s->resumed = false;
	s->counts.total += b->insns;
	*b->region += b->insns;
	s->cur.block = b;
	return true;
}

/* Has all of the current block run, and has nobody anything to do behind it? */
static inline bool sim_ran_whole(const struct sim *s, uint32_t eip)
{
	return s->cur.valid && !s->clock.timing.model &&
	       eip - s->cur.block->addr >= s->cur.block->size;
}
/* The current block ended before `eip`: takes back what did not run. */
void sim_count_settle(struct sim *s, uint32_t eip);
/* The region of addr, and the first address behind it that may belong to another. */
unsigned sim_region_of(const struct sim *s, uint32_t addr, uint32_t *end);
/* How many of these bytes are whole instructions? Reads up to SIM_INSN_ROOM bytes more. */
enum { SIM_INSN_ROOM = 16 };
uint32_t sim_whole_insns(const uint8_t *code, uint32_t size);

/* length.c: prefix bytes at the start of an instruction. */
uint32_t sim_prefixes(const uint8_t *code, uint32_t size);

const struct sim_layout *sim_layout(void);
/* probe_place.c: fills what `in_place` stands for; NULL, or what was not found. */
const char *sim_probe_places(struct sim_layout *layout);
uint8_t *sim_engine_state(struct uc_struct *uc, const struct sim_layout *layout);
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
/* Everything that must be known before the first computer: sim_layout, then the self-test. */
enum sim_status sim_probe(struct sim_error *err);

/* selftest.c */
enum sim_status sim_selftest(struct sim_error *err);

static inline uint32_t sim_ram32(const struct sim *s, uint32_t addr)
{
	uint32_t value;

	__builtin_memcpy(&value, s->ram + addr, 4);
	return value;
}

#endif
