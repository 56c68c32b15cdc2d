/* SPDX-License-Identifier: GPL-2.0-only */
/* descriptor.c: what a number of the program is open for. */
#include "lib/server/private.h"

struct descriptor *descriptor_get(struct call *c, uint32_t fd)
{
	struct server_state *st = &c->s->st;

	return fd < MAX_FDS && st->fd[fd] ? &st->open[st->fd[fd] - 1] : NULL;
}

void descriptor_drop(struct descriptor *d)
{
	if (d->kind == FD_FILE)
		host_file_unref(d->file);
	*d = (struct descriptor){ .kind = FD_FREE };
}

bool is_directory(const struct descriptor *d)
{
	return d->kind == FD_FILE && (d->file->stat.mode & G_S_IFMT) == G_S_IFDIR;
}

/* Of one that is not open for it, read and write say -EBADF. */
bool may_read(const struct descriptor *d)
{
	if (d->kind == FD_DEVICE)
		return (d->flags & G_O_ACCMODE) == G_O_RDONLY ||
		       (d->flags & G_O_ACCMODE) == G_O_RDWR;
	return d->kind == FD_FILE || d->stream == 0;
}

bool may_write(const struct descriptor *d)
{
	if (d->kind == FD_DEVICE)
		return (d->flags & G_O_ACCMODE) == G_O_WRONLY ||
		       (d->flags & G_O_ACCMODE) == G_O_RDWR;
	return d->kind == FD_STREAM && d->stream != 0;
}

bool is_terminal(const struct call *c, const struct descriptor *d)
{
	return d->kind == FD_DEVICE ? d->device->terminal :
				      d->kind == FD_STREAM && c->s->host.terminal;
}
