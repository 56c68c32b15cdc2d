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

/* Where output goes; there is one a process, which outlives the machine. */
static struct outputs {
	int out;
	uint64_t *digest; /* of all of it; NULL: nobody asks */
	bool quiet;
} outputs;

/* FNV-1a over each byte with its descriptor. */
static void digest_output(uint64_t *digest, int fd, const unsigned char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		*digest = (*digest ^ ((unsigned)fd << 8 | bytes[i])) * 1099511628211u;
}

static int32_t host_write(void *user, int fd, const void *buf, uint32_t size)
{
	const struct outputs *to = user;
	ssize_t n = size < IO_MAX ? size : IO_MAX;

	if (!to->quiet)
		n = write(fd == STDOUT_FILENO ? to->out : fd, buf, (size_t)n);
	if (to->digest && n > 0)
		digest_output(to->digest, fd, buf, (size_t)n);
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

static bool set_host(sysemu_machine *m, const char *root, bool terminal)
{
	sysemu_host host = {
		.user = &outputs,
		.read = host_read,
		.write = host_write,
		.note = host_note,
		.root = root,
		.terminal = terminal,
	};

	if (sysemu_set_host(m, &host) == SYSEMU_OK)
		return true;
	cli_fail(m, root ? root : "set_host");
	return false;
}

bool cli_set_host(sysemu_machine *m, const char *root, int out)
{
	outputs = (struct outputs){ .out = out };
	return set_host(m, root, isatty(out) == 1);
}

/* It is no terminal, whatever it is: a schedule is one everywhere. */
bool cli_set_host_digest(sysemu_machine *m, const char *root, uint64_t *digest, bool quiet)
{
	outputs = (struct outputs){ .out = STDOUT_FILENO, .digest = digest, .quiet = quiet };
	return set_host(m, root, false);
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
