/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * learn.c: a run is executed, and a record made of it that is proven.
 *
 * What it needs are the words that it read as they were at its beginning. A word that it had
 * written before is none; that is only guessed here (the word differs from before, or is below
 * the stack), and so is which words it has written: those that changed. Then the run is made a
 * second time. Each word of all pages that ever change, but for those needed, begins with all
 * its bits turned. If each of its reads, in their order, gives what it gave the first time, then
 * the same instructions run on any memory that has the needed words: by induction, a word read
 * is either needed or was written whole by what ran before. And a word that comes out as its turned
 * self was not written, one that comes out the same both times was; what is neither was written
 * in part and becomes needed. A guess that was wrong shows as another value read: that word
 * is needed, and the run is made once more.
 */
#include "sim/memo/memo.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define HASH       (4 * MEMO_READS) /* a power of two */
#define WORDS      (SIM_PAGE / 4)
#define PTE_OURS   (PTE_ACCESSED | PTE_DIRTY | PTE_CODE | PTE_USED) /* no state of the guest's */
#define LINE       16u
#define BELOW      2048u /* of the stack, that a run may use */
#define MOST_TURNS 24
#define COUNTS     (sizeof(struct sim_counts) / 8)

static_assert(sizeof(struct sim_counts) % 8 == 0, "all of them are 64-bit words");

enum { FREE, OWN, NEEDED };

/* ---- what a run reads ---- */

static uint32_t ram32(const struct sim *s, uint32_t addr)
{
	uint32_t value;

	memcpy(&value, s->space.ram + addr, 4);
	return value;
}

static uint8_t *page_of(uint8_t *copies, uint32_t slot)
{
	return copies + (size_t)(slot - 1) * SIM_PAGE;
}

static uint32_t hash_slot(const struct sim_memo *m, uint32_t addr)
{
	uint32_t i = (addr >> 2) * UINT32_C(2654435761) >> 8 & (HASH - 1);

	while (m->kind[i] != FREE && m->first[i].addr != addr)
		i = (i + 1) & (HASH - 1);
	return i;
}

static void need(struct sim_memo *m, uint32_t i, uint32_t before)
{
	m->kind[i] = NEEDED;
	m->need[m->nneed++] = (struct memo_word){ m->first[i].addr, before };
}

static uint32_t before(const struct sim *s, uint32_t addr)
{
	const struct sim_memo *m = s->memo;
	uint32_t value;

	memcpy(&value, page_of(m->before, s->space.vary[addr / SIM_PAGE]) + addr % SIM_PAGE, 4);
	return value;
}

/* The first time that the run reads this word. */
static void first_read(struct sim *s, uint32_t addr, bool code)
{
	struct sim_memo *m = s->memo;
	uint32_t i, value = ram32(s, addr), old;
	bool own;

	if (!s->space.vary[addr / SIM_PAGE])
		return; /* constant */
	i = hash_slot(m, addr);
	if (m->kind[i] != FREE)
		return;
	if (++m->nfirst > HASH / 2) {
		m->recorder.unfit = true;
		return;
	}
	old = before(s, addr);
	own = value != old || m->stack[0] - 4 - addr < BELOW || m->stack[1] - 4 - addr < BELOW;
	m->first[i] = (struct memo_word){ addr, value };
	m->kind[i] = OWN;
	if (!own || code)
		need(m, i, old);
}

static void each_word(struct sim *s, uint32_t addr, uint32_t size, bool code)
{
	for (uint32_t a = addr & ~3u; a - (addr & ~3u) < size + (addr & 3); a += 4)
		first_read(s, a, code);
}

static void on_read(struct sim *s, uint32_t addr, uint32_t size)
{
	struct sim_memo *m = s->memo;
	struct memo_read *r = &m->reads[m->turn][m->nreads[m->turn]];

	if (m->nreads[m->turn] == MEMO_READS || size > sizeof(r->value)) {
		m->recorder.unfit = true;
		return;
	}
	m->nreads[m->turn]++;
	*r = (struct memo_read){ .addr = addr, .size = size };
	memcpy(&r->value, s->space.ram + addr, size);
	if (addr - s->config.page_tables < SIM_PAGE * 1024)
		r->value &= ~(uint64_t)PTE_OURS;
	if (m->turn == 0)
		each_word(s, addr, size, false);
}

