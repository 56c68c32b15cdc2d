/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tree.c: names with processes: the overlay of what was written lies over the host's files. A name
 * is looked up in the overlay first, by its plain form; what the overlay does not know is the host's.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/server/private.h"

#define MOST_LINKS 40

static bool is_link(const struct object *b)
{
	return (b->mode & G_S_IFMT) == G_S_IFLNK;
}

/* Where a link at `path` leads. */
static int32_t follow_link(char path[PATH_LIMIT], const char *target)
{
	char *slash = strrchr(path, '/');
	size_t base = *target == '/' ? 0 : (size_t)(slash - path) + 1;

	if (base + strlen(target) >= PATH_LIMIT)
		return -G_ENAMETOOLONG;
	strcpy(path + base, target);
	return 0;
}

int32_t tree_find(struct call *c, char path[PATH_LIMIT], bool follow, struct object **out)
{
	char plain[PATH_LIMIT + 1];

	*out = NULL;
	for (int links = 0; links < MOST_LINKS; links++) {
		struct object *b = NULL;
		int32_t found = proc_find(c, path, false, &b);

		if (found < 0)
			return found;
		if (!found) {
			plain_path(path, plain);
			found = (int32_t)overlay_find(c->s->overlay, plain, &b);
			if (found == OVERLAY_GONE)
				return -G_ENOENT;
			if (found == OVERLAY_UNKNOWN)
				return OVERLAY_UNKNOWN;
			object_ref(b);
		}
		if (!follow || !is_link(b)) {
			*out = b;
			return OVERLAY_HERE;
		}
		found = follow_link(path, b->target);
		object_unref(b);
		if (found)
			return found;
	}
	return -G_ELOOP;
}

/* What the name is in the end: its mode, or -errno. */
static int32_t mode_of(struct call *c, const char *name, bool follow)
{
	char path[PATH_LIMIT];
	struct object *b;
	struct host_stat st;
	int32_t found;

	strcpy(path, name);
	found = tree_find(c, path, follow, &b);
	if (found < 0)
		return found;
	if (b) {
		found = (int32_t)b->mode;
		object_unref(b);
		return found;
	}
	if (files_root(c) < 0)
		return -G_ENOENT;
	found = host_stat(files_root(c), path, follow, &st);
	return found ? found : (int32_t)st.mode;
}

static bool is_a(int32_t mode, uint32_t type)
{
	return mode >= 0 && ((uint32_t)mode & G_S_IFMT) == type;
}

/* The directory that the plain name is in: 0, or -errno. */
static int32_t check_directory(struct call *c, const char *plain)
{
	char above[PATH_LIMIT];
	char *slash;
	int32_t mode;

	strcpy(above, plain);
	slash = strrchr(above, '/');
	if (!slash)
		return -G_EEXIST; /* the root itself */
	if (slash == above)
		return 0;
	*slash = '\0';
	mode = mode_of(c, above, true);
	return mode < 0 ? mode : is_a(mode, G_S_IFDIR) ? 0 : -G_ENOTDIR;
}

int32_t tree_make(struct call *c, const char *path, uint32_t mode, struct object **out)
{
	char plain[PATH_LIMIT + 1];
	struct object *b;
	int32_t status;

	plain_path(path, plain);
	status = check_directory(c, plain);
	if (status)
		return status;
	b = object_new(c->s->overlay, mode, plain);
	if (!b || !overlay_set(c->s->overlay, plain, b)) {
		object_unref(b);
		return -NO_MEMORY;
	}
	*out = b;
	return 0;
}

int32_t tree_own(struct call *c, const char *path, struct object **out)
{
	uint8_t chunk[CHUNK];
	struct host_file *file;
	struct object *b;
	int32_t status = host_open(files_root(c), path, true, &file), n;

	if (status)
		return status;
	status = tree_make(c, path, file->stat.mode, &b);
	for (uint64_t at = 0; !status; at += (uint64_t)n) {
		n = host_pread(file, chunk, CHUNK, at);
		if (n <= 0) {
			status = n;
			break;
		}
		n = object_write(b, chunk, (uint32_t)n, at);
		status = n < 0 ? n : 0;
	}
	host_file_unref(file);
	if (status)
		return status;
	*out = b;
	return 0;
}

/* ---- listing ---- */

struct listing {
	struct host_entry *entries;
	int32_t n;
	bool failed;
};

