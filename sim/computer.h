/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * computer.h: what a computer consists of, as data, for the files of sim/ only. What its rooms do
 * with it is in their headers: cpu/cpu.h the engine and its registers, memory/memory.h the pages,
 * counting/counting.h blocks and clocks, delivery/delivery.h interrupts and exceptions,
 * run/run.h the run and the hooks, power/power.h how it begins.
 */
#ifndef SIM_INTERNAL_H
#define SIM_INTERNAL_H

#include "sim/sim.h"

struct uc_struct;
struct uc_context;

/* ---- what the probes found out of the engine (probe.c, probe_place.c) ---- */

#define SIM_NO_PLACE (-1)

struct sim_segment_place {
	int selector, base, limit, flags;
};

/* ---- registers by name (engine.c, regs.c) ---- */

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
#define EFLAGS_IRET    0x00254dd5u /* CF PF AF ZF SF TF DF OF NT RF AC ID: in any ring */
#define EFLAGS_STATUS  0x00000cd5u /* of the last operation, and DF */
#define EFLAGS_IOPL(f) ((f) >> 12 & 3)
#define DR6_HITS       0x0000000fu
#define DR6_BS         0x00004000u

/* clang-format off */
enum {
	VEC_DE = 0, VEC_DB = 1, VEC_BP = 3, VEC_OF = 4, VEC_UD = 6, VEC_DF = 8, VEC_TS = 10,
	VEC_NP = 11, VEC_SS = 12, VEC_GP = 13, VEC_PF = 14, VEC_AC = 17,
};
/* clang-format on */

/* Where the engine keeps what it knows of pages, by ring 0 and 3, and the mark that makes stores dear there
 * (cpu/stores.c); mark 0: it has none that stays. */
struct sim_store_layout {
	int place[2]; /* from where eax is */
	uint32_t mark;
};

/* The FPU (cpu/fpu.c). */
struct sim_fpu_layout {
	bool known;
	int st[8], xmm[8], status, mxcsr;
};

struct sim_layout {
	/* In a saved context, which has no names for these. */
	size_t error_code, is_int, old_exception;
	bool keep_flags;    /* a fault behind a hook of its instruction spoils the flags (2.1.4) */
	bool invalid_twice; /* an invalid instruction is told to the interrupt hook as well */
	/* Registers in place: distances from where eax is; SIM_NO_PLACE: by name alone. Without
	 * in_place all are. */
	bool in_place;
	size_t in_context;       /* where eax is in a saved one */
	size_t to_cpu, to_state; /* from the engine's handle to there: a pointer, a distance */
	int reg[SIM_NREGS];
	struct sim_segment_place seg[SIM_SEGS];
	struct sim_segment_place table[SIM_NTABLES];
	int msr[SIM_MSRS]; /* by number, from SIM_MSR_CS on */
	int system_flags;  /* EFLAGS but for OF SF ZF AF PF CF and DF, which are kept elsewhere */
	int hidden;        /* its two lowest bits are the CPL */
	int leave;         /* a half word that, set in a hook, ends the block, and it alone */
	struct sim_store_layout stores;
	struct sim_fpu_layout fpu;
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
/* The processor ignores these three. */
#define PTE_SHARED   0x200u /* of sim_map_shared: others may change it, too */
#define PTE_CODE     0x400u /* the engine may hold translations of it */
#define PTE_USED     0x800u /* its host memory may differ from zero */

/* ---- blocks (count.c) ---- */

#define SIM_WAYS      8u  /* records that an address can be in */
#define SIM_SET_BITS  11u /* of the number of sets, at most */
#define SIM_AGES      4096u
#define SIM_BLOCK_MAX 8192u
#define SIM_NOT_QUICK UINT32_MAX

struct sim_block {
	/* What is read each time it runs, together. */
	uint32_t addr;
	/* Its size, while it is plain and known to be valid, else SIM_NOT_QUICK: without clocks,
	 * and with, unless each instruction is watched. */
	uint32_t quick[2];
	uint32_t insns;
	uint64_t *region; /* NULL: spans several */
	/* What came behind it last, and another before, or itself; never freed, but each may be
	 * another block now. */
	struct sim_block *then, *before;

