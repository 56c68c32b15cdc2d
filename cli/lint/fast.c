/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fast.c: the way of an untraced call, instruction by instruction, beside that of another
 * kernel: what has come, what has gone. Masks and addresses may differ.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cli/lint/lint.h"

#define WAY_MAX 256

struct way {
	size_t n;
	struct lint_insn insns[WAY_MAX];
	char what[WAY_MAX][96]; /* the text without what may differ */
};

/* "testb $, 8(%ebp)" of "testb $0xc1, 8(%ebp)"; a jump's operand goes, and a table's address. */
static void without_numbers(const struct lint_insn *i, char *out)
{
	const char *at = i->text;

	while (*at && !(lint_target(i) && *at == ' ')) {
		bool number = *at == '$' || (at[0] == '0' && at[1] == 'x' && strlen(at) > 9 &&
					     (at == i->text || at[-1] == '*'));

		if (!number) {
			*out++ = *at++;
			continue;
		}
		*out++ = '$';
		at += *at == '$';
		while (isxdigit((unsigned char)*at) || *at == 'x' || *at == '-')
			at++;
	}
	*out = '\0';
}

/* From an entry on, past each conditional jump and over each call. */
static void follow(struct way *w, const struct lint_image *img, uint32_t addr)
{
	for (w->n = 0; w->n < WAY_MAX; w->n++) {
		struct lint_insn *i = &w->insns[w->n];

		if (!lint_decode(img, addr, i))
			return;
		without_numbers(i, w->what[w->n]);
		if (i->op == 0xcf || i->op == 0x0f35) {
			w->n++;
			return;
		}
		addr = lint_is_jmp(i) ? lint_target(i) : lint_next(i);
	}
}

/* longest[a][b]: how many instructions the ways have in common from a and b on. */
static void compare(uint16_t longest[WAY_MAX + 1][WAY_MAX + 1], const struct way *a,
		    const struct way *b)
{
	for (size_t i = a->n + 1; i-- > 0;)
		for (size_t j = b->n + 1; j-- > 0;) {
			uint16_t x, y;

			if (i == a->n || j == b->n) {
				longest[i][j] = 0;
			} else if (!strcmp(a->what[i], b->what[j])) {
				longest[i][j] = (uint16_t)(longest[i + 1][j + 1] + 1);
			} else {
				x = longest[i + 1][j];
				y = longest[i][j + 1];
				longest[i][j] = x > y ? x : y;
			}
		}
}

struct fast {
	struct lint_report *r;
	const char *entry, *baseline;
	const struct way *own, *base;
};

/* own[i..more) has come where base[j..less) has gone. */
static void differ(const struct fast *f, size_t i, size_t more, size_t j, size_t less)
{
	const struct lint_insn *at = &f->own->insns[i < f->own->n ? i : f->own->n - 1];
	char see[64], gone[200] = "";

	snprintf(see, sizeof(see), "count --entry %s --disasm", f->entry);
	if (less > j)
		snprintf(gone, sizeof(gone), "%s%s", f->base->insns[j].text,
			 less > j + 1 ? " ..." : "");
	if (more > i)
		lint_say(
			f->r, LINT_FINDING, "fast-path", at->addr, see,
			"%s%s: %zu instruction%s that the untraced %s path of %s does not have%s%s",
			at->text, more > i + 1 ? " ..." : "", more - i, more > i + 1 ? "s" : "",
			f->entry, f->baseline, less > j ? ", in the place of " : "", gone);
	else
		lint_say(
			f->r, LINT_FINDING, "fast-path", at->addr, see,
			"%s: missing before it: %zu instruction%s of the untraced %s path of %s: %s",
			at->text, less - j, less > j + 1 ? "s" : "", f->entry, f->baseline, gone);
}

static void compare_entry(struct fast *f, const struct lint_image *base, const char *symbol)
{
	static uint16_t longest[WAY_MAX + 1][WAY_MAX + 1];
	static struct way own_way, base_way;
	size_t i = 0, j = 0;
	uint32_t own_at, base_at;

	if (!lint_symbol(f->r->img, symbol, &own_at) || !lint_symbol(base, symbol, &base_at))
		return;
	follow(&own_way, f->r->img, own_at);
	follow(&base_way, base, base_at);
	f->own = &own_way;
	f->base = &base_way;
	compare(longest, &own_way, &base_way);
	while (own_way.n && (i < own_way.n || j < base_way.n)) {
		size_t first = i, base_first = j;

		while (i < own_way.n && j < base_way.n &&
		       !strcmp(own_way.what[i], base_way.what[j]))
			first = ++i, base_first = ++j;
		while (i < own_way.n || j < base_way.n) {
			if (i < own_way.n && j < base_way.n &&
			    !strcmp(own_way.what[i], base_way.what[j]))
				break;
			if (j == base_way.n ||
			    (i < own_way.n && longest[i + 1][j] >= longest[i][j + 1]))
				i++;
			else
				j++;
		}
		if (i > first || j > base_first)
			differ(f, first, i, base_first, j);
	}
}

void lint_fast(struct lint_report *r, const char *baseline)
{
	struct fast f = { .r = r, .baseline = baseline };
	struct lint_image base;

	if (lint_image_open(&base, baseline) != CLI_OK) {
		r->failed = true;
		return;
	}
	f.entry = "int80";
	compare_entry(&f, &base, "system_call");
	f.entry = "sysenter";
	compare_entry(&f, &base, "sysenter_entry");
	lint_image_close(&base);
}