/* Code where the guest can write is read, too. */
static void on_code(struct sim *s, uint32_t addr, uint32_t size)
{
	struct sim_memo *m = s->memo;

	if (size == 0 || size > SIM_BLOCK_MAX) {
		m->recorder.unfit = true;
		return;
	}
	if (m->turn == 0 &&
	    ((s->space.pte[addr / SIM_PAGE] | s->space.pte[(addr + size - 1) / SIM_PAGE]) &
	     PTE_WRITE))
		each_word(s, addr, size, true);
}

/* ---- pages ---- */

/* Room for a D bit of each page. */
static bool room_for_dirty(struct sim *s)
{
	struct sim_memo *m = s->memo;
	uint8_t *dirty;

	if (!sim_find_given(s))
		return false;
	if (m->ndirty >= s->space.ngiven)
		return true;
	dirty = realloc(m->dirty, s->space.ngiven);
	if (!dirty)
		return false;
	m->dirty = dirty;
	m->ndirty = s->space.ngiven;
	return true;
}

static void copy_pages(struct sim *s, uint8_t *copies)
{
	for (unsigned i = 0; i < s->space.nvarying; i++)
		memcpy(copies + (size_t)i * SIM_PAGE,
		       s->space.ram + (size_t)s->space.varying[i] * SIM_PAGE, SIM_PAGE);
}

static void put_pages(struct sim *s, const uint8_t *copies)
{
	for (unsigned i = 0; i < s->space.nvarying; i++)
		memcpy(s->space.ram + (size_t)s->space.varying[i] * SIM_PAGE,
		       copies + (size_t)i * SIM_PAGE, SIM_PAGE);
}

static void take_dirty(struct sim *s)
{
	struct sim_memo *m = s->memo;

	for (uint32_t i = 0; i < s->space.ngiven; i++) {
		uint32_t page = s->space.given[i];

		m->dirty[i] = (s->space.pte[page] & PTE_DIRTY) != 0;
		if (m->dirty[i])
			sim_cleaned(s, page);
	}
}

/* D bits are again what they were, and those of the run. False: it has written to pages that were
 * thought constant, or to code. */
static bool give_dirty(struct sim *s)
{
	struct sim_memo *m = s->memo;
	bool known = true;

	for (unsigned i = 0; i < s->space.nvarying; i++)
		if (memcmp(s->space.ram + (size_t)s->space.varying[i] * SIM_PAGE,
			   page_of(m->before, i + 1), SIM_PAGE) != 0)
			s->space.pte[s->space.varying[i]] |= PTE_DIRTY;
	for (uint32_t i = 0; i < s->space.ngiven; i++) {
		uint32_t page = s->space.given[i];
		bool dirty = s->space.pte[page] & PTE_DIRTY;

		if (dirty && (!s->space.vary[page] || (s->space.pte[page] & PTE_CODE)))
			known = false;
		if (dirty && !s->space.vary[page])
			sim_vary(s, page);
		if (m->dirty[i])
			s->space.pte[page] |= PTE_DIRTY;
	}
	return known;
}

/* ---- the second time ---- */

/* All that is not needed is turned. Code is not: that it is needed where it may change is known. */
static void turn(struct sim *s)
{
	struct sim_memo *m = s->memo;

	for (unsigned i = 0; i < s->space.nvarying; i++) {
		uint32_t *restrict word =
			(uint32_t *)(void *)(s->space.ram + (size_t)s->space.varying[i] * SIM_PAGE);
		const uint32_t *restrict old = (const uint32_t *)(void *)page_of(m->before, i + 1);
		uint32_t flip = s->space.pte[s->space.varying[i]] & PTE_CODE ? 0 : ~0u;

		for (uint32_t k = 0; k < WORDS; k++)
			word[k] = old[k] ^ flip;
	}
	for (uint32_t i = 0; i < m->nneed; i++)
		memcpy(s->space.ram + m->need[i].addr, &m->need[i].value, 4);
}