	uint32_t size;
	uint32_t rep;     /* address of the rep string instruction that ends it, or 0 */
	uint64_t age;     /* of its pages, when it was made */
	uint64_t runs;    /* so often begun, and so often left for what lies behind it, and for */
	uint64_t left[2]; /* another place: what cover.c has not taken over yet */
	struct sim_block *next_trusted;
	uint8_t *copy;           /* its bytes, where they can change without our knowing */
	struct sim_timed *timed; /* clock.c; NULL without a timing model */
	uint32_t copy_size;
	bool plain;   /* no rep, no copy, one region: nothing to look at when it runs again */
	bool trusted; /* in the list of those that may be quick */
	/* Its price, where that is a base figure whatever happens, but for a jump. */
	bool fixed;
	uint8_t components; /* of its own first instruction */
	struct {
		uint64_t *to; /* its region's clocks */
		uint32_t base;
		uint32_t goes_on; /* it jumps if it does not lead here: behind it, or nowhere */
		int32_t taken;    /* more, if it jumps, */
		uint32_t m;       /* and this, times the components of what it leads to */
	} price;
};

/* The block that runs, as far as later corrections need it. */
struct sim_current {
	struct sim_block *block;
	uint32_t priced;       /* so many of its bytes have been priced (clock.c) */
	struct sim_block none; /* `block` points here behind a delivery or a stop: it is settled, */
	struct sim_block kept; /* and here when its record was needed anew */
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

struct sim_watch; /* watch.c */
#define SIM_WATCHES 64u

#define SIM_MARGIN (4 * SIM_PAGE) /* host memory behind the last address: some read ahead */
#define SIM_STALE  64u

/* ---- what the host has written since the last restore or save (memory.h, state.c) ---- */

#define SIM_UNDO 1024u

struct sim_undo {
	uint64_t at; /* the number of that snapshot */
	bool whole;  /* all of it is here, and the guest has not run */
	uint32_t n;
	struct sim_undo_word {
		uint32_t addr, old;
	} word[SIM_UNDO];
};

/* ---- who is told what a run reads (memo/) ---- */

struct sim_recorder {
	void (*read)(struct sim *s, uint32_t addr, uint32_t size); /* before it does */
	void (*code)(struct sim *s, uint32_t addr, uint32_t size); /* runs it */
	bool unfit; /* it did what another might not that reads the same */
};

struct sim_memo;
#define SIM_VARYING 64u /* pages */

/* ---- one an address space: its pages and what is known of them (memory.c) ---- */

struct sim_shared_map { /* of a later one at the same place this is void */
	uint32_t first, pages;
	struct sim_shared_file *file; /* shared.c; a reference */
	uint64_t offset, id;
};

struct sim_space {
	struct sim *first; /* NULL: this is; else that owns the pages from shared_from up */
	int kernel_fd;     /* their memory; -1 without shared_from */
	/* Of the owner: grow when a TLB may be wrong about these pages, translations of them void; of
	 * each: as it knows them. */
	uint64_t kernel_entries, kernel_code, seen_entries, seen_code;
	struct sim_shared_map *maps;
	unsigned nmaps;
	uint8_t *ram;  /* 4 GiB: host address of guest address 0 */
	uint32_t *pte; /* 1 Mi entries: pte[addr >> 12] */
	struct sim_page_copy *
		*clean[1024];  /* by page directory entry, then page; NULL: not given */
	uint16_t mapped[1024]; /* pages given of each page table */
	uint32_t user_pages, pages;
	uint32_t *given, ngiven; /* all of them, sorted; 0: to be looked up (sim_find_given) */
	struct sim_undo undo;

	/* With a memo: by page, 1 + its number in `varying` if its content has changed since. All
	 * others are constant. NULL: nobody asks. */
	uint8_t *vary;
	uint32_t varying[SIM_VARYING], nvarying;
	uint64_t changes; /* grows with rights, code, breakpoints, and which pages vary */

	struct {
		uint32_t table; /* 0: none; its page, and its entries before a poke */
		uint32_t entry[1024];
	} poke;

	bool flush_tlb;            /* a PTE lost a right since the last run */
	uint32_t stale[SIM_STALE]; /* pages whose translations must go before the next run */
	unsigned nstale;
	bool drop_all;               /* all translations must go */
	uint64_t page_age[SIM_AGES]; /* by page % SIM_AGES: records older than it are void */
};

/* Its blocks, by their addresses (blocks.c). Most spaces have few. */
struct sim_block_set {
	uint32_t key[SIM_WAYS];             /* address, or SIM_NO_BLOCK */
	struct sim_block *record[SIM_WAYS]; /* NULL: not given yet */
};
struct sim_block_chunk;
struct sim_blocks {
	struct sim_block_set *set;
	unsigned bits; /* of their number */
	unsigned next_way;
	struct sim_block_chunk *chunks; /* the records, the last one first */
	struct sim_block *trusted;
};

#define SIM_NO_BLOCK UINT32_MAX

/* ---- debug registers that fire (delivery/debugreg.c) ---- */

struct sim_debug {
	bool used;             /* each instruction has a hook: DR7 has enabled something here */
	bool shadow;           /* the instruction at `at` loads SS */
	uint32_t hits;         /* DR6's bits of the instruction that runs: to be told behind it */
	uint32_t at, ecx, esp; /* the last one looked at, and these before it */
};

/* ---- one an engine, which runs one address space: the processor (cpu/) ---- */

struct sim_cpu {
	struct uc_struct *engine;
	const struct sim_hooks *hooks; /* cpu/cpu.h */
	const struct sim_layout *layout;
	uint8_t *state; /* the engine's own: eax is here; NULL: registers by name alone */
	bool running;
	bool firmware_runs;
	bool between;     /* in a hook between two blocks: EIP in place is obeyed */
	bool no_segments; /* sim_enter_kernel failed; sim_run tells */

