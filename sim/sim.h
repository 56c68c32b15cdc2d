/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim.h: the computer. An i386 with paging, 4 GiB of sparse memory, counters and
 * snapshots, on Unicorn. It knows nothing of Linux, system calls or ptrace, and
 * includes nothing from lib/ or asm/. This is the door of all of sim/ but its timing models and
 * captures; what its rooms offer each other is in a header each. Only cpu/ knows Unicorn, only
 * code/disasm.c Capstone. Read next: computer.h, power/open.c, run/loop.c.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/code/code.h"
#include "sim/timing/timing.h"

struct sim;

enum sim_status { SIM_OK, SIM_ENOMEM, SIM_EENGINE, SIM_EINVAL, SIM_EFAULT, SIM_ELOAD };

struct sim_error {
	char text[256];
}; /* one sentence, with the place */

#define SIM_PAGE 4096u

/* ---- open ---- */

struct sim_range {
	uint32_t start, end;
	unsigned region;
}; /* [start, end) */

struct sim_config {
	uint32_t
		page_tables; /* 4 MiB, 4 KiB aligned: 1024 page tables in a row, made by the computer */
	uint32_t page_directory;
	uint32_t firmware;  /* one supervisor page for the computer's own code */
	uint32_t max_pages; /* the most user pages sim_map gives out */
	bool no_sysenter;   /* a CPU without it: #UD, and CPUID says so */
	bool by_name;   /* registers by the engine's functions alone, as if no place were known */
	bool uncounted; /* instructions are not counted, and sim_run knows no limit */
	bool covered;   /* sim_cover_start will be called */
	uint32_t translates; /* bytes that one engine may (cpu/cpu.h); 0: as many as are good */
	/* 0: one address space. Else pages from there up are the same memory in all (the kernel's);
	 * a multiple of 4 MiB below page_tables. */
	uint32_t shared_from;
};

/* The CPU that comes out is in 32-bit protected mode at CPL 0 with flat segments,
 * paging, WP, NE, OSFXSR, OSXMMEXCPT and TSD on, interrupts off; only the firmware page
 * is mapped. Runs the self-test once a process: SIM_EENGINE names the probe that failed. */
enum sim_status sim_open(const struct sim_config *config, struct sim **out, struct sim_error *err);
void sim_close(struct sim *s);

/* ---- memory: every page is linear = physical ---- */

/* As the PTE's bits; without SIM_WRITE and SIM_USER: supervisor, read-only. */
enum { SIM_PRESENT = 1, SIM_WRITE = 2, SIM_USER = 4 };

/* Fresh zeroed pages; what was there is dropped. SIM_ENOMEM beyond max_pages (user pages only). */
enum sim_status sim_map(struct sim *s, uint32_t addr, uint32_t pages, unsigned flags);
enum sim_status sim_protect(struct sim *s, uint32_t addr, uint32_t pages, unsigned flags,
			    bool present);
void sim_unmap(struct sim *s, uint32_t addr, uint32_t pages);
/* Around a run of code that is known to do no more to page tables than to make the page of addr
 * writable, store, and take that back: else a restore trusts no page any more, and takes a
 * thousand times as long. The end believes it where the entries are as they were. */
void sim_poke_begin(struct sim *s, uint32_t addr);
void sim_poke_end(struct sim *s);
/* Those of addr's page, SIM_PRESENT among them; -1 if it is not mapped. */
int sim_page(const struct sim *s, uint32_t addr);
uint32_t sim_user_pages(const struct sim *s);
/* Whatever the protection. SIM_EFAULT: *bad is the first address without a page, nothing moved. */
enum sim_status sim_read(const struct sim *s, uint32_t addr, void *buf, size_t size, uint32_t *bad);
enum sim_status sim_write(struct sim *s, uint32_t addr, const void *buf, size_t size,
			  uint32_t *bad);
/* One word of memory that is known to be mapped: the fast road to kernel structures and frames. */
uint32_t sim_load32(const struct sim *s, uint32_t addr);
void sim_store32(struct sim *s, uint32_t addr, uint32_t value);

