/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * serve.c: the outside world of a served program: the command's own standard
 * input and output, and remarks on stderr. Used by run.c and trace.c.
 */
#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

#define IO_MAX 0x7ffff000u /* a result must fit into int32_t: Linux' own limit */

static int32_t host_read(void *user, int fd, void *buf, uint32_t size)
{
	ssize_t n = read(fd, buf, size < IO_MAX ? size : IO_MAX);

	(void)user;
	return n < 0 ? -errno : (int32_t)n;
}

static int32_t host_write(void *user, int fd, const void *buf, uint32_t size)
{
	const int *out = user;
	ssize_t n = write(fd == STDOUT_FILENO ? *out : fd, buf, size < IO_MAX ? size : IO_MAX);

	return n < 0 ? -errno : (int32_t)n;
}

/* Input may be long in coming only from these; a file's is there. */
static bool comes_late(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode);
}

static int32_t host_ready(void *user)
{
	struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };

	(void)user;
	while (poll(&fd, 1, -1) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

static void host_note(void *user, const char *text)
{
	(void)user;
	cli_say("%s", text);
}

bool cli_set_host(sysemu_machine *m, const char *root, int out)
{
	static int output; /* must outlive the machine; there is one a process */
	sysemu_host host = {
		.user = &output,
		.read = host_read,
		.write = host_write,
		.note = host_note,
		.root = root,
		.terminal = isatty(out) == 1,
	};

	output = out;
	if (sysemu_set_host(m, &host) == SYSEMU_OK)
		return true;
	cli_fail(m, root ? root : "set_host");
	return false;
}

bool cli_set_input(sysemu_machine *m)
{
	return !comes_late(STDIN_FILENO) || sysemu_on_input(m, host_ready, NULL) == SYSEMU_OK;
}

bool cli_serve(sysemu_machine *m, int32_t nr, sysemu_served *out)
{
	if (sysemu_serve(m, nr, out) == SYSEMU_OK &&
	    (out->ended || sysemu_set_reg(m, SYSEMU_REG_ORIG_EAX, (uint32_t)-1) == SYSEMU_OK))
		return true;
	cli_fail(m, "serving a call");
	return false;
}