static void put_name(void *user, const char *name, const struct object *b)
{
	struct listing *l = user;
	struct host_entry *more;
	char *copy;
	int32_t i = 0;

	while (i < l->n && strcmp(l->entries[i].name, name) < 0)
		i++;
	if (i < l->n && strcmp(l->entries[i].name, name) == 0) {
		if (b) {
			l->entries[i].mode = b->mode & G_S_IFMT;
			return;
		}
		free(l->entries[i].name);
		memmove(l->entries + i, l->entries + i + 1,
			(size_t)(--l->n - i) * sizeof(*l->entries));
		return;
	}
	if (!b)
		return;
	more = realloc(l->entries, (size_t)(l->n + 1) * sizeof(*more));
	if (more)
		l->entries = more;
	copy = more ? strdup(name) : NULL;
	if (!copy) {
		l->failed = true;
		return;
	}
	memmove(more + i + 1, more + i, (size_t)(l->n++ - i) * sizeof(*more));
	more[i] = (struct host_entry){ .name = copy, .mode = b->mode & G_S_IFMT };
}

int32_t tree_list(struct call *c, const struct descriptor *d, struct host_entry **out)
{
	struct listing l = { 0 };
	char plain[PATH_LIMIT + 1];
	int32_t n = proc_list(c, descriptor_path(d), out);
	const struct object here = { .mode = G_S_IFDIR };

	if (n != -G_ENOENT)
		return n;
	if (d->kind == FD_FILE) {
		l.n = host_list(d->file, &l.entries);
		if (l.n < 0)
			return l.n;
	} else {
		put_name(&l, ".", &here);
		put_name(&l, "..", &here);
	}
	plain_path(descriptor_path(d), plain);
	overlay_each(c->s->overlay, *plain ? plain : "/", put_name, &l);
	if (l.failed) {
		host_list_free(l.entries, l.n);
		return -NO_MEMORY;
	}
	*out = l.entries;
	return l.n;
}

/* ---- calls that change names ---- */

/* The plain form of a name, which is not followed. 0 or -errno. */
static int32_t name_at(struct call *c, uint32_t dirfd, uint32_t addr, char plain[PATH_LIMIT + 1])
{
	char path[PATH_LIMIT];
	int32_t status;

	status = path_at(c, (int32_t)dirfd, addr, 0, path, NULL);
	if (!status)
		plain_path(path, plain);
	return status ? status : *plain ? 0 : -G_EBUSY;
}

static int32_t set_name(struct call *c, const char *plain, struct object *b)
{
	return overlay_set(c->s->overlay, plain, b) ? 0 : -NO_MEMORY;
}

/* 0: that directory is empty; else -errno. */
static int32_t check_empty(struct call *c, const char *plain)
{
	struct descriptor d = { .kind = FD_OBJECT };
	struct object *b = NULL, made = { .mode = G_S_IFDIR };
	struct host_entry *entries = NULL;
	struct host_file *file = NULL;
	char path[PATH_LIMIT];
	int32_t n;

	strcpy(path, plain);
	n = tree_find(c, path, false, &b);
	if (n == OVERLAY_UNKNOWN && files_root(c) >= 0)
		n = host_open(files_root(c), path, false, &file);
	if (file)
		d = (struct descriptor){ .kind = FD_FILE, .file = file };
	made.path = path;
	d.object = &made;
	if (n != -NO_MEMORY)
		n = tree_list(c, &d, &entries);
	if (n > 0)
		host_list_free(entries, n);
	host_file_unref(file);
	object_unref(b);
	return n == -NO_MEMORY ? n : n > 2 ? -G_ENOTEMPTY : 0;
}

static int32_t remove_at(struct call *c, uint32_t dirfd, uint32_t name, bool directory)
{
	char plain[PATH_LIMIT + 1];
	int32_t status = name_at(c, dirfd, name, plain), mode;

	if (status)
		return status;
	mode = mode_of(c, plain, false);
	if (mode < 0)
		return mode;
	if (directory && !is_a(mode, G_S_IFDIR))
		return -G_ENOTDIR;
	if (!directory && is_a(mode, G_S_IFDIR))
		return -G_EISDIR;
	status = directory ? check_empty(c, plain) : 0;
	return status ? status : set_name(c, plain, NULL);
}

int32_t serve_unlink(struct call *c)
{
	return remove_at(c, (uint32_t)G_AT_FDCWD, c->arg[0], false);
}

int32_t serve_rmdir(struct call *c)
{
	return remove_at(c, (uint32_t)G_AT_FDCWD, c->arg[0], true);
}

