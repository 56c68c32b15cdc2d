/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * derive.c: places that a stripped kernel does not name, by what it has there: tables by the functions in
 * them, the vDSO by its ELF header, per-CPU words by the one instruction that reads them, what init_task points
 * to. A place that is not the only one of its kind stays missing. Read next: facts.c.
 */
#include <string.h>

#include "cli/kernel/facts.h"

/* ---- by name ---- */

static const struct link_name *named(const struct whole *w, const char *name)
{
	for (size_t i = 0; i < w->n_names; i++)
		if (!strcmp(w->names[i].name, name))
			return &w->names[i];
	return NULL;
}

/* Does a call's function begin there? The names are in order: only then places are derived. */
static bool is_call(const struct whole *w, uint32_t place)
{
	size_t low = 0, high = w->n_names;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (w->names[middle].value < place)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < w->n_names && w->names[low].value == place; low++)
		if (!strncmp(w->names[low].name, "__ia32_sys_", 11))
			return true;
	return false;
}

/* ---- tables ---- */

struct found {
	uint32_t place, size;
	unsigned n; /* of them; only one is an answer */
};

/* Looks at each word of the image. */
static void each_word(const struct whole *w, void *user,
		      void (*look)(void *user, const struct whole *w, uint32_t place,
				   uint32_t word))
{
	for (size_t i = 0; i < w->n_segments; i++) {
		const struct link_segment *s = &w->segments[i];

		for (uint32_t at = (4 - (s->addr & 3)) & 3; s->size >= 4 && at <= s->size - 4;
		     at += 4) {
			uint32_t word;

			memcpy(&word, s->bytes + at, 4);
			look(user, w, s->addr + at, word);
		}
	}
}

struct calls {
	uint32_t getpid;
	struct found found;
};

/* getpid is number 20; calls are around it, and the table ends with the first that is none. */
static void look_for_calls(void *user, const struct whole *w, uint32_t place, uint32_t word)
{
	struct calls *c = user;
	uint32_t table = place - 20 * 4, entry;

	if (word != c->getpid)
		return;
	for (uint32_t n = 0;; n++) {
		if (whole_word(w, table + 4 * n, &entry) && is_call(w, entry))
			continue;
		if (n > 200) {
			c->found.place = table;
			c->found.size = 4 * n;
			c->found.n++;
		}
		return;
	}
}

/* Where its pages are, page by page, and how many bytes: so begins a struct vdso_image. */
static void look_for_vdso(void *user, const struct whole *w, uint32_t place, uint32_t word)
{
	struct found *f = user;
	uint32_t size;
	const uint8_t *elf;

	if (word % 4096 || !whole_word(w, place + 4, &size) || !size || size % 4096 ||
	    size > 16 * 4096)
		return;
	elf = whole_bytes(w, word, size);
	if (!elf || memcmp(elf, ELFMAG "\1\1\1", 7) != 0)
		return;
	f->place = place;
	f->n++;
}

/* ---- instructions ---- */

/* Words that code from `start` on reads by %fs with an address of 32 bits; none of those in `known`. */
static struct found per_cpu_word(const struct whole *w, uint32_t start, uint32_t size,
				 const uint32_t *known, unsigned n_known)
{
	const uint8_t *code = whole_bytes(w, start, size);
	struct found f = { 0 };

	for (uint32_t at = 0; code && at + 7 <= size; at++) {
		bool is_eax = code[at] == 0x64 && code[at + 1] == 0xa1;
		bool is_any = code[at] == 0x64 && (code[at + 1] == 0x8b || code[at + 1] == 0x3b) &&
			      (code[at + 2] & 0xc7) == 0x05;
		uint32_t word;
		bool old = false;

		if (!is_eax && !is_any)
			continue;
		memcpy(&word, code + at + (is_eax ? 2 : 3), 4);
		for (unsigned n = 0; n < n_known; n++)
			old |= word == known[n];
		if (old || (f.n && f.place == word))
			continue;
		f.place = word;
		f.n++;
	}
	return f;
}

/* Entry code adds to it, at once, where the entry stack lies: mov %fs:WORD, %ecx; add $..., %ecx. */
static struct found entry_area_word(const struct whole *w, const struct facts *f)
{
	uint32_t start = f->at.__entry_text_start, size = f->at.__entry_text_end - start;
	const uint8_t *code = whole_bytes(w, start, size);
	struct found found = { 0 };

	for (uint32_t at = 0; code && at + 13 <= size; at++) {
		uint32_t word;

		if (memcmp(code + at, "\x64\x8b\x0d", 3) != 0 ||
		    memcmp(code + at + 7, "\x81\xc1", 2) != 0)
			continue;
		memcpy(&word, code + at + 3, 4);
		if (found.n && found.place == word)
			continue;
		found.place = word;
		found.n++;
	}
	return found;
}

static void take(uint32_t *value, const struct found *found)
{
	if (*value == FACT_NONE && found->n == 1)
		*value = found->place;
}

/* ---- what the first task points to ---- */

static void by_init_task(const struct whole *w, const struct facts *f, uint32_t *value,
			 uint32_t offset)
{
	uint32_t word;

	if (*value == FACT_NONE && f->at.init_task != FACT_NONE && offset != FACT_NONE &&
	    whole_word(w, f->at.init_task + offset, &word) && whole_bytes(w, word, 4))
		*value = word;
}

void facts_derive(struct facts *f, const struct whole *w)
{
	const struct link_name *consistent = named(w, "fpregs_assert_state_consistent");
	const struct link_name *number = named(w, "cpu_number");
	const uint32_t known[] = { f->at.current_task, number ? number->value : FACT_NONE };
	struct calls calls = { .getpid = f->at.__ia32_sys_getpid };
	struct found found = { 0 };

	if (facts_old(f)) {
		old_derive(f, w);
		return;
	}
	by_init_task(w, f, &f->at.init_signals, f->offset.signal);
	by_init_task(w, f, &f->at.init_struct_pid, f->offset.thread_pid);
	by_init_task(w, f, &f->at.init_mm, f->offset.active_mm);
	if (!w->ordered)
		return;
	if (f->at.sys_call_table == FACT_NONE && calls.getpid != FACT_NONE) {
		each_word(w, &calls, look_for_calls);
		take(&f->at.sys_call_table, &calls.found);
		if (calls.found.n == 1 && f->size.sys_call_table == FACT_NONE)
			f->size.sys_call_table = calls.found.size;
	}
	if (f->at.vdso_image_32 == FACT_NONE) {
		each_word(w, &found, look_for_vdso);
		take(&f->at.vdso_image_32, &found);
	}
	if (f->at.__entry_text_start != FACT_NONE && f->at.__entry_text_end != FACT_NONE) {
		found = entry_area_word(w, f);
		take(&f->at.cpu_entry_area, &found);
	}
	if (consistent) {
		found = per_cpu_word(w, consistent->value, consistent->size, known, 2);
		take(&f->at.fpu_fpregs_owner_ctx, &found);
	}
}
