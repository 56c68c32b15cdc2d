/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * proc.c: /proc of a machine with processes, read out of the guest's task_structs and page tables
 * at the moment of the open. Nothing of the host's own /proc is seen.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/server/private.h"

#define MOST_TEXT 65536u

/* What a name below /proc means. */
struct asked {
	struct call *c;
	uint32_t task; /* 0: the machine */
	const char *name;
	char text[MOST_TEXT]; /* of a file or a link */
	size_t n;
};

static void say(struct asked *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct asked *a, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(a->text + a->n, MOST_TEXT - a->n, format, args);
	va_end(args);
	a->n += n > 0 ? (size_t)n : 0;
	if (a->n >= MOST_TEXT)
		a->n = MOST_TEXT - 1;
}

#define FIELD(a, member) TASK_FIELD((a)->c->m, (a)->task, member)

static int32_t pid_of(struct asked *a, uint32_t task)
{
	return task ? (int32_t)TASK_FIELD(a->c->m, task, tgid) : 0;
}

/* ---- of a process ---- */

/* A traced task's group stop, which from 3.1 on is a stop of its tracer's. */
static const char *stopped_text(struct asked *a)
{
	const struct profile *p = a->c->m->profile;

	return p->era >= 0x030100 && (FIELD(a, ptrace) & p->ptrace_traced) ? "T (tracing stop)" :
									     "T (stopped)";
}

static const char *state_text(struct asked *a)
{
	const struct profile *p = a->c->m->profile;
	uint32_t state = FIELD(a, state);

	return state == p->state_running         ? "R (running)" :
	       state == p->state_interruptible   ? "S (sleeping)" :
	       state == p->state_uninterruptible ? "D (disk sleep)" :
	       state == p->state_stopped         ? stopped_text(a) :
	       state == p->state_traced          ? "T (tracing stop)" :
	       state == p->state_zombie          ? "Z (zombie)" :
						   "X (dead)";
}

static void comm_of(struct asked *a, char comm[TASK_NAME])
{
	uint32_t bad;

	sim_read(a->c->m->sim, a->task + a->c->m->profile->task_comm, comm, TASK_NAME, &bad);
	comm[TASK_NAME - 1] = '\0';
}

static struct sim *space_of(struct asked *a)
{
	return space_live(a->c->m, FIELD(a, space));
}

static uint32_t threads_of(struct asked *a)
{
	sysemu_machine *m = a->c->m;
	uint32_t n = 0, leader = FIELD(a, leader);

	for (unsigned slot = 0; slot < m->profile->most_tasks; slot++) {
		uint32_t t = m->profile->tasks + slot * m->profile->task_bytes;

		n += TASK_FIELD(m, t, pid) && TASK_FIELD(m, t, leader) == leader;
	}
	return n;
}

static void put_status(struct asked *a)
{
	char comm[TASK_NAME];
	uint32_t traced = FIELD(a, ptrace) & a->c->m->profile->ptrace_traced;
	struct sim *sim = space_of(a);

	comm_of(a, comm);
	say(a, "Name:\t%s\nState:\t%s\nTgid:\t%d\nPid:\t%d\nPPid:\t%d\nTracerPid:\t%d\n", comm,
	    state_text(a), (int)FIELD(a, tgid), (int)FIELD(a, pid),
	    pid_of(a, FIELD(a, real_parent)), traced ? pid_of(a, FIELD(a, parent)) : 0);
	say(a, "Uid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\nFDSize:\t256\nGroups:\t\n",
	    FIELD(a, uid), FIELD(a, euid), FIELD(a, suid), FIELD(a, euid), FIELD(a, gid),
	    FIELD(a, egid), FIELD(a, sgid), FIELD(a, egid));
	if (sim)
		say(a, "VmSize:\t%8u kB\nVmRSS:\t%8u kB\n", sim_user_pages(sim) * 4,
		    sim_user_pages(sim) * 4);
	say(a, "Threads:\t%u\nSigPnd:\t%016x\nShdPnd:\t%016x\n", threads_of(a),
	    FIELD(a, sigpending), FIELD(a, sigshared));
}

static void put_stat(struct asked *a)
{
	char comm[TASK_NAME];

	comm_of(a, comm);
	say(a, "%d (%s) %c %d %d %d 0 -1 0", (int)FIELD(a, pid), comm, state_text(a)[0],
	    pid_of(a, FIELD(a, real_parent)), (int)FIELD(a, pgrp), (int)FIELD(a, session));
	for (int i = 10; i <= 44; i++)
		say(a, " %d", i == 20 ? (int)threads_of(a) : 0);
	say(a, "\n");
}

