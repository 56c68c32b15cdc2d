/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernel_oracle_long_test.c: every guest kernel in the library and in qemu-system-i386 goes
 * through the same instructions, with the same registers before each of them, and leaves the
 * same bytes in the kernel's data. qemu is the expectation. Skipped where there is none.
 *
 * One line at the end says how much was compared. ORACLE_VERBOSE=1 tells it by scenario,
 * ORACLE_ONLY='*sysenter*' chooses among the names, ORACLE_ALL=1 leaves no kernel out.
 */
#include "tests/helpers/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asm/abi.h"
#include "tests/helpers/emit.h"
#include "tests/oracle/oracle_trace.h"
#include "tests/oracle/peer.h"
#include "tests/oracle/scenarios.h"

#define SKIPPED   77 /* what ctest takes for it */
#define STEPS     3000
#define ENOUGH    2000 /* of a run that never ends */
/* Set by the iret back to an instruction that faulted, and cleared behind it by a processor,
 * by qemu stepped one by one, but by ours only at the block's end. In frames it is compared. */
#define EFLAGS_RF 0x10000

static struct {
	const char *kernel;
	struct peer *peer;
	size_t boots, boot_steps, runs, steps, bytes;
	char version[100];
} oracle;

struct cell {
	const char *kernel;
	const struct scenario *scenario;
	sysemu_entry entry;
};

#define PEER(call) peer_ok((call), #call, __LINE__)
static void peer_ok(bool ok, const char *what, int line)
{
	if (ok)
		return;
	print_error("line %d: qemu refuses: %s\n", line, what);
	fail();
}

static struct peer *peer_of(const char *kernel)
{
	const char *why;

	if (oracle.kernel && strcmp(oracle.kernel, kernel) == 0)
		return oracle.peer;
	peer_close(oracle.peer);
	oracle.kernel = NULL;
	oracle.peer = peer_open(kernel, &why);
	if (!oracle.peer) {
		print_error("%s\n", why);
		fail();
	}
	oracle.kernel = kernel;
	oracle.boots++;
	oracle.boot_steps += peer_boot_steps(oracle.peer);
	return oracle.peer;
}

/* ---- the two runs ---- */

struct pair {
	sysemu_machine *m;
	struct peer *p;
	uint32_t at, end, flags; /* thread_info.flags is set before `at`; 0: nowhere */
	uint32_t flags_addr;
	struct trace ours, theirs;
	bool ended;
};

static void on_insn(void *user, uint32_t addr, uint32_t size)
{
	struct pair *pair = user;
	struct gdb_regs r;

	(void)size;
	regs_of_machine(pair->m, &r);
	r.eip = addr;
	trace_add(&pair->ours, &r);
}

static void run_ours(struct pair *pair)
{
	struct gdb_regs r;
	sysemu_event e;

	OK(pair->m, sysemu_on_insn(pair->m, on_insn, pair));
	if (pair->flags) {
		e = run_to(pair->m, pair->at);
		assert_int_equal(e.kind, SYSEMU_EVENT_BREAK);
		OK(pair->m, sysemu_set_tif(pair->m, pair->flags));
	}
	OK(pair->m, sysemu_break_set(pair->m, pair->end));
	OK(pair->m, sysemu_run(pair->m, STEPS, &e));
	OK(pair->m, sysemu_on_insn(pair->m, NULL, NULL));
	pair->ended = e.kind != SYSEMU_EVENT_LIMIT;
	if (e.kind == SYSEMU_EVENT_BREAK) {
		regs_of_machine(pair->m, &r);
		trace_add(&pair->ours, &r);
	}
	if (e.kind == SYSEMU_EVENT_FAULT) {
		print_error("%s\n", sysemu_errmsg(pair->m));
		fail();
	}
}

/* A jump to where no code can be fetched: qemu stops there once before it faults, ours has
 * no instruction to report. */
static void drop_unfetched(struct pair *pair, const struct gdb_regs *r)
{
	struct trace *t = &pair->theirs;
	uint32_t cr2;

	if (r->eip != peer_symbol(pair->p, "page_fault"))
		return;
	PEER(gdb_get_reg(peer_gdb(pair->p), GDB_CR2, &cr2));
	if (cr2 == t->steps[t->n - 1].eip)
		t->n--;
}