/* ---- registers ---- */

void sim_get_regs(struct sim *s, struct sim_regs *out);
/* Everything but the segments. */
void sim_set_regs(struct sim *s, const struct sim_regs *regs);
/* Loads flat supervisor segments cs/ss by the GDT whatever the CPL is now (for entering
 * kernel code at an address of the host's choosing), ds = es = ss. */
void sim_enter_kernel(struct sim *s, uint32_t cs, uint32_t ss, uint32_t eip, uint32_t esp,
		      uint32_t eflags);
/* The same where the kernel's segments are loaded already, as at a hlt in its C code: cheaper. */
void sim_jump(struct sim *s, uint32_t eip, uint32_t esp, uint32_t eflags);
uint32_t sim_get_eip(struct sim *s);
uint32_t sim_get_eax(struct sim *s);
uint32_t sim_get_edx(struct sim *s);
unsigned sim_cpl(struct sim *s);

/* A whole CPU (with FPU and SSE) put aside and taken back, a fraction of a µs each. */
struct sim_context;
struct sim_context *sim_context_new(struct sim *s);
void sim_context_free(struct sim_context *c);
void sim_context_save(struct sim *s, struct sim_context *c);
void sim_context_restore(struct sim *s, const struct sim_context *c);
/* What runs next is thought to run on another CPU, whose debug registers watch nothing; up to the
 * next sim_context_restore. */
void sim_other_cpu(struct sim *s);

/* What CPUID says of the CPU: leaf 1, edx. */
uint32_t sim_cpu_features(const struct sim *s);

/* ---- runs that are not made again ---- */

/* From now on a run is recorded: what of the CPU and of memory it needed, and what came of it. One
 * that begins with the same is answered by the record: what sim_run, sim_get_counts and all else
 * tell of it is the same, and nothing is executed (memo.h). Its results do not depend on it.
 * SIM_EINVAL: with clocks, uncounted, or where the engine's registers are not found in place. */
enum sim_status sim_memo_open(struct sim *s);
void sim_memo_close(struct sim *s);
struct sim_memo_facts {
	uint64_t answered;          /* runs: by records, */
	uint64_t audited;           /* of these executed as well: each so manyth, and compared */
	uint64_t executed;          /* other than these, */
	uint64_t recorded, refused; /* and what came of them; the rest was not fit for it */
};
void sim_memo_get_facts(const struct sim *s, struct sim_memo_facts *out);

/* ---- several address spaces: each a struct sim of its own, of which one runs (power/space.c) ---- */

/* Another space of the computer that `of` is a space of, opened with shared_from: without user
 * pages, its CPU as at power-on, counting in the same regions. Closed before `of`, which was first. */
enum sim_status sim_space_open(struct sim *of, struct sim **out, struct sim_error *err);
/* `to`, which has no user pages, gets those of `from` with their content and rights. SIM_ENOMEM. */
enum sim_status sim_space_copy(struct sim *to, struct sim *from);
/* All user pages go; the engine keeps what it has translated, in case the same comes again. False:
 * it has translated so much that its memory, which it does not give back before it is closed, is dearer
 * than another space. */
bool sim_space_clear(struct sim *s);
/* What ran in `from` goes on in `to`: the CPU, counts, clocks. */
enum sim_status sim_space_carry(struct sim *to, struct sim *from);
/* What fxsave would do at addr, and fxrstor, in the kernel's pages. False, and nothing changed: they are to. */
bool sim_fxsave(struct sim *s, uint32_t addr);
bool sim_fxrstor(struct sim *s, uint32_t addr);
/* What fresh pages of a space alone have in them: a file's, from a page on. */
enum sim_status sim_fill(struct sim *s, uint32_t addr, uint32_t pages, int fd, uint64_t offset);
/* User pages whose memory is that of a file (a memfd), from `offset` on: whoever else maps it sees
 * the same. The descriptor is not kept; `id` is the file's name to sim_shared_page. */
