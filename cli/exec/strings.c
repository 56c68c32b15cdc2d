/* SPDX-License-Identifier: GPL-2.0-only */
/* strings.c: which arguments of a call are strings, and their bytes out of the caller's memory. */
#include <stdio.h>
#include <string.h>

#include "cli/exec/strings.h"
#include "libsysemu/step.h"

#define PAGE 4096u

/* Numbers of i386, by the calls' manual pages. */
static const struct shape {
	int16_t nr;
	uint8_t paths;      /* bit n: argument n is a path */
	bool given, filled; /* argument 1 is a buffer, argument 2 its size */
} shapes[] = {
	{ 3, .filled = true },              /* read */
	{ 4, .given = true },               /* write */
	{ 5, .paths = 1 },                  /* open */
	{ 8, .paths = 1 },                  /* creat */
	{ 9, .paths = 3 },                  /* link */
	{ 10, .paths = 1 },                 /* unlink */
	{ 11, .paths = 1 },                 /* execve */
	{ 12, .paths = 1 },                 /* chdir */
	{ 14, .paths = 1 },                 /* mknod */
	{ 15, .paths = 1 },                 /* chmod */
	{ 16, .paths = 1 },                 /* lchown */
	{ 30, .paths = 1 },                 /* utime */
	{ 33, .paths = 1 },                 /* access */
	{ 38, .paths = 3 },                 /* rename */
	{ 39, .paths = 1 },                 /* mkdir */
	{ 40, .paths = 1 },                 /* rmdir */
	{ 83, .paths = 3 },                 /* symlink */
	{ 85, .paths = 1, .filled = true }, /* readlink */
	{ 92, .paths = 1 },                 /* truncate */
	{ 99, .paths = 1 },                 /* statfs */
	{ 106, .paths = 1 },                /* stat */
	{ 107, .paths = 1 },                /* lstat */
	{ 180, .filled = true },            /* pread64 */
	{ 181, .given = true },             /* pwrite64 */
	{ 182, .paths = 1 },                /* chown */
	{ 193, .paths = 1 },                /* truncate64 */
	{ 195, .paths = 1 },                /* stat64 */
	{ 196, .paths = 1 },                /* lstat64 */
	{ 198, .paths = 1 },                /* lchown32 */
	{ 212, .paths = 1 },                /* chown32 */
	{ 268, .paths = 1 },                /* statfs64 */
	{ 271, .paths = 1 },                /* utimes */
};

static const struct shape *shape_of(int32_t nr)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]) && shapes[i].nr <= nr; i++)
		if (shapes[i].nr == nr)
			return &shapes[i];
	return NULL;
}

/* As many of `size` bytes as are there: a string may end where its page does. */
static size_t bytes_at(sysemu_machine *m, int32_t pid, uint32_t addr, char *out, size_t size)
{
	size_t here = PAGE - addr % PAGE;

	if (size > here && sysemu_read_task(m, pid, addr, out, size) == SYSEMU_OK)
		return size;
	size = size < here ? size : here;
	return sysemu_read_task(m, pid, addr, out, size) == SYSEMU_OK ? size : 0;
}

static void show(struct exec_strings *s, unsigned argument, const char *bytes, size_t n, bool cut)
{
	static const char named[] = "\n\t\r\"\\", letters[] = "ntr\"\\";
	char *at = s->of[argument];

	*at++ = '"';
	for (size_t i = 0; i < n; i++) {
		const char *name = bytes[i] ? strchr(named, bytes[i]) : NULL;

		if (name)
			at += sprintf(at, "\\%c", letters[name - named]);
		else if (bytes[i] < ' ' || bytes[i] > '~')
			at += sprintf(at, "\\x%02x", (unsigned char)bytes[i]);
		else
			*at++ = bytes[i];
	}
	strcpy(at, cut ? "\"..." : "\"");
}

static void show_path(sysemu_machine *m, const sysemu_tracepoint *p, unsigned argument,
		      struct exec_strings *s)
{
	char bytes[EXEC_STRING_BYTES];
	size_t there = bytes_at(m, p->pid, p->arg[argument], bytes, sizeof(bytes));
	const char *end = memchr(bytes, '\0', there);

	if (end || there == sizeof(bytes))
		show(s, argument, bytes, end ? (size_t)(end - bytes) : there, !end);
}

static void show_buffer(sysemu_machine *m, const sysemu_tracepoint *p, size_t size,
			struct exec_strings *s)
{
	char bytes[EXEC_STRING_BYTES];
	size_t wanted = size < sizeof(bytes) ? size : sizeof(bytes);

	if (wanted && bytes_at(m, p->pid, p->arg[1], bytes, wanted) == wanted)
		show(s, 1, bytes, wanted, size > wanted);
}

void exec_strings_read(sysemu_machine *m, const sysemu_tracepoint *p, struct exec_strings *s)
{
	const struct shape *shape = shape_of(p->nr);
	bool enters = p->kind == SYSEMU_SYS_ENTER;

	for (unsigned i = 0; i < 6; i++)
		s->of[i][0] = '\0';
	if (!shape || (!enters && p->kind != SYSEMU_SYS_EXIT))
		return;
	for (unsigned i = 0; enters && i < 6; i++)
		if (shape->paths >> i & 1)
			show_path(m, p, i, s);
	if (enters && shape->given)
		show_buffer(m, p, p->arg[2], s);
	if (!enters && shape->filled && p->eax > 0 && !p->restarts)
		show_buffer(m, p, (uint32_t)p->eax, s);
}
