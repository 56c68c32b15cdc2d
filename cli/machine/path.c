/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * path.c: the instructions of one call, for `count --disasm`: entry.S line by
 * line with numbers, each called function as one line.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/lines.h"
#include "cli/page/page.h"
#include "cli/terminal/terminal.h"

#define KERNEL_START  0xc0000000u
#define VSYSCALL_PAGE 0xffffe000u
#define NARROW        110 /* columns: no symbols, and of a source's place no folder */
#define LOOP_MOST     64  /* so many instructions a round */

void cli_path_add(void *user, uint32_t addr, uint32_t size)
{
	struct cli_path *path = user;

	if (path->paused || path->failed)
		return;
	if (path->n == path->capacity) {
		size_t capacity = path->capacity ? 2 * path->capacity : 1024;
		void *steps = realloc(path->steps, capacity * sizeof(*path->steps));

		if (!steps) {
			path->failed = true;
			return;
		}
		path->steps = steps;
		path->capacity = capacity;
	}
	path->steps[path->n++] = (struct cli_path_step){ addr, size };
}

void cli_path_free(struct cli_path *path)
{
	free(path->steps);
	*path = (struct cli_path){ 0 };
}

static bool in_kernel(uint32_t addr)
{
	return addr >= KERNEL_START && (addr & ~0xfffu) != VSYSCALL_PAGE;
}

/* The step at which the function called by step `call` has returned. */
static size_t after_call(const struct cli_path *path, size_t call)
{
	uint32_t back = path->steps[call].addr + path->steps[call].size;
	size_t i = call + 1;

	while (i < path->n && path->steps[i].addr != back)
		i++;
	return i;
}

/* A program's loop: behind step `i`, how often the `*size` steps before it come again; once is no loop. */
static size_t rounds_again(const struct cli_path *path, size_t i, size_t *size)
{
	const struct cli_path_step *steps = path->steps;

	for (size_t p = 1; p <= LOOP_MOST && p <= i && !in_kernel(steps[i - p].addr); p++) {
		size_t n = 0;

		while (i + (n + 1) * p <= path->n &&
		       !memcmp(&steps[i + n * p], &steps[i - p], p * sizeof(*steps)))
			n++;
		*size = p;
		if (n > 1)
			return n;
	}
	return 0;
}

/* "jne 0xc010014d" is followed by the name of that place. */
static void add_target(sysemu_machine *m, char *text, size_t size)
{
	const char *operand = strchr(text, ' ');
	size_t n = strlen(text);
	char name[128];

	if (!operand || strncmp(operand, " 0x", 3) != 0)
		return;
	sysemu_describe(m, (uint32_t)strtoul(operand + 1, NULL, 16), name, sizeof(name));
	if (name[0])
		snprintf(text + n, size - n, " <%s>", name);
}

/* "asm/entry/entry.S:160  jnz syscall_trace_entry" */
static void put_source(struct terminal *t, const struct cli_lines *lines, uint32_t addr)
{
	const struct cli_line *line = cli_lines_find(lines, addr);
	const char *at = line ? page_source(line->file) : NULL;
	bool narrow = t->width && t->width < NARROW;
	char place[128], text[256];
	size_t n = 0;

	if (!line)
		return;
	for (uint32_t i = 1; at && i < line->line; i++) {
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	for (; at && *at && *at != '\n' && n + 1 < sizeof(text); at++)
		if (*at != '\t')
			text[n++] = *at;
		else if (n && text[n - 1] != ' ')
			text[n++] = ' ';
	text[n] = '\0';
	snprintf(place, sizeof(place), "%s:%u", narrow ? strrchr(line->file, '/') + 1 : line->file,
		 (unsigned)line->line);
	terminal_put(t, TONE_FAINT, !n ? "  %s" : narrow ? "  %-12s" : "  %-24s", place);
	terminal_put(t, TONE_CODE, n ? "  %s" : "%s", text);
}

/* What is narrow has no addresses, what is narrower no symbols. */
static void put_step(struct terminal *t, sysemu_machine *m, uint32_t addr, const char *number,
		     char *text, size_t size, const struct cli_lines *lines)
{
	char where[128];

	sysemu_describe(m, addr, where, sizeof(where));
	terminal_put(t, TONE_FAINT, "%4s", number);
	if (!t->width || t->width >= (lines ? 130 : 72))
		terminal_put(t, TONE_FAINT, "  %08x", (unsigned)addr);
	if (!t->width || t->width >= (lines ? NARROW : 50))
		terminal_put(t, TONE_NAME, "  %-26s", where);
	add_target(m, text, size);
	terminal_put(t, TONE_PLAIN, "  ");
	if (lines && in_kernel(addr)) {
		terminal_put(t, TONE_BOLD, t->width && t->width < NARROW ? "%-24s" : "%-36s", text);
		put_source(t, lines, addr);
	} else {
		terminal_put(t, TONE_BOLD, "%s", text);
	}
	terminal_line(t);
}

void cli_path_print(struct terminal *t, sysemu_machine *m, const struct cli_path *path,
		    const struct cli_lines *lines)
{
	char text[256], where[128], number[16];
	unsigned n = 0;

	for (size_t i = 0, size, again; i < path->n;) {
		uint32_t addr = path->steps[i].addr;
		bool kernel = in_kernel(addr);

		again = rounds_again(path, i, &size);
		if (again) {
			terminal_put(t, TONE_FAINT, "      ... the last %zu %s, %zu times more",
				     size, size == 1 ? "instruction" : "instructions", again);
			terminal_line(t);
			i += again * size;
			continue;
		}

		if (!sysemu_disasm(m, addr, text, sizeof(text)))
			snprintf(text, sizeof(text), "?");
		bool calls = kernel && strncmp(text, "call", 4) == 0;

		n += kernel;
		snprintf(number, sizeof(number), "%u", n);
		put_step(t, m, addr, kernel ? number : "user", text, sizeof(text), lines);
		size_t next = calls ? after_call(path, i) : i + 1;

		if (next > i + 1) {
			sysemu_describe(m, path->steps[i + 1].addr, where, sizeof(where));
			terminal_put(t, TONE_FAINT, "      ... %zu instructions in %s",
				     next - (i + 1), where);
			terminal_line(t);
		}
		i = next;
	}
}

/* ---- by function ---- */

static bool function_at(sysemu_machine *m, uint32_t addr, char *name, size_t size)
{
	sysemu_describe(m, addr, name, size);
	if (!name[0])
		snprintf(name, size, "?");
	name[strcspn(name, "+")] = 0;
	return in_kernel(addr);
}

bool cli_path_functions(sysemu_machine *m, const struct cli_path *path, struct cli_functions *out)
{
	size_t last = 0;
	char name[sizeof(out->list[0].name)];

	*out = (struct cli_functions){ 0 };
	for (size_t i = 0; i < path->n; i++) {
		if (!function_at(m, path->steps[i].addr, name, sizeof(name)))
			continue;
		if (last >= out->n || strcmp(out->list[last].name, name) != 0)
			for (last = 0; last < out->n && strcmp(out->list[last].name, name) != 0;)
				last++;
		if (last == out->n) {
			void *list = realloc(out->list, (out->n + 1) * sizeof(*out->list));

			if (!list)
				return false;
			out->list = list;
			out->list[out->n] = (struct cli_function){ .insns = 0 };
			memcpy(out->list[out->n++].name, name, sizeof(name));
		}
		out->list[last].insns++;
	}
	return true;
}