enum sim_status sim_map_shared(struct sim *s, uint32_t addr, uint32_t pages, unsigned flags, int fd,
			       uint64_t offset, uint64_t id);
bool sim_has_shared(const struct sim *s); /* a map of that kind */
/* Of a page of such a map: the file's id, and which page of it. False: it is none. */
bool sim_shared_page(const struct sim *s, uint32_t addr, uint64_t key[2]);

/* ---- run ---- */

enum sim_stop {
	SIM_HALT,     /* hlt at CPL 0; eip behind it */
	SIM_BUDGET,   /* the next block would exceed max_insns; eip at its start */
	SIM_BREAK,    /* eip at a breakpoint, not executed */
	SIM_SHUTDOWN, /* triple fault, or a delivery that cannot be made: sim_why() */
	SIM_BROKEN,   /* the engine itself failed: sim_why() */
};

/* max_insns 0: no limit. At least one block runs. */
enum sim_stop sim_run(struct sim *s, uint64_t max_insns);
/* The same, but no breakpoint stops it. */
enum sim_stop sim_run_past_breaks(struct sim *s, uint64_t max_insns);
const char *sim_why(const struct sim *s);
/* Has an allocation failed since it was asked last, or since sim_open? Then SIM_BROKEN may mean that. */
bool sim_lacked_memory(struct sim *s);

/* Told when an instruction of a program, int n or sysenter, has led into the kernel, with n or
 * SIM_BY_SYSENTER: registers but EIP are the kernel's. May write memory, and no more. For `s` and
 * the spaces that are opened from it later. */
#define SIM_BY_SYSENTER 256u
typedef void (*sim_entry_fn)(void *user, unsigned vector);
void sim_on_entry(struct sim *s, sim_entry_fn fn, void *user);

/* From now on a run ends with SIM_BUDGET behind its first instruction, until it is switched off. */
void sim_single(struct sim *s, bool on);

/* Between two runs: an interrupt from outside arrives. False while EFLAGS.IF keeps it away. */
bool sim_interruptible(struct sim *s);
bool sim_interrupt(struct sim *s, unsigned vector);

typedef void (*sim_out_fn)(void *user, uint16_t port, uint32_t value, unsigned size);
void sim_on_out(struct sim *s, sim_out_fn fn, void *user); /* in gives all ones */

typedef void (*sim_insn_fn)(void *user, uint32_t addr, uint32_t size);
void sim_on_insn(struct sim *s, sim_insn_fn fn, void *user); /* NULL ends it */
#define SIM_BREAKS 64
enum sim_status sim_break_set(struct sim *s, uint32_t addr);
bool sim_break_clear(struct sim *s, uint32_t addr);

/* ---- exact runs (run/exact.c) ---- */

/* From now on runs can end before any instruction, and watch memory; each instruction is looked at for
 * it, in this computer and its spaces. Off again, and all watchpoints gone. False: no memory. */
bool sim_exact(struct sim *s, bool on);
/* Outside runs: instructions retired and deliveries made, so it grows from each instruction to the
 * next, by one or two. */
uint64_t sim_moment(const struct sim *s);
/* With exact runs: where the next ones end with SIM_BUDGET, before the first instruction at that moment
 * or later, or behind so many instructions in all; UINT64_MAX: nowhere. At least one runs. */
void sim_exact_until(struct sim *s, uint64_t moment, uint64_t insns);
void sim_exact_pause(struct sim *s, bool paused); /* and nothing is watched */

enum { SIM_WATCH_CHANGE = 1, SIM_WATCH_READ = 2, SIM_WATCH_WRITE = 4 };
#define SIM_WATCHPOINTS 16
#define SIM_WATCHED_MAX 64u
/* CHANGE: other bytes than before, whoever wrote them; READ, WRITE: by what an instruction accesses.
 * The run ends with SIM_BREAK behind it, and sim_watched tells. User addresses are those of `s`. */