/* The first read that gave another value: its words are needed. False: there is none, or no word
 * of it is new. */
static bool mend_guess(const struct sim *s)
{
	struct sim_memo *m = s->memo;
	const struct memo_read *a = m->reads[0], *b = m->reads[1];
	uint32_t n = m->nreads[0] < m->nreads[1] ? m->nreads[0] : m->nreads[1], i = 0;
	bool mended = false;

	while (i < n && !memcmp(&a[i], &b[i], sizeof(*a)))
		i++;
	if (i == n || a[i].addr != b[i].addr || a[i].size != b[i].size)
		return false;
	for (uint32_t at = a[i].addr & ~3u; at - (a[i].addr & ~3u) < a[i].size + (a[i].addr & 3);
	     at += 4) {
		uint32_t k = hash_slot(m, at);

		if (m->kind[k] != OWN)
			continue;
		need(m, k, before(s, at));
		mended = true;
	}
	return mended;
}

static bool same_reads(const struct sim_memo *m)
{
	return m->nreads[0] == m->nreads[1] &&
	       !memcmp(m->reads[0], m->reads[1], m->nreads[0] * sizeof(m->reads[0][0]));
}

struct outcome {
	struct memo_cpu cpu;
	struct sim_counts counts;
	uint32_t stop_eip;
	int stop;
};

static void look(struct sim *s, const struct memo_cpu *from, struct outcome *out)
{
	memo_get_cpu(s, &out->cpu);
	out->cpu.rest = memo_rest(s);
	out->cpu.passes_breaks = from->passes_breaks;
	out->cpu.budget = from->budget;
	out->counts = *s->counts;
	out->stop_eip = s->run.stop_eip;
	out->stop = s->run.stop;
}

static bool same_outcome(const struct outcome *a, const struct outcome *b)
{
	return !memcmp(&a->cpu, &b->cpu, sizeof(a->cpu)) &&
	       !memcmp(&a->counts, &b->counts, sizeof(a->counts)) && a->stop == b->stop &&
	       (a->stop == SIM_HALT || a->stop_eip == b->stop_eip);
}

static enum sim_stop run(struct sim *s, uint64_t max_insns)
{
	enum sim_stop stop = sim_run_engine(s, max_insns);

	s->cpu.rest = 0;
	return stop;
}

/* Nobody looks: so the engine must set D bits, and records may be wrong afterwards. */
enum sim_stop memo_execute(struct sim *s, uint64_t max_insns)
{
	enum sim_stop stop;

	s->space.flush_tlb = true;
	s->space.changes++;
	stop = run(s, max_insns);
	s->memo->forged = sim_tables_written(s);
	return stop;
}

/* Is it the same on memory of which only the needed words are? */
static bool prove(struct sim *s, const struct memo_cpu *from, const struct outcome *out)
{
	struct sim_memo *m = s->memo;
	struct outcome again;

	m->turn = 1;
	for (int i = 0; i < MOST_TURNS; i++) {
		turn(s);
		*s->counts = m->counts_before;
		sim_context_restore(s, m->cpu_before);
		m->nreads[1] = 0;
		run(s, from->budget);
		if (m->recorder.unfit)
			return false;
		if (same_reads(m)) {
			look(s, from, &again);
			return same_outcome(out, &again);
		}
		if (!mend_guess(s))
			return false;
	}
	return false;
}

/* ---- the record ---- */

/* What the two runs made of one word. False: that cannot be. */
static bool take_word(struct sim_memo *m, struct memo_word *write, uint32_t *n, uint32_t addr,
		      uint32_t old, uint32_t once, uint32_t twice, bool turned)
{
	bool needed = m->kind[hash_slot(m, addr)] == NEEDED;

	if (!needed && turned && once == old && twice == ~old)
		return true;
	if (needed || !turned) {
		if (once != twice)
			return false;
		if (once != old)
			write[(*n)++] = (struct memo_word){ addr, once };
		return true;
	}
	if (once != twice) { /* in part */
		if (m->nneed == HASH)
			return false;
		m->need[m->nneed++] = (struct memo_word){ addr, old };
	}
	write[(*n)++] = (struct memo_word){ addr, once };
	return true;
}

