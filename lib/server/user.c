/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * user.c: the program's memory as one of its calls may touch it: below
 * PAGE_OFFSET, not in the tracer's window, and with the page's protection honoured,
 * which sysemu_read and sysemu_write do not do. And the tracer's window, for requests.
 */
#include <string.h>

#include "lib/server/private.h"

static bool in_reach(const struct call *c, uint32_t addr)
{
	return addr < c->m->profile->task_size &&
	       addr - c->m->profile->tracer_window >= c->m->profile->tracer_window_size;
}

uint32_t user_span(struct call *c, uint32_t addr, uint32_t size, bool write)
{
	uint32_t done = 0;

	while (done < size && in_reach(c, addr + done)) {
		uint32_t page_left = PAGE_SIZE - (addr + done) % PAGE_SIZE;

		if (sysemu_page_prot(c->m, addr + done) < (write ? 3 : 1))
			break;
		done += page_left < size - done ? page_left : size - done;
	}
	return done;
}

int32_t user_get(struct call *c, uint32_t addr, void *buf, uint32_t size)
{
	if (user_span(c, addr, size, false) < size || sysemu_read(c->m, addr, buf, size))
		return -EFAULT;
	return 0;
}

int32_t user_put(struct call *c, uint32_t addr, const void *buf, uint32_t size)
{
	if (user_span(c, addr, size, true) < size || sysemu_write(c->m, addr, buf, size))
		return -EFAULT;
	return 0;
}

int32_t user_path(struct call *c, uint32_t addr, char path[PATH_LIMIT])
{
	uint32_t length = user_span(c, addr, PATH_LIMIT, false);

	if (length == 0 || sysemu_read(c->m, addr, path, length))
		return -EFAULT;
	if (memchr(path, '\0', length))
		return 0;
	return length == PATH_LIMIT ? -G_ENAMETOOLONG : -EFAULT;
}

int32_t tracer_request(struct call *c, int request, uint32_t addr, void *data, uint32_t size)
{
	uint32_t at = SYSEMU_WINDOW + SYSEMU_WINDOW_SIZE - size;
	uint8_t kept[REQUEST_MOST];
	int32_t result;

	if (sysemu_read(c->m, at, kept, size) || sysemu_write(c->m, at, data, size) ||
	    sysemu_ptrace(c->m, request, addr, at, &result) || sysemu_read(c->m, at, data, size) ||
	    sysemu_write(c->m, at, kept, size))
		return -EFAULT;
	return result;
}
