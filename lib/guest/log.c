/* SPDX-License-Identifier: GPL-2.0-only */
/* log.c: the event log: a ring of the latest entries, numbered from the machine's start. */
#include <inttypes.h>

#include "lib/guest/guest.h"

void log_add(sysemu_machine *m, const sysemu_log_entry *entry)
{
	sysemu_log_entry *slot = &m->log[m->log_next % m->config.log_events];

	*slot = *entry;
	slot->number = m->log_next++;
}

uint64_t sysemu_log_count(const sysemu_machine *m)
{
	return m ? m->log_next : 0;
}

sysemu_status sysemu_log_get(sysemu_machine *m, uint64_t number, sysemu_log_entry *out)
{
	REQUIRE(m, out);
	if (number >= m->log_next)
		return fail(m, SYSEMU_ENOENT, "log entry %" PRIu64 ": there are %" PRIu64 " so far",
			    number, m->log_next);
	if (m->log_next - number > m->config.log_events)
		return fail(m, SYSEMU_ENOENT,
			    "log entry %" PRIu64 " is dropped: the latest %u are kept", number,
			    m->config.log_events);
	*out = m->log[number % m->config.log_events];
	return SYSEMU_OK;
}