static void run_theirs(struct pair *pair)
{
	uint32_t stop_port = peer_symbol(pair->p, "stop_port");
	bool set = false;
	struct gdb_regs r;

	PEER(gdb_get_regs(peer_gdb(pair->p), &r));
	for (size_t n = 0; n < STEPS; n++) {
		trace_add(&pair->theirs, &r);
		if (pair->flags && r.eip == pair->at && !set) {
			PEER(gdb_write(peer_gdb(pair->p), pair->flags_addr, &pair->flags, 4));
			set = true;
		}
		if (r.eip == stop_port || (r.eip == pair->end && (!pair->flags || set)))
			return;
		PEER(peer_step(pair->p, &r));
		drop_unfetched(pair, &r);
	}
}

/* ---- what is compared ---- */

/*
 * A processor sets a descriptor's accessed bit whenever it loads a segment register. Of the
 * kernel's code descriptor qemu does it in neither far jump nor delivery, and ours only in a
 * delivery: where it is set in one of the two it counts as set.
 */
static bool is_accessed_bit(struct pair *pair, uint32_t addr, uint8_t a, uint8_t b)
{
	return addr == symbol(pair->m, "gdt_table") + KERNEL_CS + 5 && (a ^ b) == 1;
}

static bool same_bytes(struct pair *pair, uint32_t addr, uint32_t size, const uint8_t *theirs)
{
	uint8_t *ours = malloc(size);
	bool same = ours && theirs && !sysemu_read(pair->m, addr, ours, size);
	int shown = 0;

	for (uint32_t i = 0; same && i < size; i++) {
		char where[100];

		if (ours[i] == theirs[i] || is_accessed_bit(pair, addr + i, ours[i], theirs[i]))
			continue;
		if (shown++ > 20)
			break;
		sysemu_describe(pair->m, addr + i, where, sizeof(where));
		printf("  byte %08x %s: %02x, theirs %02x\n", addr + i, where, ours[i], theirs[i]);
	}
	free(ours);
	oracle.bytes += size;
	return same && shown == 0;
}

static bool same_page(struct pair *pair, uint32_t addr)
{
	uint8_t theirs[PAGE_SIZE];

	return gdb_read(peer_gdb(pair->p), addr, theirs, PAGE_SIZE) &&
	       same_bytes(pair, addr, PAGE_SIZE, theirs);
}

static bool same_memory(struct pair *pair)
{
	uint32_t start, size;

	peer_data(pair->p, &start, &size);
	return same_bytes(pair, start, size, peer_read_data(pair->p)) &&
	       same_page(pair, STACK_TOP - PAGE_SIZE) && same_page(pair, SYSEMU_CODE_BASE);
}

static void poke(struct pair *pair, uint32_t addr, uint32_t value)
{
	OK(pair->m, sysemu_write(pair->m, addr, &value, 4));
	PEER(gdb_write(peer_gdb(pair->p), addr, &value, 4));
}

static struct pair open_pair(const struct cell *c)
{
	const struct scenario *s = c->scenario;
	struct pair pair = { .flags = s->tif };

	pair.p = peer_of(c->kernel);
	if (s->code) {
		pair.m = open_code(c->kernel, c->entry, SYSEMU_START_UNTRACED, s->code, s->size);
		pair.at = SYSEMU_CODE_BASE;
		pair.end = s->end ? s->end : SYSEMU_CODE_BASE + (uint32_t)s->size - 2;
	} else {
		struct one_call call = open_call(c->kernel, c->entry, SYSEMU_START_UNTRACED, s->nr,
						 s->prologue, s->prologue_size);

		pair.m = call.m;
		pair.at = call.at;
		pair.end = call.behind;
	}
	pair.flags_addr = symbol(pair.m, "stacks") + TASK_PROGRAM * THREAD_SIZE + TI_FLAGS;
	return pair;
}

/* A signal's handler, written into the task from outside; the call number of sigaction is
 * none of ours. */