/* Nobody has written or needs one of these words. */
static bool untouched(const uint32_t *restrict old, const uint32_t *restrict once,
		      const uint32_t *restrict twice)
{
	uint32_t touched = 0;

	for (uint32_t k = 0; k < LINE; k++)
		touched |= (once[k] ^ old[k]) | (twice[k] ^ ~old[k]);
	return !touched;
}

static bool take_words(struct sim *s, uint32_t *n)
{
	struct sim_memo *m = s->memo;

	*n = 0;
	for (unsigned i = 0; i < s->space.nvarying; i++) {
		const uint32_t *old = (const uint32_t *)(void *)page_of(m->before, i + 1);
		const uint32_t *once = (const uint32_t *)(void *)page_of(m->after, i + 1);
		const uint32_t *twice =
			(const uint32_t *)(void *)(s->space.ram +
						   (size_t)s->space.varying[i] * SIM_PAGE);
		bool turned = !(s->space.pte[s->space.varying[i]] & PTE_CODE);

		for (uint32_t k = 0; k < WORDS; k++) {
			if (k % LINE == 0 && turned && untouched(old + k, once + k, twice + k)) {
				k += LINE - 1;
				continue;
			}
			if (!take_word(m, m->writes, n, s->space.varying[i] * SIM_PAGE + 4 * k,
				       old[k], once[k], twice[k], turned))
				return false;
		}
	}
	return true;
}

static uint32_t count_changes(const struct sim_memo *m, const struct outcome *out,
			      struct memo_count *list)
{
	const uint64_t *a = (const uint64_t *)(const void *)&m->counts_before;
	const uint64_t *b = (const uint64_t *)(const void *)&out->counts;
	uint32_t n = 0;

	for (uint32_t i = 0; i < COUNTS; i++) {
		if (a[i] == b[i])
			continue;
		if (list)
			list[n] = (struct memo_count){ i, (uint32_t)(b[i] - a[i]) };
		n++;
	}
	return n;
}

static void keep(struct sim_memo *m, const struct memo_cpu *from, const struct outcome *out,
		 uint32_t nwrites)
{
	uint32_t ncounts = count_changes(m, out, NULL);
	const struct memo_cpu *after = memo_shared_cpu(m, &out->cpu);
	struct memo_record *r = memo_alloc(m, sizeof(*r));
	struct memo_word *words = memo_alloc(m, nwrites * sizeof(*words));
	struct memo_count *counts = memo_alloc(m, ncounts * sizeof(*counts));

	if (!after || !r || !words || !counts)
		return;
	memcpy(words, m->writes, nwrites * sizeof(*words));
	count_changes(m, out, counts);
	*r = (struct memo_record){ .after = after,
				   .stop_eip = out->stop_eip,
				   .stop = out->stop,
				   .nwords = nwrites,
				   .ncounts = ncounts,
				   .word = words,
				   .count = counts };
	memo_add(m, from, m->need, m->nneed, r);
	m->facts.recorded++;
}

/* ---- a run ---- */

static void begin(struct sim *s, const struct memo_cpu *cpu)
{
	struct sim_memo *m = s->memo;
	struct sim_table_reg tr;
	uint32_t bad;

	m->stack[0] = m->stack[1] = cpu->gpr[4];
	sim_table_get(s, SIM_TR, &tr);
	if ((cpu->seg[0][0] & 3) == 3 && sim_reachable(s, tr.base + 4, 4, false, &bad))
		m->stack[1] = ram32(s, tr.base + 4);
	copy_pages(s, m->before);
	m->counts_before = *s->counts;
	sim_context_save(s, m->cpu_before);
	m->turn = 0;
	m->nneed = m->nfirst = m->nreads[0] = 0;
	m->recorder = (struct sim_recorder){ on_read, on_code, false };
	memset(m->kind, FREE, HASH);
	take_dirty(s);
	s->recorder = &m->recorder;
}

