/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * console.c: bytes that the guest kernel's own write() sends to its console ports: one for
 * standard output, the next for standard error. They go where the server's output goes.
 */
#include "lib/server/private.h"

void console_out(void *machine, uint16_t port, uint32_t value, unsigned size)
{
	sysemu_machine *m = machine;
	const struct sysemu_host *host = m->program.server ? &m->program.server->host : NULL;
	int fd = port - m->profile->console_port + 1;
	uint8_t byte = (uint8_t)value;

	if (host && host->write && size == 1 && (fd == 1 || fd == 2))
		host->write(host->user, fd, &byte, 1);
}
