/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * link.c: sockets and pipes. A socket of this machine alone unless asked otherwise: a client can read all of
 * the guest, and stop it for good.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/gdb/server.h"

static int link_read(void *user, void *buf, size_t size, bool wait)
{
	struct link_fds *fds = user;
	struct pollfd ready = { .fd = fds->in, .events = POLLIN };
	ssize_t n;

	if (!wait && poll(&ready, 1, 0) <= 0)
		return -1;
	do
		n = read(fds->in, buf, size);
	while (n < 0 && errno == EINTR);
	return n < 0 ? 0 : (int)n;
}

static bool link_write(void *user, const void *buf, size_t size)
{
	struct link_fds *fds = user;
	const char *bytes = buf;

	while (size) {
		ssize_t n = write(fds->out, bytes, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes += n;
		size -= (size_t)n;
	}
	return true;
}

struct gdb_link gdb_link_of(struct link_fds *fds)
{
	return (struct gdb_link){ link_read, link_write, fds };
}

/* ---- sockets ---- */

/* The path of a unix socket; NULL: it is another address. */
static const char *unix_path(const char *address)
{
	if (strncmp(address, "unix:", 5) == 0)
		return address + 5;
	return strchr(address, '/') ? address : NULL;
}

static int fail(const char *address, int fd)
{
	cli_say("--listen %s: %s", address, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static int listen_unix(const char *address, const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	mode_t mask;
	int bound;

	if (strlen(path) >= sizeof(name.sun_path)) {
		errno = ENAMETOOLONG;
		return fail(address, fd);
	}
	memcpy(name.sun_path, path, strlen(path) + 1);
	mask = umask(077); /* others may not */
	bound = fd < 0 ? -1 : bind(fd, (struct sockaddr *)&name, sizeof(name));
	umask(mask);
	if (bound != 0 || listen(fd, 1) != 0)
		return fail(address, fd);
	cli_say("listens at %s; in gdb: target remote %s", path, path);
	return fd;
}

static bool is_loopback(const struct sockaddr *a)
{
	if (a->sa_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr) >>
			       24 ==
		       127;
	return a->sa_family == AF_INET6 &&
	       IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr);
}

static void say_port(int fd, const char *host)
{
	char port[16];
	union {
		struct sockaddr any;
		struct sockaddr_storage room;
	} name;
	socklen_t size = sizeof(name);

	if (getsockname(fd, &name.any, &size) == 0 &&
	    getnameinfo(&name.any, size, NULL, 0, port, sizeof(port), NI_NUMERICSERV) == 0)
		cli_say("listens at %s:%s; in gdb: target remote %s:%s", host, port, host, port);
}

static int listen_port(const char *address, bool anywhere)
{
	const char *colon = strrchr(address, ':');
	char host[256] = "127.0.0.1";
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM }, *found;
	int one = 1, fd, error;

	if (!colon || (size_t)(colon - address) >= sizeof(host)) {
		cli_say("--listen \"%s\": it is [HOST]:PORT, unix:PATH, or a path with a /",
			address);
		return -1;
	}
	if (colon > address)
		snprintf(host, sizeof(host), "%.*s", (int)(colon - address), address);
	error = getaddrinfo(host, colon + 1, &hints, &found);
	if (error) {
		cli_say("--listen %s: %s", address, gai_strerror(error));
		return -1;
	}
	if (!anywhere && !is_loopback(found->ai_addr)) {
		cli_say("--listen %s: others than this machine could connect; say --anywhere if they may",
			address);
		freeaddrinfo(found);
		return -1;
	}
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
	    bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, 1) != 0) {
		freeaddrinfo(found);
		return fail(address, fd);
	}
	freeaddrinfo(found);
	say_port(fd, host);
	return fd;
}

int gdb_listen(const char *address, bool anywhere)
{
	const char *path = unix_path(address);

	return path ? listen_unix(address, path) : listen_port(address, anywhere);
}

void gdb_unlisten(int listener, const char *address)
{
	const char *path = unix_path(address);

	close(listener);
	if (path)
		unlink(path);
}

int gdb_accept(int listener)
{
	int fd = accept(listener, NULL, NULL);

	if (fd < 0 && errno != EINTR)
		cli_say("accept: %s", strerror(errno));
	if (fd >= 0)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}
