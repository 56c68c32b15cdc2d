/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * places.c: what a process has besides its descriptors and memory: a working directory, a umask; and
 * what its names mean: absolute ones of the guest's, below the root.
 */
#define _GNU_SOURCE /* stpcpy */
#include <stdio.h>
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
	*p = (struct place){ .tgid = running_tgid(c->m), .umask = 022 };
	return p;
}

static void directory_put(struct directory *d)
{
	if (d && atomic_fetch_sub_explicit(&d->refs, 1, memory_order_acq_rel) == 1)
		free(d);
}

static struct directory *directory_get(struct directory *d)
{
	if (d)
		atomic_fetch_add_explicit(&d->refs, 1, memory_order_relaxed);
	return d;
}

const char *place_cwd(const struct place *p)
{
	return p->cwd ? p->cwd->plain : "";
}

bool place_enter(struct place *p, const char *plain)
{
	struct directory *d = NULL;

	if (*plain) {
		d = malloc(sizeof(*d) + strlen(plain) + 1);
		if (!d)
			return false;
		atomic_init(&d->refs, 1);
		strcpy(d->plain, plain);
	}
	directory_put(p->cwd);
	p->cwd = d;
	return true;
}

static void executed_put(struct executed *x)
{
	if (!x || atomic_fetch_sub_explicit(&x->refs, 1, memory_order_acq_rel) != 1)
		return;
	free(x->exe);
	free(x->cmdline);
	free(x->environ);
	free(x);
}

static struct executed *executed_get(struct executed *x)
{
	if (x)
		atomic_fetch_add_explicit(&x->refs, 1, memory_order_relaxed);
	return x;
}

static void forget(struct place *p)
{
	directory_put(p->cwd);
	executed_put(p->executed);
	*p = (struct place){ 0 };
}

void places_free(struct server *s)
{
	for (unsigned i = 0; i < MAX_PLACES; i++)
		forget(&s->places[i]);
}

static void copy_place(struct place *to, const struct place *from)
{
	*to = *from;
	executed_get(to->executed);
	directory_get(to->cwd);
}

void places_copy(struct server *s, const struct server *from)
{
	for (unsigned i = 0; i < MAX_PLACES; i++)
		copy_place(&s->places[i], &from->places[i]);
}

void places_state(const struct server *s, void (*add)(void *ctx, const void *bytes, size_t size),
		  void *ctx)
{
	for (unsigned i = 0; i < MAX_PLACES; i++) {
		const struct place *p = &s->places[i];

		if (!p->tgid)
			continue;
		add(ctx, (uint32_t[]){ (uint32_t)p->tgid, p->umask }, 8);
		add(ctx, place_cwd(p), strlen(place_cwd(p)) + 1);
	}
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

static struct executed *executed_new(const struct exec_request *r)
{
	struct executed *x = calloc(1, sizeof(*x));
	char plain[PATH_LIMIT + 1];

	if (!x)
		return NULL;
	atomic_init(&x->refs, 1);
	plain_path(r->path, plain);
	x->exe = strdup(plain);
	x->cmdline = join(r->argv, &x->cmdline_size);
	x->environ = join(r->envp, &x->environ_size);
	if (x->exe && x->cmdline && x->environ)
		return x;
	executed_put(x);
	return NULL;
}

bool server_executes(sysemu_machine *m, const struct exec_request *r)
{
	struct call c = { .m = m, .s = m->program.server };
	struct executed *x = executed_new(r);
	struct place *p = place_now(&c);

	if (!x)
		return false;
	executed_put(p->executed);
	p->executed = x;
	return true;
}

/* The child begins where its parent is. */
void server_forked(sysemu_machine *m, int32_t tgid)
{
	struct call c = { .m = m, .s = m->program.server };
	const struct place *parent = place_now(&c);
	struct place *p;

	if (parent->tgid == tgid || !parent->tgid)
		return; /* a thread; or, by a profile that is wrong, of nobody */
	p = find(c.s, tgid);
	if (!p)
		p = find(c.s, 0);
	if (p) {
		copy_place(p, parent);
		p->tgid = tgid;
	}
}

void server_ended(sysemu_machine *m, int32_t tgid)
{
	struct place *p = find(m->program.server, tgid);

	if (p)
		forget(p);
}

/* ---- umask ---- */

int32_t serve_umask(struct call *c)
{
	struct place *p;
	uint32_t old;

	p = place_now(c);
	old = p->umask;
	p->umask = c->arg[0] & 0777;
	return (int32_t)old;
}

/* ---- names ---- */

int files_root(struct call *c)
{
	struct server *s = c->s;
	int status;

	if (s->root < 0 || s->root_checked)
		return s->root;
	status = host_root_check(s->root);
	if (status == -NO_MEMORY) { /* which says nothing of openat2 */
		c->m->shortage = true;
		return -1;
	}
	s->root_checked = true;
	if (status) {
		note_once(s, NOTE_ROOT, "no files: openat2 cannot be used here (error %d)",
			  -status);
		host_root_close(s->root);
		s->root = -1;
	}
	return s->root;
}

/* Names are resolved from the root: a resolution from a directory's own descriptor would
 * take that for the root of ".." and of absolute symlinks. */
int32_t path_at(struct call *c, int32_t dirfd, uint32_t addr, uint32_t flags, char path[PATH_LIMIT],
		struct descriptor **self)
{
	char name[PATH_LIMIT];
	const char *base = c->s->overlay ? place_cwd(place_now(c)) : "";
	struct descriptor *d = NULL;
	int32_t status = user_path(c, addr, name);

	if (status)
		return status;
	if (name[0] != '/' && dirfd != G_AT_FDCWD) {
		d = descriptor_get(c, (uint32_t)dirfd);
		if (!d)
			return -G_EBADF;
	}
	if (self)
		*self = NULL;
	if (name[0] == '\0') {
		if (!self || !(flags & G_AT_EMPTY_PATH))
			return -G_ENOENT;
		*self = d;
		strcpy(path, *base ? base : "/"); /* AT_FDCWD: the working directory */
		return 0;
	}
	if (d) {
		if (!is_directory(d))
			return -G_ENOTDIR;
		base = descriptor_path(d);
	}
	if (snprintf(path, PATH_LIMIT, "%s%s%s", base, name[0] == '/' ? "" : "/", name) >=
	    (int)PATH_LIMIT)
		return -G_ENAMETOOLONG;
	if (name[0] == '/' && base[0])
		strcpy(path, name);
	/* It would tell the name of the emulator. */
	return c->s->overlay ? 0 : strcmp(path, "/proc/self/exe") == 0 ? -G_ENOENT : 0;
}
