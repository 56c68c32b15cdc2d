/* SPDX-License-Identifier: GPL-2.0-only */
/* path.c: what a run executed: instructions by address, then by function and text. */
#include "path.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM   1024u
#define KERNEL_START 0xc0000000u
#define KERNEL_END   0xc0800000u /* of what is linked: above it are stacks, masks, -errno */

/* ---- counting ---- */

static struct path_count *find(struct path_counter *c, uint32_t addr)
{
	size_t i = (addr * 2654435761u) & (c->room - 1);

	while (c->list[i].times && c->list[i].addr != addr)
		i = (i + 1) & (c->room - 1);
	return &c->list[i];
}

static bool grow(struct path_counter *c)
{
	struct path_counter more = { .n = c->n, .room = c->room ? 2 * c->room : FIRST_ROOM };

	more.list = calloc(more.room, sizeof(*more.list));
	if (!more.list)
		return false;
	for (size_t i = 0; i < c->room; i++)
		if (c->list[i].times)
			*find(&more, c->list[i].addr) = c->list[i];
	free(c->list);
	*c = more;
	return true;
}

void path_count(struct path_counter *c, uint32_t addr)
{
	struct path_count *at;

	if (c->failed || addr < KERNEL_START)
		return;
	if (2 * c->n >= c->room && !grow(c)) {
		c->failed = true;
		return;
	}
	at = find(c, addr);
	at->addr = addr;
	c->n += at->times++ == 0;
}

void path_counter_free(struct path_counter *c)
{
	free(c->list);
	*c = (struct path_counter){ 0 };
}

/* ---- names ---- */

/*
 * "0xc0101000" is "<do_syscall_trace>", without an offset: that moves. So is what a signed
 * displacement makes of it, "-0x3feff000". Another number stays.
 */
static size_t put_number(sysemu_machine *m, const char *text, char *buf, size_t size)
{
	char *end, name[128] = "";
	uint32_t value = (uint32_t)strtoll(text, &end, 16);

	if (value <= KERNEL_START || value >= KERNEL_END) {
		snprintf(buf, size, "%.*s", (int)(end - text), text);
		return (size_t)(end - text);
	}
	sysemu_describe(m, value, name, sizeof(name));
	name[strcspn(name, "+")] = '\0';
	snprintf(buf, size, "<%s>", name[0] ? name : "data");
	return (size_t)(end - text);
}

static bool is_number(const char *text)
{
	text += *text == '-';
	return text[0] == '0' && text[1] == 'x' && isxdigit((unsigned char)text[2]);
}

static const char *text_of(sysemu_machine *m, uint32_t addr, struct report *r)
{
	char text[128], out[256];
	size_t used = 0;

	if (!sysemu_disasm(m, addr, text, sizeof(text)))
		return "(bad)";
	for (const char *at = text; *at && used + 1 < sizeof(out);) {
		if (is_number(at)) {
			at += put_number(m, at, out + used, sizeof(out) - used);
			used += strlen(out + used);
		} else {
			out[used++] = *at++;
		}
	}
	return report_text(r, "%.*s", (int)used, out);
}

static const char *function_of(sysemu_machine *m, uint32_t addr, const char *last, struct report *r)
{
	char name[128];

	sysemu_describe(m, addr, name, sizeof(name));
	name[strcspn(name, "+")] = '\0';
	if (last && !strcmp(last, name))
		return last;
	return report_text(r, "%s", name[0] ? name : "?");
}

static int by_address(const void *a, const void *b)
{
	const struct path_insn *x = a, *y = b;

	return (x->addr > y->addr) - (x->addr < y->addr);
}

bool path_of(struct path *path, struct path_counter *c, sysemu_machine *m, struct report *r)
{
	const char *function = NULL;

	*path = (struct path){ .n = 0 };
	path->insns = c->failed ? NULL : report_alloc(r, (c->n + 1) * sizeof(*path->insns));
	if (!path->insns)
		return false;
	for (size_t i = 0; i < c->room; i++)
		if (c->list[i].times)
			path->insns[path->n++] = (struct path_insn){ .addr = c->list[i].addr,
								     .times = c->list[i].times };
	if (path->n)
		qsort(path->insns, path->n, sizeof(*path->insns), by_address);
	for (size_t i = 0; i < path->n; i++) {
		struct path_insn *x = &path->insns[i];

		x->function = function = function_of(m, x->addr, function, r);
		x->text = text_of(m, x->addr, r);
		if (!x->function || !x->text)
			return false;
	}
	return true;
}
