/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * path.c: the instructions of one call, for `count --disasm`: entry.S line by
 * line with numbers, each called function as one line.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

#define KERNEL_START  0xc0000000u
#define VSYSCALL_PAGE 0xffffe000u

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

/* "jne 0xc010014d" is followed by the name of that place. */
static void put_target(FILE *out, sysemu_machine *m, const char *text)
{
	const char *operand = strchr(text, ' ');
	char name[128];

	if (!operand || strncmp(operand, " 0x", 3) != 0)
		return;
	sysemu_describe(m, (uint32_t)strtoul(operand + 1, NULL, 16), name, sizeof(name));
	if (name[0])
		fprintf(out, " <%s>", name);
}

void cli_path_print(FILE *out, sysemu_machine *m, const struct cli_path *path)
{
	char text[128], where[128];
	unsigned number = 0;

	for (size_t i = 0; i < path->n;) {
		uint32_t addr = path->steps[i].addr;
		bool kernel = in_kernel(addr);

		if (!sysemu_disasm(m, addr, text, sizeof(text)))
			snprintf(text, sizeof(text), "?");
		sysemu_describe(m, addr, where, sizeof(where));
		if (kernel)
			fprintf(out, "%4u", ++number);
		else
			fputs("user", out);
		fprintf(out, "  %08x  %-26s  %s", addr, where, text);
		put_target(out, m, text);
		putc('\n', out);
		if (!kernel || strncmp(text, "call", 4) != 0) {
			i++;
			continue;
		}
		size_t next = after_call(path, i);

		if (next > i + 1) {
			sysemu_describe(m, path->steps[i + 1].addr, where, sizeof(where));
			fprintf(out, "      ... %zu instructions in %s\n", next - (i + 1), where);
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
