/* SPDX-License-Identifier: GPL-2.0-only */
/* descriptor.c: what a number of the program is open for. */
#include "lib/server/private.h"

uint32_t fd_limit(const struct call *c)
{
	return c->m->spaces ? MAX_FDS : 64;
}

struct descriptor *descriptor_get(struct call *c, uint32_t fd)
{
	struct server_state *st = &c->s->st;

	/* Pipes and the like are the guest's; it asks about them by handles of its own. */
	if (c->m->spaces && fd >= GUEST_HANDLES) {
		c->guest = (struct descriptor){ .kind = FD_GUEST, .offset = fd };
		return &c->guest;
	}

	return fd < MAX_FDS && st->fd[fd] ? &st->open[st->fd[fd] - 1] : NULL;
}

void descriptor_drop(struct descriptor *d)
{
	if (d->kind == FD_FILE)
		host_file_unref(d->file);
	if (d->kind == FD_OBJECT)
		object_unref(d->object);
	*d = (struct descriptor){ .kind = FD_FREE };
}

bool is_directory(const struct descriptor *d)
{
	return (d->kind == FD_FILE && (d->file->stat.mode & G_S_IFMT) == G_S_IFDIR) ||
	       (d->kind == FD_OBJECT && (d->object->mode & G_S_IFMT) == G_S_IFDIR);
}

const char *descriptor_path(const struct descriptor *d)
{
	return d->kind == FD_OBJECT ? d->object->path : d->file->path;
}

static bool opened_for(const struct descriptor *d, uint32_t mode)
{
	return (d->flags & G_O_ACCMODE) == mode || (d->flags & G_O_ACCMODE) == G_O_RDWR;
}

/* Of one that is not open for it, read and write say -EBADF. */
bool may_read(const struct descriptor *d)
{
	if (d->kind == FD_DEVICE || d->kind == FD_OBJECT)
		return opened_for(d, G_O_RDONLY);
	return d->kind == FD_FILE || (d->kind == FD_STREAM && d->stream == 0);
}

bool may_write(const struct descriptor *d)
{
	if (d->kind == FD_DEVICE || d->kind == FD_OBJECT)
		return opened_for(d, G_O_WRONLY);
	return d->kind == FD_STREAM && d->stream != 0;
}

bool is_terminal(const struct call *c, const struct descriptor *d)
{
	return d->kind == FD_DEVICE ? d->device->terminal :
				      d->kind == FD_STREAM && c->s->host.terminal;
}
