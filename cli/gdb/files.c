/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * files.c: vFile: the client's file operations. There are two files, the program and the kernel with
 * its lines; no name leads to another, whatever it is.
 */
#include <string.h>

#include "cli/gdb/server.h"

enum { EBADF_ = 9, EINVAL_ = 22, ENOENT_ = 2, PROGRAM_FD = 3, KERNEL_FD = 4 };

#define STAT_SIZE 64 /* the protocol's own struct stat, big-endian */

static bool refuse(struct gdb_server *s, int error)
{
	packet_put(&s->out, "F-1,%x", error);
	return true;
}

static const struct gdb_file *file_of(const struct gdb_server *s, uint64_t fd)
{
	const struct gdb_file *f = fd == PROGRAM_FD ? &s->program :
				   fd == KERNEL_FD  ? &s->kernel :
						      NULL;

	return f && f->name ? f : NULL;
}

static bool is_named(const struct gdb_file *f, const char *name)
{
	return f->name && strcmp(f->name, name) == 0;
}

static bool open_file(struct gdb_server *s, const char *at)
{
	size_t n = strcspn(at, ",") / 2;
	char name[4096];

	if (n >= sizeof(name) || !packet_take_bytes(&at, name, n))
		return false;
	name[n] = '\0';
	if (is_named(&s->program, name))
		packet_put(&s->out, "F%x", PROGRAM_FD);
	else if (is_named(&s->kernel, name))
		packet_put(&s->out, "F%x", KERNEL_FD);
	else
		return refuse(s, ENOENT_);
	return true;
}

static bool read_file(struct gdb_server *s, const char *at)
{
	const struct gdb_file *f;
	uint64_t fd, count, offset;
	char head[32];
	size_t n;

	if (!packet_take_number(&at, &fd) || !packet_take_char(&at, ',') ||
	    !packet_take_number(&at, &count) || !packet_take_char(&at, ',') ||
	    !packet_take_number(&at, &offset))
		return false;
	f = file_of(s, fd);
	if (!f)
		return refuse(s, EBADF_);
	if (offset > f->size)
		offset = f->size;
	n = f->size - offset < count ? (size_t)(f->size - offset) : (size_t)count;
	s->out.n = 16; /* more than "F3fff;" takes */
	n = packet_room(&s->out, (const char *)f->data + offset, n);
	s->out.n = 0;
	snprintf(head, sizeof(head), "F%zx;", n);
	packet_put(&s->out, "%s", head);
	packet_binary(&s->out, (const char *)f->data + offset, n);
	return true;
}

static void big_endian(unsigned char *to, uint64_t value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (unsigned char)(value >> 8 * (n - 1 - i));
}

/* st_mode at 8, st_size at 28 (64 bits); the rest is zeros. */
static bool stat_file(struct gdb_server *s, const char *at)
{
	unsigned char st[STAT_SIZE] = { 0 };
	const struct gdb_file *f;
	uint64_t fd;

	if (!packet_take_number(&at, &fd))
		return false;
	f = file_of(s, fd);
	if (!f)
		return refuse(s, EBADF_);
	big_endian(st + 8, 0100444, 4);
	big_endian(st + 28, f->size, 8);
	packet_put(&s->out, "F%x;", STAT_SIZE);
	packet_binary(&s->out, st, sizeof(st));
	return true;
}

bool file_packet(struct gdb_server *s, const char *at)
{
	if (strncmp(at, "setfs:", 6) == 0 || strncmp(at, "close:", 6) == 0)
		packet_put(&s->out, "F0");
	else if (strncmp(at, "open:", 5) == 0)
		return open_file(s, at + 5);
	else if (strncmp(at, "pread:", 6) == 0)
		return read_file(s, at + 6);
	else if (strncmp(at, "fstat:", 6) == 0)
		return stat_file(s, at + 6);
	else if (strncmp(at, "readlink:", 9) == 0)
		return refuse(s, EINVAL_);
	else if (strncmp(at, "pwrite:", 7) == 0 || strncmp(at, "unlink:", 7) == 0)
		return refuse(s, EINVAL_);
	return true;
}
