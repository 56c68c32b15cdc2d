/* SPDX-License-Identifier: GPL-2.0-only */
/* gdb.c: see gdb.h. The protocol runs over qemu's stdin and stdout, which are a socket. */
#include "tests/oracle/gdb.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define QEMU   "qemu-system-i386"
#define PACKET 4096 /* the most that qemu takes, and more than it sends */
#define CHUNK  2000 /* bytes of memory in one packet, two digits each */

struct gdb {
	pid_t pid;
	int fd;
	size_t have, next; /* of `in`: received, and used up */
	char in[PACKET], out[PACKET + 10], reply[PACKET];
	char *text; /* in `out`, behind +$ */
	char version[100];
};

/* ---- packets: $text#checksum, answered by + ---- */

static bool get_byte(struct gdb *g, char *c)
{
	if (g->next == g->have) {
		ssize_t n = recv(g->fd, g->in, sizeof(g->in), 0);

		if (n <= 0)
			return false;
		g->have = (size_t)n;
		g->next = 0;
	}
	*c = g->in[g->next++];
	return true;
}

static bool receive(struct gdb *g)
{
	size_t n = 0;
	char c;

	do {
		if (!get_byte(g, &c))
			return false;
	} while (c != '$');
	while (get_byte(g, &c) && c != '#' && n < sizeof(g->reply) - 1)
		g->reply[n++] = c;
	g->reply[n] = 0;
	/* A local socket loses nothing: the checksum is not looked at. */
	return c == '#' && get_byte(g, &c) && get_byte(g, &c);
}

/* Sends the packet whose text is at g->text. The + that it begins with is for the reply
 * before: on its own it would wake qemu once more. */
static bool ask(struct gdb *g)
{
	size_t n = strlen(g->text);
	unsigned sum = 0;

	g->out[0] = '+';
	g->out[1] = '$';
	for (size_t i = 0; i < n; i++)
		sum += (unsigned char)g->text[i];
	snprintf(g->text + n, 4, "#%02x", sum & 0xff);
	return send(g->fd, g->out, n + 5, MSG_NOSIGNAL) == (ssize_t)n + 5 && receive(g);
}

static bool ask_text(struct gdb *g, const char *text)
{
	snprintf(g->text, PACKET, "%s", text);
	return ask(g);
}

static bool accepted(const struct gdb *g)
{
	return strcmp(g->reply, "OK") == 0;
}

static unsigned digit(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static bool get_hex(const char *text, void *bytes, size_t size)
{
	uint8_t *out = bytes;

	if (strlen(text) < 2 * size)
		return false;
	for (size_t i = 0; i < size; i++)
		out[i] = (uint8_t)(digit(text[2 * i]) << 4 | digit(text[2 * i + 1]));
	return true;
}

static void put_hex(char *text, const void *bytes, size_t size)
{
	const uint8_t *in = bytes;

	for (size_t i = 0; i < size; i++) {
		text[2 * i] = "0123456789abcdef"[in[i] >> 4];
		text[2 * i + 1] = "0123456789abcdef"[in[i] & 15];
	}
	text[2 * size] = 0;
}

/* ---- registers, memory, steps ---- */

bool gdb_get_regs(struct gdb *g, struct gdb_regs *out)
{
	static_assert(sizeof(*out) == 4 * GDB_REGS, "the protocol's registers");
	return ask_text(g, "g") && get_hex(g->reply, out, sizeof(*out));
}

bool gdb_get_reg(struct gdb *g, unsigned number, uint32_t *out)
{
	snprintf(g->text, PACKET, "p%x", number);
	return ask(g) && get_hex(g->reply, out, 4);
}

bool gdb_set_reg(struct gdb *g, unsigned number, uint32_t value)
{
	char hex[9];

	put_hex(hex, &value, 4);
	snprintf(g->text, PACKET, "P%x=%s", number, hex);
	return ask(g) && accepted(g);
}

bool gdb_read(struct gdb *g, uint32_t addr, void *buf, size_t size)
{
	uint8_t *to = buf;

	for (size_t n; size > 0; addr += (uint32_t)n, to += n, size -= n) {
		n = size < CHUNK ? size : CHUNK;
		snprintf(g->text, PACKET, "m%x,%zx", addr, n);
		if (!ask(g) || !get_hex(g->reply, to, n))
			return false;
	}
	return true;
}

bool gdb_write(struct gdb *g, uint32_t addr, const void *buf, size_t size)
{
	const uint8_t *from = buf;

	for (size_t n; size > 0; addr += (uint32_t)n, from += n, size -= n) {
		int head;

		n = size < CHUNK ? size : CHUNK;
		head = snprintf(g->text, 30, "M%x,%zx:", addr, n);
		put_hex(g->text + head, from, n);
		if (!ask(g) || !accepted(g))
			return false;
	}
	return true;
}

bool gdb_step(struct gdb *g)
{
	return ask_text(g, "s") && g->reply[0] == 'T';
}

/* ---- the process ---- */

static void become_qemu(int fd, unsigned megabytes, pid_t parent)
{
	char size[20];

	/* Whatever becomes of the test, no qemu outlives it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	snprintf(size, sizeof(size), "%u", megabytes);
	dup2(fd, 0);
	dup2(fd, 1);
	execlp(QEMU, QEMU, "-accel", "tcg", "-M", "pc", "-cpu", "qemu32", "-m", size, "-S", "-gdb",
	       "stdio", "-nodefaults", "-display", "none", "-monitor", "none", "-serial", "none",
	       "-no-reboot", (char *)NULL);
	_exit(127);
}

static void find_version(struct gdb *g)
{
	FILE *f = popen(QEMU " --version 2>&1", "r");

	if (!f || !fgets(g->version, sizeof(g->version), f))
		g->version[0] = 0;
	g->version[strcspn(g->version, "\n")] = 0;
	if (f)
		pclose(f);
}

struct gdb *gdb_start(unsigned megabytes, const char **why)
{
	struct gdb *g = calloc(1, sizeof(*g));
	pid_t parent = getpid();
	int pair[2];

	*why = "no socket";
	if (g)
		g->text = g->out + 2;
	if (!g || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) {
		free(g);
		return NULL;
	}
	g->pid = fork();
	if (g->pid == 0)
		become_qemu(pair[1], megabytes, parent);
	close(pair[1]);
	g->fd = pair[0];
	/* Registers can be written one by one only behind a look at their description. */
	if (g->pid < 0 || !ask_text(g, "qSupported:xmlRegisters=i386") ||
	    !ask_text(g, "qXfer:features:read:target.xml:0,ffb") || g->reply[0] != 'l') {
		*why = "no " QEMU " that starts here";
		gdb_end(g);
		return NULL;
	}
	find_version(g);
	return g;
}

const char *gdb_version(struct gdb *g)
{
	return g->version;
}

void gdb_end(struct gdb *g)
{
	if (!g)
		return;
	close(g->fd);
	if (g->pid > 0) {
		kill(g->pid, SIGKILL);
		waitpid(g->pid, NULL, 0);
	}
	free(g);
}
