/* SPDX-License-Identifier: GPL-2.0-only */
/* error.c: statuses, and the sentence that goes with one. */
#include <stdarg.h>
#include <stdio.h>

#include "lib/guest/guest.h"

static _Thread_local char no_machines_error[256];

sysemu_status fail(sysemu_machine *m, sysemu_status status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(m ? m->error : no_machines_error, sizeof(m->error), format, args);
	va_end(args);
	return status;
}

bool is_inside(const sysemu_machine *m)
{
	return m->inside;
}

bool lacked_memory(sysemu_machine *m)
{
	bool lacked = sim_lacked_memory(m->sim) || m->shortage;

	m->shortage = false;
	return lacked;
}

const char *sysemu_errmsg(const sysemu_machine *m)
{
	return m ? m->error : no_machines_error;
}

const char *sysemu_strstatus(sysemu_status status)
{
	switch (status) {
#define X(value, name, text) \
	case SYSEMU_##name: return text;
		SYSEMU_STATUS_MAP(X)
#undef X
	}
	return "unknown status";
}