static void put_maps(struct asked *a)
{
	struct sim *sim = space_of(a);
	uint32_t end = a->c->m->profile->task_size, start = 0;
	int rights = -1;

	if (!sim)
		return;
	for (uint32_t addr = 0; addr <= end; addr += SIM_PAGE) {
		int now = addr < end ? sim_page(sim, addr) : -1;

		if (now == rights)
			continue;
		if (rights >= 0 && (rights & SIM_USER || !(rights & SIM_PRESENT)))
			say(a, "%08x-%08x %c%cxp 00000000 00:00 0%s\n", start, addr,
			    rights & SIM_PRESENT ? 'r' : '-', rights & SIM_WRITE ? 'w' : '-',
			    addr == end ? "          [stack]" : "");
		start = addr;
		rights = now;
	}
}

static void put_bytes(struct asked *a, const char *bytes, size_t size)
{
	if (size > MOST_TEXT - 1)
		size = MOST_TEXT - 1;
	if (size)
		memcpy(a->text, bytes, size);
	a->n = size;
}

static const struct place *place_of(struct asked *a)
{
	for (unsigned i = 0; i < MAX_PLACES; i++)
		if (a->c->s->places[i].tgid == (int32_t)FIELD(a, tgid))
			return &a->c->s->places[i];
	return NULL;
}

static void put_cmdline(struct asked *a)
{
	const struct place *p = place_of(a);

	if (p && p->executed && FIELD(a, space))
		put_bytes(a, p->executed->cmdline, p->executed->cmdline_size);
}

static void put_environ(struct asked *a)
{
	const struct place *p = place_of(a);

	if (p && p->executed && FIELD(a, space))
		put_bytes(a, p->executed->environ, p->executed->environ_size);
}

static void put_comm(struct asked *a)
{
	char comm[TASK_NAME];

	comm_of(a, comm);
	say(a, "%s\n", comm);
}

static void put_exe(struct asked *a)
{
	const struct place *p = place_of(a);

	say(a, "%s", p && p->executed && p->executed->exe ? p->executed->exe : "/");
}

static void put_cwd(struct asked *a)
{
	const struct place *p = place_of(a);

	say(a, "%s", p && *place_cwd(p) ? place_cwd(p) : "/");
}

static void put_root(struct asked *a)
{
	say(a, "/");
}

static void put_nothing(struct asked *a)
{
	(void)a;
}

struct row {
	const char *name;
	uint32_t mode;
	void (*put)(struct asked *a); /* NULL: a directory */
};

static const struct row of_process[] = {
	{ "cmdline", G_S_IFREG | 0444, put_cmdline }, { "comm", G_S_IFREG | 0644, put_comm },
	{ "cwd", G_S_IFLNK | 0777, put_cwd },         { "environ", G_S_IFREG | 0400, put_environ },
	{ "exe", G_S_IFLNK | 0777, put_exe },         { "fd", G_S_IFDIR | 0500, NULL },
	{ "maps", G_S_IFREG | 0444, put_maps },       { "mem", G_S_IFREG | 0600, put_nothing },
	{ "root", G_S_IFLNK | 0777, put_root },       { "stat", G_S_IFREG | 0444, put_stat },
	{ "status", G_S_IFREG | 0444, put_status },   { "task", G_S_IFDIR | 0555, NULL },
	{ "wchan", G_S_IFREG | 0444, put_nothing },
};

/* ---- of the machine ---- */

static void put_self(struct asked *a)
{
	say(a, "%d", pid_of(a, running_task(a->c->m)));
}

static void put_version(struct asked *a)
{
	uint32_t era = a->c->m->profile->era;

	say(a, "Linux version %u.%u.%u (libsysemu) #1\n", era >> 16, era >> 8 & 255, era & 255);
}

static void put_uptime(struct asked *a)
{
	uint64_t hundredths = nanoseconds(a->c) / 10000000;

	say(a, "%llu.%02u 0.00\n", (unsigned long long)(hundredths / 100),
	    (unsigned)(hundredths % 100));
}

static void put_cpuinfo(struct asked *a)
{
	say(a, "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nflags\t\t: fpu tsc msr "
	       "sep cmov mmx fxsr sse sse2\n\n");
}

static void put_meminfo(struct asked *a)
{
	uint32_t kib = a->c->m->config.user_pages * 4;

	say(a, "MemTotal:     %8u kB\nMemFree:      %8u kB\n", kib, kib / 2);
}

static void put_filesystems(struct asked *a)
{
	say(a, "nodev\tproc\nnodev\ttmpfs\n\text3\n");
}

