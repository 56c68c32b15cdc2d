/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wire.c: whole messages over a socket, for both its ends.
 */
#include "tests/mutation/host.h"

#include <sys/socket.h>

bool host_send(int fd, const void *data, size_t size)
{
	for (size_t at = 0; at < size;) {
		ssize_t n = send(fd, (const char *)data + at, size - at, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

bool host_receive(int fd, void *data, size_t size)
{
	for (size_t at = 0; at < size;) {
		ssize_t n = recv(fd, (char *)data + at, size - at, 0);

		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}