enum sim_status sim_watch_set(struct sim *s, uint32_t addr, uint32_t size, unsigned kinds);
bool sim_watch_clear(struct sim *s, uint32_t addr, uint32_t size, unsigned kinds);
struct sim_watch_hit {
	uint32_t addr, size;
	unsigned kinds; /* as it was set; 0: the run ended for another reason */
};
const struct sim_watch_hit *sim_watched(const struct sim *s);

/* ---- counts ---- */

#define SIM_REGIONS 16
/* Sorted, not overlapping; copied. Code outside every range counts for `elsewhere`. */
enum sim_status sim_set_regions(struct sim *s, const struct sim_range *ranges, size_t n,
				unsigned elsewhere);

struct sim_counts {
	uint64_t total; /* instructions retired */
	uint64_t region[SIM_REGIONS];
	uint64_t vector[256];   /* deliveries from CPL 3 and CPL 0, by vector */
	uint64_t int_user[256]; /* of these: `int n` at CPL 3 */
	uint64_t sysenter_user;
	uint64_t delivered; /* the sum of vector; last, since no digest has it, too */
};
const struct sim_counts *sim_get_counts(struct sim *s);

/* ---- coverage ---- */

/* What ran in [start, end), by the offset of an instruction from there. */
struct sim_cover {
	uint32_t start, end;
	int64_t *change;     /* more, or fewer, runs of this instruction than of the one before */
	uint64_t (*left)[2]; /* behind this one, the last of its block: straight on, or not */
};

/* Before the first run, of a range whose code does not change; SIM_EINVAL unless the computer
 * was opened for it. No part of the state: a restore leaves it as it is. */
enum sim_status sim_cover_start(struct sim *s, uint32_t start, uint32_t end);
/* What ran until now. */
const struct sim_cover *sim_get_cover(struct sim *s);

/* ---- clocks ---- */

struct sim_clocks {
	uint64_t region[SIM_REGIONS][SIM_CAUSES]; /* instructions, where they lie; but for */
	uint64_t entry[SIM_CAUSES];     /* those that take ring 3 to ring 0, and deliveries */
	uint64_t odd[SIM_FORMS_MAX][2]; /* instructions by form: priced by a rule, foreign */
};

/* Before the first run. */
void sim_set_timing(struct sim *s, const struct sim_timing *timing);
const struct sim_clocks *sim_get_clocks(const struct sim *s);
/* Runs end with SIM_BUDGET when so many rounds of reps have been made, each of which counts as one
 * instruction only when it is complete. With a model alone; 0: never. */
void sim_limit_rounds(struct sim *s, uint64_t rounds);
/* Called for each instruction when it has been priced, and for each delivery (r NULL); may not
 * run or change the computer. NULL ends it. */
typedef void (*sim_clock_fn)(void *user, const struct sim_retired *r,
			     const uint32_t clocks[SIM_CAUSES], enum sim_verdict verdict);
void sim_on_clocks(struct sim *s, sim_clock_fn fn, void *user);

/* ---- state ---- */

struct sim_snapshot; /* refcounted pages, shared between snapshots */
enum sim_status sim_save(struct sim *s, struct sim_snapshot **out);
/* With several spaces: the user pages of one; the kernel's pages, and the CPU that now is in `s`. */
enum sim_part { SIM_PART_ALL, SIM_PART_USER, SIM_PART_KERNEL, SIM_PARTS };
enum sim_status sim_save_part(struct sim *s, enum sim_part part, struct sim_snapshot **out);
/* Of a part, the same one: into a space that the snapshot was made of, or another of the computer. */
enum sim_status sim_restore(struct sim *s, const struct sim_snapshot *snap);
struct sim_snapshot *sim_snapshot_share(struct sim_snapshot *snap); /* another reference */
bool sim_snapshot_has_shared(const struct sim_snapshot *snap);      /* maps, as sim_has_shared */
void sim_snapshot_free(struct sim_snapshot *snap);
/* What it takes of memory; of what others have, too, its share. */
size_t sim_snapshot_bytes(const struct sim_snapshot *snap);

/* 128 bits over all pages with their protection, the architectural CPU state and the counters,
 * continued from `seed` bytes (the caller's own state). */
