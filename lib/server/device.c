/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * device.c: the character devices that every program finds, with a root or without.
 * They are made up, so that nothing of the host shows, and do what null(4), full(4), random(4)
 * and tty(4) say. Descriptors of them: files.c.
 */
#include <string.h>

#include "lib/server/private.h"

/* ---- names ---- */

void plain_path(const char *path, char out[PATH_LIMIT + 1])
{
	size_t n = 0;

	while (*path) {
		size_t length = strcspn(path, "/");

		if (length == 2 && path[0] == '.' && path[1] == '.') {
			while (n > 0 && out[--n] != '/')
				;
		} else if (length > 0 && !(length == 1 && path[0] == '.')) {
			out[n++] = '/';
			memcpy(out + n, path, length);
			n += length;
		}
		path += length + (path[length] == '/');
	}
	out[n] = '\0';
}

/* ---- what is read ---- */

static int32_t read_zeros(struct call *c, void *buf, uint32_t size)
{
	(void)c;
	memset(buf, 0, size);
	return (int32_t)size;
}

static int32_t read_random(struct call *c, void *buf, uint32_t size)
{
	random_fill(c, buf, size);
	return (int32_t)size;
}

static int32_t read_terminal(struct call *c, void *buf, uint32_t size)
{
	return input_read(c->s, buf, size);
}

/* ---- the devices ---- */

static const struct device devices[] = {
	{ .name = "null", .number = 0x103, .sink = SINK_BLIND },
	{ .name = "zero", .number = 0x105, .read = read_zeros, .sink = SINK_BLIND, .memory = true },
	{ .name = "full", .number = 0x107, .read = read_zeros, .sink = SINK_FULL },
	{ .name = "random", .number = 0x108, .read = read_random, .random = true, .no_room = true },
	{ .name = "urandom", .number = 0x109, .read = read_random, .random = true },
	{ .name = "tty", .number = 0x500, .read = read_terminal, .terminal = true },
	{ .name = "ptmx", .number = 0x502, .guest = HOST_PTMX },
	{ .name = "pts/0", .number = 0x8800, .guest = HOST_PTY },
	{ .name = "pts/1", .number = 0x8801, .guest = HOST_PTY + 1 },
	{ .name = "pts/2", .number = 0x8802, .guest = HOST_PTY + 2 },
	{ .name = "pts/3", .number = 0x8803, .guest = HOST_PTY + 3 },
	{ .name = "pts/4", .number = 0x8804, .guest = HOST_PTY + 4 },
	{ .name = "pts/5", .number = 0x8805, .guest = HOST_PTY + 5 },
	{ .name = "pts/6", .number = 0x8806, .guest = HOST_PTY + 6 },
	{ .name = "pts/7", .number = 0x8807, .guest = HOST_PTY + 7 },
};

int32_t device_find(const struct call *c, const char *path, const struct device **out)
{
	char plain[PATH_LIMIT + 1];
	const char *name = plain + sizeof("/dev/") - 1, *behind;

	plain_path(path, plain);
	if (strncmp(plain, "/dev/", sizeof("/dev/") - 1) != 0)
		return -G_ENOENT;
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		size_t length = strlen(devices[i].name);

		behind = name + length;
		if (strncmp(devices[i].name, name, length) != 0 || (*behind && *behind != '/'))
			continue;
		if (devices[i].guest && !c->m->spaces)
			continue;
		if (*behind || path[strlen(path) - 1] == '/')
			return -G_ENOTDIR;
		*out = &devices[i];
		return 0;
	}
	return -G_ENOENT;
}

const struct device *device_of_guest(uint32_t handle)
{
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		if (handle && devices[i].guest == (handle < HOST_PTY ? HOST_PTMX : handle))
			return &devices[i];
	return NULL;
}

/* ---- ioctl: of terminals, and of the source of random bytes ---- */

/* Enough for isatty(): a terminal in its usual cooked mode. */
static int32_t terminal_ioctl(struct call *c)
{
	enum { TCGETS = 0x5401, TERMIOS = 36 };
	const uint32_t with_speeds = 0x802c542a; /* TCGETS2 */
	static const struct {
		uint32_t iflag, oflag, cflag, lflag;
		uint8_t line, cc[19];
		uint32_t speed[2];
	} cooked = {
		.iflag = 0x500,
		.oflag = 0x5,
		.cflag = 0xbf,
		.lflag = 0x8a3b,
		.cc = { 3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22 },
		.speed = { 38400, 38400 },
	};

	static_assert(sizeof(cooked) == TERMIOS + 8, "struct termios2 of i386");
	if (c->arg[1] != TCGETS && c->arg[1] != with_speeds)
		return -G_ENOTTY;
	return user_put(c, c->arg[2], &cooked, c->arg[1] == TCGETS ? TERMIOS : sizeof(cooked));
}

static int32_t random_ioctl(struct call *c)
{
	const uint32_t get_entropy = 0x80045200, bits = 4096;

	if (c->arg[1] != get_entropy)
		return -EINVAL;
	return user_put(c, c->arg[2], &bits, sizeof(bits));
}

int32_t serve_ioctl(struct call *c)
{
	struct descriptor *d = descriptor_get(c, c->arg[0]);

	if (!d)
		return -G_EBADF;
	if (is_terminal(c, d))
		return terminal_ioctl(c);
	return d->kind == FD_DEVICE && d->device->random ? random_ioctl(c) : -G_ENOTTY;
}