int32_t serve_unlinkat(struct call *c)
{
	return remove_at(c, c->arg[0], c->arg[1], c->arg[2] & 0x200);
}

/* 0: nothing has that name; else -errno. */
static int32_t check_free(struct call *c, const char *plain)
{
	int32_t mode = mode_of(c, plain, false);

	return mode >= 0 ? -G_EEXIST : mode == -NO_MEMORY ? mode : 0;
}

/* A name for something new: it must not be there. The caller has a reference to *b. */
static int32_t make_at(struct call *c, uint32_t dirfd, uint32_t name, uint32_t mode,
		       struct object **b)
{
	char plain[PATH_LIMIT + 1];
	int32_t status = name_at(c, dirfd, name, plain);

	if (status == -G_EBUSY)
		return -G_EEXIST;
	if (!status)
		status = check_free(c, plain);
	return status ? status : tree_make(c, plain, mode, b);
}

static int32_t make_plain(struct call *c, uint32_t dirfd, uint32_t name, uint32_t mode)
{
	struct object *b;
	int32_t status = make_at(c, dirfd, name, mode, &b);

	if (!status)
		object_unref(b);
	return status;
}

static uint32_t masked(struct call *c, uint32_t mode)
{
	return mode & 07777 & ~place_now(c)->umask;
}

int32_t serve_mkdir(struct call *c)
{
	return make_plain(c, (uint32_t)G_AT_FDCWD, c->arg[0], G_S_IFDIR | masked(c, c->arg[1]));
}

int32_t serve_mkdirat(struct call *c)
{
	return make_plain(c, c->arg[0], c->arg[1], G_S_IFDIR | masked(c, c->arg[2]));
}

static int32_t symlink_at(struct call *c, uint32_t target, uint32_t dirfd, uint32_t name)
{
	char text[PATH_LIMIT];
	struct object *b;
	int32_t status = user_path(c, target, text);

	if (status)
		return status;
	if (!*text)
		return -G_ENOENT;
	status = make_at(c, dirfd, name, G_S_IFLNK | 0777, &b);
	if (status)
		return status;
	b->target = strdup(text);
	object_unref(b);
	return b->target ? 0 : -NO_MEMORY;
}

int32_t serve_symlink(struct call *c)
{
	return symlink_at(c, c->arg[0], (uint32_t)G_AT_FDCWD, c->arg[1]);
}

int32_t serve_symlinkat(struct call *c)
{
	return symlink_at(c, c->arg[0], c->arg[1], c->arg[2]);
}

/* An object for the name, the host's copied: 0 or -errno; the caller has a reference. */
static int32_t own_name(struct call *c, const char *plain, struct object **b)
{
	char path[PATH_LIMIT];
	int32_t mode = mode_of(c, plain, false), found;

	if (mode < 0)
		return mode;
	strcpy(path, plain);
	found = tree_find(c, path, false, b);
	if (found < 0 || *b)
		return found < 0 ? found : 0;
	return is_a(mode, G_S_IFREG) ? tree_own(c, plain, b) : -G_EXDEV;
}

static int32_t link_at(struct call *c, const uint32_t from[2], const uint32_t to[2])
{
	char old[PATH_LIMIT + 1], new[PATH_LIMIT + 1];
	struct object *b;
	int32_t status = name_at(c, from[0], from[1], old);

	if (!status)
		status = name_at(c, to[0], to[1], new);
	if (!status)
		status = check_free(c, new);
	if (!status)
		status = check_directory(c, new);
	if (!status)
		status = own_name(c, old, &b);
	if (status)
		return status;
	status = (b->mode & G_S_IFMT) == G_S_IFDIR ? -EPERM : set_name(c, new, b);
	object_unref(b);
	return status;
}

int32_t serve_link(struct call *c)
{
	return link_at(c, (uint32_t[2]){ (uint32_t)G_AT_FDCWD, c->arg[0] },
		       (uint32_t[2]){ (uint32_t)G_AT_FDCWD, c->arg[1] });
}

int32_t serve_linkat(struct call *c)
{
	return link_at(c, &c->arg[0], &c->arg[2]);
}