/* As the first run has left it. */
static void put_back(struct sim *s, const struct outcome *out)
{
	struct sim_memo *m = s->memo;

	put_pages(s, m->after);
	sim_context_restore(s, m->cpu_after);
	*s->counts = out->counts;
	s->run.stop = out->stop;
	s->run.stop_eip = out->stop_eip;
	s->run.why[0] = '\0';
}

/* What the record says is what came of it. */
static bool agrees(struct sim *s, const struct memo_record *r, const struct outcome *out)
{
	struct sim_memo *m = s->memo;
	bool same;

	copy_pages(s, m->after);
	put_pages(s, m->before);
	*s->counts = m->counts_before;
	memo_apply(s, r);
	same = !memcmp(r->after, &out->cpu, sizeof(out->cpu)) &&
	       !memcmp(s->counts, &out->counts, sizeof(*s->counts)) && r->stop == out->stop;
	for (unsigned i = 0; same && i < s->space.nvarying; i++)
		same = !memcmp(s->space.ram + (size_t)s->space.varying[i] * SIM_PAGE,
			       page_of(m->after, i + 1), SIM_PAGE);
	m->facts.audited++;
	put_pages(s, m->after);
	*s->counts = out->counts;
	s->run.stop = out->stop;
	s->run.stop_eip = out->stop_eip;
	return same;
}

enum sim_stop memo_learn(struct sim *s, const struct memo_cpu *cpu, uint64_t max_insns,
			 const struct memo_record *r)
{
	struct sim_memo *m = s->memo;
	struct outcome out;
	enum sim_stop stop;
	uint32_t nwrites;
	bool fit;

	m->facts.executed++;
	if (!room_for_dirty(s))
		return memo_execute(s, max_insns);
	begin(s, cpu);
	stop = run(s, max_insns);
	s->recorder = NULL;
	m->forged = sim_tables_written(s);
	fit = give_dirty(s) && !m->recorder.unfit && !m->forged && m->changes == s->space.changes &&
	      (stop == SIM_HALT || stop == SIM_BREAK);
	look(s, cpu, &out);
	if (r && !(fit && agrees(s, r, &out))) {
		s->run.stop = -1;
		sim_stop_now(s, SIM_BROKEN, "a run from %08x went otherwise than its record says",
			     cpu->eip);
		return SIM_BROKEN;
	}
	if (r || !fit || out.cpu.rest != cpu->rest)
		return stop;
	copy_pages(s, m->after);
	sim_context_save(s, m->cpu_after);
	s->recorder = &m->recorder;
	if (prove(s, cpu, &out) && take_words(s, &nwrites))
		keep(m, cpu, &out, nwrites);
	else
		m->facts.refused++;
	s->recorder = NULL;
	put_back(s, &out);
	return stop;
}

/* ---- open and close ---- */

bool memo_learn_open(struct sim *s)
{
	struct sim_memo *m = s->memo;

	s->space.vary = calloc(1u << 20, 1);
	m->before = malloc(SIM_VARYING * SIM_PAGE);
	m->after = malloc(SIM_VARYING * SIM_PAGE);
	m->reads[0] = malloc(MEMO_READS * sizeof(*m->reads[0]));
	m->reads[1] = malloc(MEMO_READS * sizeof(*m->reads[1]));
	m->need = malloc(HASH * sizeof(*m->need));
	m->first = malloc(HASH * sizeof(*m->first));
	m->kind = calloc(HASH, 1);
	m->writes = malloc((size_t)SIM_VARYING * SIM_PAGE / 4 * sizeof(*m->writes));
	m->cpu_before = sim_context_new(s);
	m->cpu_after = sim_context_new(s);
	m->forged = sim_tables_written(s);
	return s->space.vary && m->before && m->after && m->reads[0] && m->reads[1] && m->need &&
	       m->first && m->kind && m->writes && m->cpu_before && m->cpu_after &&
	       sim_engine_record(s);
}

void memo_learn_close(struct sim_memo *m)
{
	sim_context_free(m->cpu_before);
	sim_context_free(m->cpu_after);
	free(m->before);
	free(m->after);
	free(m->reads[0]);
	free(m->reads[1]);
	free(m->need);
	free(m->first);
	free(m->kind);
	free(m->writes);
	free(m->dirty);
}