	struct sim_context *carried; /* space.c; NULL until it is needed */
	struct sim_context *boot;    /* CPL 0 on the firmware page */
	struct sim_context *scratch;
	struct sim_context *fault; /* for error codes, inside hooks */
	uint64_t rest;             /* memo.c: a digest of what runs seldom change; 0: not known */
	uint32_t translated;       /* bytes, by this engine: sim_engine_is_full */
	bool recording;            /* its hooks for a recorder are there */
	uint32_t ease_in;          /* stores.c looks after so many ticks; 0: never, */
	uint32_t ease_every;       /* and again */
	int armed;                 /* DR7 enables something: 1; 0; -1: to be looked up */
	struct sim_debug debug;

	/* What it translates (run/fetch.c, run/watch.c). */
	uint32_t fetch_start; /* the block that the engine read last, */
	uint32_t fetch_last;  /* and its last byte or word */
	bool shielded;        /* two bytes of the code are hidden from the engine */
	uint32_t shield_addr;
	uint8_t shield_saved[2];
	bool split; /* the block at split_from is to end at split_at, behind which nothing is */
	uint32_t split_from, split_at;
	struct sim_watch *watches[SIM_WATCHES]; /* by page % SIM_WATCHES */

	/* Its hooks of instructions (spots.c). */
	struct sim_spot *spot_index[256]; /* by address % 256; also the retired */
	unsigned nguards, nbreaks;
	size_t trace_hook;
	bool tracing; /* it is there: for insn_fn, or for a clock that wants addresses */
};

/* ---- one a run, of which there is one at a time: where it stands (run/) ---- */

struct sim_run {
	char why[256];
	bool restart;         /* the engine may leave a run that goes on */
	bool invalid_seen;    /* layout->invalid_twice: the second call is still to come */
	bool rewind;          /* we left a run that goes on at stop_eip */
	uint32_t invalid_eip; /* where the last invalid instruction led */
	uint32_t stop_eip;
	uint32_t resume_eip;      /* of `resumed` */
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

	/* What each block looks at, together. */
	int stop; /* enum sim_stop, -1 while none is wanted: sim_stop_is */
	bool first_block;
	bool in_round; /* the current block is a further round of its rep */
	/* The first instruction of this run is still to come, while the budget is this: no breakpoint. */
	bool resumed;
	int64_t first_budget;
	bool passes_breaks; /* nor at any other: sim_run_past_breaks */
	uint64_t delivered; /* interrupts and exceptions in this run */
	/* Instructions that may still be counted; below 0, the run is to stop. In a run counts.total
	 * is kept as `end` - `budget`, so that a block has one number less to change. */
	uint64_t end;
	int64_t budget;
	struct sim_current cur;
};

/* ---- one a machine: its snapshots, its time, and who is told ---- */

struct sim_saved {
	struct sim_snapshot *base[SIM_PARTS]; /* the next ones say what differs from it */
	uint64_t number;                      /* of the snapshot whose CPU and counts are at hand */
	struct sim_context *cpu;
	struct sim_counts counts;
};

/* Exact runs: one a computer, which its spaces share (run/exact.c). */
struct sim_watched {
	uint32_t addr, size;
	unsigned kinds;    /* SIM_WATCH_CHANGE, ... */
	struct sim *space; /* whose memory; NULL: what all have */
	uint8_t was[SIM_WATCHED_MAX];
};
struct sim_exact {
	uint64_t until;     /* the run ends at the first instruction at this moment or later, */
	uint64_t insns;     /* or behind so many; UINT64_MAX: neither */
	uint64_t delivered; /* before the run */
	bool paused;        /* nobody is to be stopped */
	bool wants_accesses;
	unsigned n;
	struct sim_watched watch[SIM_WATCHPOINTS];
	int accessed; /* what the last instruction touches; -1: none of them */
	struct sim_watch_hit hit;
};

struct sim {
	struct sim_config config;
	bool uncounted; /* no hook for blocks */
	bool no_memory; /* an allocation failed: sim_lacked_memory */

	sim_out_fn out_fn;
	void *out_user;
	sim_insn_fn insn_fn;
	void *insn_user;
	bool single; /* a run is one instruction */
	struct sim_exact
		*exact; /* NULL: runs end behind blocks. The owner's, whose spaces use it, too */
	sim_entry_fn entry_fn; /* NULL: nobody is told */
	void *entry_user;
	struct sim_recorder *recorder; /* NULL: nobody asks now */
	/* NULL: each run is executed. With it, `answer` makes a run, or finds it made. */
	struct sim_memo *memo;
	enum sim_stop (*answer)(struct sim *s, uint64_t max_insns);

	struct sim_range *regions;
	size_t nregions;
	unsigned elsewhere;
	struct sim_cover cover;
	bool covered; /* cover.c wants to know what runs */

	struct sim_cpu cpu;
	struct sim_run run;
	struct sim_counts *counts; /* the owner's, which its spaces have, too */
	struct sim_counts own_counts;
	struct sim_clock clock;
	struct sim_space space;
	struct sim_blocks blocks;
	struct sim_saved saved;
};
#endif