static void put_mounts(struct asked *a)
{
	say(a, "rootfs / rootfs rw 0 0\nproc /proc proc rw 0 0\n");
}

static void put_loadavg(struct asked *a)
{
	say(a, "0.00 0.00 0.00 1/1 %d\n", pid_of(a, running_task(a->c->m)));
}

static void put_pid_max(struct asked *a)
{
	say(a, "32768\n");
}

static const struct row of_machine[] = {
	{ "cpuinfo", G_S_IFREG | 0444, put_cpuinfo },
	{ "filesystems", G_S_IFREG | 0444, put_filesystems },
	{ "loadavg", G_S_IFREG | 0444, put_loadavg },
	{ "meminfo", G_S_IFREG | 0444, put_meminfo },
	{ "mounts", G_S_IFREG | 0444, put_mounts },
	{ "self", G_S_IFLNK | 0777, put_self },
	{ "stat", G_S_IFREG | 0444, put_nothing },
	{ "sys", G_S_IFDIR | 0555, NULL },
	{ "sys/kernel", G_S_IFDIR | 0555, NULL },
	{ "sys/kernel/pid_max", G_S_IFREG | 0444, put_pid_max },
	{ "uptime", G_S_IFREG | 0444, put_uptime },
	{ "version", G_S_IFREG | 0444, put_version },
};

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static const struct row *row_of(const struct row *rows, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}

/* ---- names ---- */

/* "/proc/102/task/103/stat": the task, and the rest of the name; false: no such task. */
static bool find_process(struct asked *a, const char **rest)
{
	char *end;
	long pid = strtol(*rest, &end, 10);

	if (end == *rest || (*end && *end != '/'))
		return false;
	a->task = pid > 0 ? find_task(a->c->m, (int32_t)pid) : 0;
	if (!a->task)
		return false;
	*rest = *end ? end + 1 : end;
	if (strncmp(*rest, "task/", 5) == 0) {
		*rest += 5;
		return find_process(a, rest);
	}
	return true;
}

/* The name below /proc, plain; NULL: it is not there. */
static const char *below_proc(struct call *c, const char *path, char plain[PATH_LIMIT + 1])
{
	if (!c->s->overlay)
		return NULL;
	plain_path(path, plain);
	if (strncmp(plain, "/proc", 5) != 0 || (plain[5] && plain[5] != '/'))
		return NULL;
	return plain[5] ? plain + 6 : plain + 5;
}

/* "self" is the running one; its links may be followed. */
static const char *resolve_self(struct call *c, const char *rest, char buffer[PATH_LIMIT + 16])
{
	bool self = strncmp(rest, "self", 4) == 0 && (!rest[4] || rest[4] == '/');

	if (!self)
		return rest;
	snprintf(buffer, PATH_LIMIT + 16, "%d%s", (int)TASK_FIELD(c->m, running_task(c->m), tgid),
		 rest + 4);
	return buffer;
}

static int32_t make(struct asked *a, const struct row *row, const char *path, struct object **out)
{
	struct object *b = object_new(a->c->s->overlay, row->mode, path);
	int32_t result = 1;

	if (!b)
		return -NO_MEMORY;
	b->proc = true;
	if (a->task && strcmp(row->name, "mem") == 0)
		b->memory_of = (int32_t)FIELD(a, pid);
	if (row->put)
		row->put(a);
	if ((row->mode & G_S_IFMT) == G_S_IFLNK)
		result = (b->target = strndup(a->text, a->n)) ? 1 : -NO_MEMORY;
	else if (row->put && a->n)
		result = object_write(b, a->text, (uint32_t)a->n, 0);
	if (result < 0) {
		object_unref(b);
		return result;
	}
	*out = b;
	return 1;
}

int32_t proc_find(struct call *c, const char *path, bool follow, struct object **out)
{
	static const struct row directory = { "", G_S_IFDIR | 0555, NULL };
	char plain[PATH_LIMIT + 1], buffer[PATH_LIMIT + 16];
	const char *rest = below_proc(c, path, plain);
	const struct row *row = &directory;
	struct asked *a;
	int32_t result;

	if (!rest)
		return 0;
	if (follow || strcmp(rest, "self") != 0)
		rest = resolve_self(c, rest, buffer);
	a = calloc(1, sizeof(*a));
	if (!a)
		return -NO_MEMORY;
	a->c = c;
	if (*rest && (row = row_of(of_machine, ROWS(of_machine), rest)) == NULL &&
	    find_process(a, &rest))
		row = *rest ? row_of(of_process, ROWS(of_process), rest) : &directory;
	result = row ? make(a, row, plain, out) : -G_ENOENT;
	free(a);
	return result;
}