static void set_handler(struct pair *pair, const struct scenario *s)
{
	uint32_t task = symbol(pair->m, "tasks") + TASK_PROGRAM * sizeof(struct task_struct);

	if (s->handled)
		poke(pair,
		     guest_word(pair->m, task + offsetof(struct task_struct, sighand)) +
			     offsetof(struct sighand, action) +
			     (s->handled - 1) * sizeof(struct sigaction) +
			     offsetof(struct sigaction, handler),
		     SYSEMU_CODE_BASE + s->handler);
	if (s->audited)
		poke(pair, task + offsetof(struct task_struct, audit_context), 1);
}

static void same_path(void **state)
{
	const struct cell *c = *state;
	struct pair pair = open_pair(c);
	bool same;

	PEER(peer_start(pair.p, pair.m, SYSEMU_CODE_BASE));
	set_handler(&pair, c->scenario);
	run_ours(&pair);
	run_theirs(&pair);
	same = trace_equal(pair.m, &pair.ours, &pair.theirs, ~(uint32_t)EFLAGS_RF, ENOUGH) &&
	       (!pair.ended || same_memory(&pair));
	oracle.runs++;
	oracle.steps += pair.theirs.n;
	if (getenv("ORACLE_VERBOSE"))
		printf("  %zu steps\n", pair.theirs.n);
	trace_free(&pair.ours);
	trace_free(&pair.theirs);
	sysemu_close(pair.m);
	assert_true(same);
}

/* start_kernel fills in descriptor tables and tasks; the boot itself cannot be watched
 * through the public interface, but what it leaves can. */
static void same_boot(void **state)
{
	const struct cell *c = *state;
	struct pair pair = { .p = peer_of(c->kernel) };
	uint32_t start, size;
	bool same;

	pair.m = open_kernel(c->kernel, SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED);
	peer_data(pair.p, &start, &size);
	same = same_bytes(&pair, start, size, peer_boot_data(pair.p));
	sysemu_close(pair.m);
	assert_true(same);
}

/* ---- the table of tests ---- */

#define MAX_CELLS 2000
static struct cell cells[MAX_CELLS];
static char names[MAX_CELLS][120];
static struct CMUnitTest tests[MAX_CELLS];

static size_t add(size_t n, CMUnitTestFunction fn, const char *kernel, const struct scenario *s,
		  sysemu_entry entry)
{
	if (n == MAX_CELLS)
		abort();
	cells[n] = (struct cell){ kernel, s, entry };
	snprintf(names[n], sizeof(names[n]), "%s, %s%s", kernel, s ? s->name : "boot",
		 !s    ? "" :
		 entry ? ", sysenter" :
			 ", int 0x80");
	tests[n] = (struct CMUnitTest){ .name = names[n],
					.test_func = fn,
					.initial_state = &cells[n] };
	return n + 1;
}

/* The parts of the patch differ in what a call does: the exceptions are watched on one
 * kernel of each assembly. */
static bool watched(const char *kernel, const struct scenario *s)
{
	return !s->code || getenv("ORACLE_ALL") || strncmp(kernel, "sysemu-", 7) != 0;
}

static size_t add_kernel(size_t n, const char *kernel)
{
	n = add(n, same_boot, kernel, NULL, SYSEMU_ENTRY_INT80);
	for (const struct scenario *s = scenarios; s->name; s++)
		for (int entry = 0; entry < 2; entry++)
			if ((s->entries & (1u << entry)) && watched(kernel, s))
				n = add(n, same_path, kernel, s, (sysemu_entry)entry);
	return n;
}

int main(void)
{
	const char *kernel, *why;
	size_t n = 0;
	struct gdb *probe = gdb_start(16, &why);
	int failed;

	if (!probe) {
		printf("skipped: %s\n", why);
		return SKIPPED;
	}
	snprintf(oracle.version, sizeof(oracle.version), "%s", gdb_version(probe));
	gdb_end(probe);
	for (size_t k = 0; (kernel = kernel_of_2005(k)) != NULL; k++)
		n = add_kernel(n, kernel);
	if (getenv("ORACLE_ONLY"))
		cmocka_set_test_filter(getenv("ORACLE_ONLY"));
	failed = _cmocka_run_group_tests("kernel oracle", tests, n, NULL, NULL);
	peer_close(oracle.peer);
	printf("compared with %s: %zu kernels, %zu runs, %zu instructions, %zu bytes of memory\n",
	       oracle.version, oracle.boots, oracle.runs, oracle.steps, oracle.bytes);
	return failed;
}
