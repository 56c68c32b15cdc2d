/* SPDX-License-Identifier: GPL-2.0-only */
/* places.c: what a process has besides its descriptors and memory: a working directory, a umask. */
#define _GNU_SOURCE /* stpcpy */
#include <stdlib.h>
#include <string.h>

#include "lib/server/private.h"

static struct place *find(struct server *s, int32_t tgid)
{
	for (unsigned i = 0; i < MAX_PLACES; i++)
		if (s->places[i].tgid == tgid)
			return &s->places[i];
	return NULL;
}

static int32_t running_tgid(sysemu_machine *m)
{
	return (int32_t)TASK_FIELD(m, running_task(m), tgid);
}

/* Of one that nobody has told of, the first one: at the root. */
struct place *place_now(struct call *c)
{
	struct place *p = find(c->s, running_tgid(c->m));

	if (p)
		return p;
	p = find(c->s, 0); /* there are as many as tasks */
	*p = (struct place){ .tgid = running_tgid(c->m), .umask = 022, .cwd = strdup("") };
	return p;
}

static void forget(struct place *p)
{
	free(p->cwd);
	free(p->exe);
	free(p->cmdline);
	free(p->environ);
	*p = (struct place){ 0 };
}

void places_free(struct server *s)
{
	for (unsigned i = 0; i < MAX_PLACES; i++)
		forget(&s->places[i]);
}

static char *join(char *const list[], size_t *size)
{
	char *bytes, *at;

	*size = 0;
	for (unsigned i = 0; list && list[i]; i++)
		*size += strlen(list[i]) + 1;
	at = bytes = malloc(*size + 1);
	for (unsigned i = 0; bytes && list && list[i]; i++)
		at = stpcpy(at, list[i]) + 1;
	if (!bytes)
		*size = 0;
	return bytes;
}

static void place_executes(struct place *p, const struct exec_request *r)
{
	char plain[PATH_LIMIT + 1];

	free(p->exe);
	free(p->cmdline);
	free(p->environ);
	plain_path(r->path, plain);
	p->exe = strdup(plain);
	p->cmdline = join(r->argv, &p->cmdline_size);
	p->environ = join(r->envp, &p->environ_size);
}

void server_executes(sysemu_machine *m, const struct exec_request *r)
{
	struct call c = { .m = m, .s = m->program.server };

	place_executes(place_now(&c), r);
}

static char *copy_bytes(const char *bytes, size_t size)
{
	char *copy = malloc(size + 1);

	return copy && size ? memcpy(copy, bytes, size) : copy;
}

/* The child begins where its parent is. */
void server_forked(sysemu_machine *m, int32_t tgid)
{
	struct call c = { .m = m, .s = m->program.server };
	const struct place *parent = place_now(&c);
	struct place *p;

	if (parent->tgid == tgid)
		return; /* a thread */
	p = find(c.s, tgid);
	if (!p)
		p = find(c.s, 0);
	if (p)
		*p = (struct place){ .tgid = tgid,
				     .umask = parent->umask,
				     .cwd = strdup(parent->cwd),
				     .exe = parent->exe ? strdup(parent->exe) : NULL,
				     .cmdline = copy_bytes(parent->cmdline, parent->cmdline_size),
				     .cmdline_size = parent->cmdline_size,
				     .environ = copy_bytes(parent->environ, parent->environ_size),
				     .environ_size = parent->environ_size };
}

void server_ended(sysemu_machine *m, int32_t tgid)
{
	struct place *p = find(m->program.server, tgid);

	if (p)
		forget(p);
}

/* ---- calls ---- */

static int32_t go_to(struct call *c, char path[PATH_LIMIT])
{
	struct place *p = place_now(c);
	char plain[PATH_LIMIT + 1];
	struct object *b = NULL;
	struct host_stat st;
	int32_t found = proc_find(c, path, true, &b), mode;
	char *cwd;

	if (found > 0) {
		mode = (int32_t)b->mode;
		object_unref(b);
	} else {
		if (!found)
			found = tree_find(c, path, true, &b);
		if (found == OVERLAY_UNKNOWN)
			found = files_root(c) < 0 ? -G_ENOENT :
						    host_stat(files_root(c), path, true, &st);
		if (found < 0)
			return found;
		mode = (int32_t)(b ? b->mode : st.mode);
	}
	if (((uint32_t)mode & G_S_IFMT) != G_S_IFDIR)
		return -G_ENOTDIR;
	plain_path(path, plain);
	cwd = strdup(plain);
	if (!cwd)
		return -ENOMEM;
	free(p->cwd);
	p->cwd = cwd;
	return 0;
}

int32_t serve_chdir(struct call *c)
{
	char path[PATH_LIMIT];
	int32_t status;

	status = path_at(c, G_AT_FDCWD, c->arg[0], 0, path, NULL);
	return status ? status : go_to(c, path);
}

int32_t serve_fchdir(struct call *c)
{
	const struct descriptor *d = descriptor_get(c, c->arg[0]);
	char path[PATH_LIMIT];

	if (!d)
		return -G_EBADF;
	if (!is_directory(d))
		return -G_ENOTDIR;
	strcpy(path, descriptor_path(d));
	return go_to(c, path);
}

int32_t serve_umask(struct call *c)
{
	struct place *p;
	uint32_t old;

	p = place_now(c);
	old = p->umask;
	p->umask = c->arg[0] & 0777;
	return (int32_t)old;
}