static int32_t rename_object(struct call *c, const char *old, const char *new, struct object *b)
{
	int32_t was = mode_of(c, new, false), status;

	if (strcmp(old, new) == 0)
		return 0;
	if (is_a(was, G_S_IFDIR) && (b->mode & G_S_IFMT) != G_S_IFDIR)
		return -G_EISDIR;
	if (was >= 0 && !is_a(was, G_S_IFDIR) && (b->mode & G_S_IFMT) == G_S_IFDIR)
		return -G_ENOTDIR;
	status = is_a(was, G_S_IFDIR) ? check_empty(c, new) : was == -NO_MEMORY ? was : 0;
	if (!status)
		status = set_name(c, old, NULL);
	if (!status)
		status = set_name(c, new, b);
	if (!status && (b->mode & G_S_IFMT) == G_S_IFDIR &&
	    !overlay_move_below(c->s->overlay, old, new))
		status = -NO_MEMORY;
	return status;
}

static int32_t rename_to(struct call *c, const char *old, const char *new)
{
	struct object *b;
	int32_t status = check_directory(c, new);

	if (!status)
		status = own_name(c, old, &b);
	if (status)
		return status;
	status = rename_object(c, old, new, b);
	object_unref(b);
	return status;
}

static int32_t rename_at(struct call *c, const uint32_t from[2], const uint32_t to[2])
{
	char old[PATH_LIMIT + 1], new[PATH_LIMIT + 1];
	int32_t status = name_at(c, from[0], from[1], old);

	if (!status)
		status = name_at(c, to[0], to[1], new);
	return status ? status : rename_to(c, old, new);
}

int32_t serve_rename(struct call *c)
{
	return rename_at(c, (uint32_t[2]){ (uint32_t)G_AT_FDCWD, c->arg[0] },
			 (uint32_t[2]){ (uint32_t)G_AT_FDCWD, c->arg[1] });
}

int32_t serve_renameat(struct call *c)
{
	return rename_at(c, &c->arg[0], &c->arg[2]);
}

/* ---- what files are said to be ---- */

/* A directory of the host's keeps its mode: an object in its place would hide what is in it. */
static int32_t chmod_at(struct call *c, uint32_t dirfd, uint32_t name, uint32_t mode)
{
	char plain[PATH_LIMIT + 1];
	struct object *b;
	int32_t status = name_at(c, dirfd, name, plain), was;

	if (status)
		return status;
	was = mode_of(c, plain, true);
	if (was < 0)
		return was;
	status = own_name(c, plain, &b);
	if (status == -G_EXDEV)
		return 0;
	if (status)
		return status;
	b->mode = (b->mode & G_S_IFMT) | (mode & 07777);
	object_unref(b);
	return 0;
}

int32_t serve_chmod(struct call *c)
{
	return chmod_at(c, (uint32_t)G_AT_FDCWD, c->arg[0], c->arg[1]);
}

int32_t serve_fchmodat(struct call *c)
{
	return chmod_at(c, c->arg[0], c->arg[1], c->arg[2]);
}

int32_t serve_fchmod(struct call *c)
{
	struct descriptor *d = descriptor_get(c, c->arg[0]);

	if (!d)
		return -G_EBADF;
	if (d->kind == FD_OBJECT)
		d->object->mode = (d->object->mode & G_S_IFMT) | (c->arg[1] & 07777);
	return 0;
}

static int32_t resize(struct call *c, uint64_t size)
{
	struct descriptor *d = descriptor_get(c, c->arg[0]);

	if (!d)
		return -G_EBADF;
	if (d->kind != FD_OBJECT || !may_write(d) || (int64_t)size < 0)
		return -EINVAL;
	return object_resize(d->object, size);
}

int32_t serve_ftruncate(struct call *c)
{
	return resize(c, c->arg[1]);
}

int32_t serve_ftruncate64(struct call *c)
{
	return resize(c, c->arg[1] | (uint64_t)c->arg[2] << 32);
}

/* A name that must be there, and of which nothing changes: owners and times are made up. */
int32_t serve_nothing_at(struct call *c)
{
	char plain[PATH_LIMIT + 1];
	int32_t status = name_at(c, (uint32_t)G_AT_FDCWD, c->arg[0], plain), mode;

	if (status)
		return status;
	mode = mode_of(c, plain, true);
	return mode < 0 ? mode : 0;
}

/* ---- the working directory ---- */

static int32_t go_to(struct call *c, char path[PATH_LIMIT])
{
	struct place *p = place_now(c);
	char plain[PATH_LIMIT + 1];
	int32_t mode = mode_of(c, path, true);

	if (mode < 0)
		return mode;
	if (((uint32_t)mode & G_S_IFMT) != G_S_IFDIR)
		return -G_ENOTDIR;
	plain_path(path, plain);
	return place_enter(p, plain) ? 0 : -NO_MEMORY;
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