int32_t proc_again(struct call *c, struct object *b)
{
	enum { G_ESRCH = 3 };
	struct object *now;
	char path[PATH_LIMIT];
	uint8_t chunk[CHUNK];
	int32_t n;

	snprintf(path, sizeof(path), "%s", b->path);
	n = proc_find(c, path, true, &now);
	if (n <= 0)
		return n == -NO_MEMORY ? n : -G_ESRCH;
	object_resize(b, 0);
	for (uint64_t at = 0; (n = object_read(now, chunk, CHUNK, at)) > 0; at += (uint64_t)n)
		object_write(b, chunk, (uint32_t)n, at);
	object_unref(now);
	return n;
}

/* Its own, or its tracee's while that is stopped. */
int32_t proc_memory(struct call *c, int32_t pid, void *buf, uint32_t size, uint64_t offset,
		    bool write)
{
	enum { G_ESRCH = 3 };
	const struct profile *p = c->m->profile;
	uint32_t self = running_task(c->m), task = find_task(c->m, pid), state, moved;

	if (!task || !TASK_FIELD(c->m, task, space))
		return 0;
	state = TASK_FIELD(c->m, task, state);
	if (TASK_FIELD(c->m, task, leader) != TASK_FIELD(c->m, self, leader) &&
	    (!(TASK_FIELD(c->m, task, ptrace) & p->ptrace_traced) ||
	     TASK_FIELD(c->m, task, parent) != self ||
	     (state != p->state_stopped && state != p->state_traced)))
		return -G_ESRCH;
	if (offset > UINT32_MAX)
		return -EIO;
	moved = space_move(c->m, TASK_FIELD(c->m, task, space), (uint32_t)offset, buf, size, write);
	return moved ? (int32_t)moved : -EIO;
}

/* ---- listing ---- */

static bool put_entry(struct host_entry **entries, int32_t *n, const char *name, uint32_t mode)
{
	struct host_entry *more = realloc(*entries, (size_t)(*n + 1) * sizeof(*more));

	if (!more)
		return false;
	*entries = more;
	more[*n] = (struct host_entry){ .name = strdup(name), .mode = mode & G_S_IFMT };
	return more[(*n)++].name != NULL;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct host_entry *)a)->name, ((const struct host_entry *)b)->name);
}

/* The tasks: all processes, or the threads of one. */
static bool put_tasks(struct call *c, uint32_t leader, struct host_entry **entries, int32_t *n)
{
	sysemu_machine *m = c->m;
	char name[16];

	for (unsigned slot = 0; slot < m->profile->most_tasks; slot++) {
		uint32_t t = m->profile->tasks + slot * m->profile->task_bytes;
		uint32_t own = TASK_FIELD(m, t, leader);

		if (!TASK_FIELD(m, t, pid) || (leader ? own != leader : own != t))
			continue;
		snprintf(name, sizeof(name), "%d", (int)TASK_FIELD(m, t, pid));
		if (!put_entry(entries, n, name, G_S_IFDIR))
			return false;
	}
	return true;
}

int32_t proc_list(struct call *c, const char *path, struct host_entry **out)
{
	char plain[PATH_LIMIT + 1], buffer[PATH_LIMIT + 16];
	const char *rest = below_proc(c, path, plain);
	const struct row *rows = NULL;
	struct asked a = { .c = c };
	size_t nrows = 0;
	int32_t n = 0;
	bool good;

	if (!rest)
		return -G_ENOENT;
	rest = resolve_self(c, rest, buffer);
	*out = NULL;
	good = put_entry(out, &n, ".", G_S_IFDIR) && put_entry(out, &n, "..", G_S_IFDIR);
	if (!*rest) {
		rows = of_machine;
		nrows = ROWS(of_machine);
		good = good && put_tasks(c, 0, out, &n);
	} else if (find_process(&a, &rest)) {
		if (!*rest) {
			rows = of_process;
			nrows = ROWS(of_process);
		} else if (strcmp(rest, "task") == 0) {
			good = good && put_tasks(c, TASK_FIELD(c->m, a.task, leader), out, &n);
		}
	}
	for (size_t i = 0; i < nrows && good; i++)
		if (!strchr(rows[i].name, '/'))
			good = put_entry(out, &n, rows[i].name, rows[i].mode);
	if (!good) {
		host_list_free(*out, n);
		return -NO_MEMORY;
	}
	qsort(*out, (size_t)n, sizeof(**out), by_name);
	return n;
}