void sim_digest(struct sim *s, const void *seed, size_t seed_size, uint8_t out[16]);
/* The same over the user pages of a space that does not run. */
void sim_digest_user(struct sim *s, const void *seed, size_t seed_size, uint8_t out[16]);

/* The same as sim_digest, but for the counts and what lies in these parts of memory: sorted, apart. */
struct sim_span {
	uint32_t start, end;
};
void sim_digest_but(struct sim *s, const void *seed, size_t seed_size, const struct sim_span *parts,
		    size_t n, uint8_t out[16]);

/* ---- a bare computer: code alone (power/bare.c) ---- */

/* clang-format off */
enum {
	SIM_BARE_BASE = 0xC0000000,			/* what bare.c keeps, SIM_BARE_SIZE bytes: */
	SIM_BARE_SIZE = 0x5000,
	SIM_BARE_STACK = SIM_BARE_BASE + 0x3000,	/* top of ring 0's when ring 3 runs */
	SIM_BARE_STUBS = SIM_BARE_BASE + 0x3000,	/* a hlt every 16 bytes, one for each vector */
	SIM_BARE_CODE = SIM_BARE_BASE + 0x4000,		/* supervisor, read-only; 0xe00 bytes are free */
	SIM_BARE_KCS = 0x08, SIM_BARE_KDS = 0x10, SIM_BARE_UCS = 0x1b, SIM_BARE_UDS = 0x23,
	SIM_BARE_ENTER_INSNS = 7,			/* that sim_bare_enter takes */
};
/* clang-format on */

/* Gates are trap gates of DPL 0 to the stubs. */
enum sim_status sim_bare_build(struct sim *s);
void sim_bare_gate(struct sim *s, unsigned vector, uint32_t handler, unsigned dpl);
/* The next sim_run gets there by an iret, with all data segments loaded and eax 0. In ring 0
 * the three words below esp are written. */
void sim_bare_enter(struct sim *s, unsigned ring, uint32_t eip, uint32_t esp, uint32_t eflags);

/* ---- images: ELF32 for i386, bounds-checked (image/image.c) ---- */

struct sim_segment {
	uint32_t vaddr, memsz, filesz, offset, flags;
}; /* flags: PF_X 1, PF_W 2, PF_R 4 */
struct sim_symbol {
	uint32_t value, size;
	const char *name;
	unsigned char type;
};

struct sim_image {
	const uint8_t *data; /* the caller's bytes: must outlive the image */
	size_t size;
	uint16_t type; /* ET_EXEC 2, ET_DYN 3 */
	uint32_t entry, phdr_vaddr;
	uint16_t phnum, phentsize;
	bool interp; /* wants a dynamic loader */
	const char *interp_name;
	struct sim_segment *segments;
	size_t nsegments;
	struct sim_symbol *symbols; /* sorted by value; names point into data */
	size_t nsymbols;
	uint32_t *places; /* of many: 1 + a symbol's number, where its name's hash says */
	uint32_t places_mask;
};

enum sim_status sim_image_parse(const void *data, size_t size, struct sim_image *out,
				struct sim_error *err);
void sim_image_free(struct sim_image *img);
const struct sim_symbol *sim_image_symbol(const struct sim_image *img, const char *name);
/* The symbol that contains addr (or the nearest one below it when sizes are 0); NULL. */
const struct sim_symbol *sim_image_at(const struct sim_image *img, uint32_t addr);

/* The bytes of its section of that name; NULL: there is none, or not in the file (image/section.c). */
const uint8_t *sim_image_section(const struct sim_image *img, const char *name, size_t *size);

/* ---- the engines ---- */

const char *sim_engines(void); /* "unicorn 2.0.1, capstone 4.0.2" */
/* "ring change in place", or by CR0: which way the probes have left open (cpu/probe_place.c). */
const char *sim_engine_way(void);
void sim_cpu_version(unsigned *major, unsigned *minor,
		     unsigned *patch); /* Unicorn's (cpu/version.c) */

#endif
