/* SPDX-License-Identifier: GPL-2.0-only */
/* log.c: the event log: a ring of the latest entries, numbered from the machine's start. */
#include "lib/machine.h"

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

sysemu_status sysemu_log_get(const sysemu_machine *m, uint64_t number, sysemu_log_entry *out)
{
	if (!m || !out)
		return SYSEMU_EINVAL;
	if (number >= m->log_next || m->log_next - number > m->config.log_events)
		return SYSEMU_ENOENT;
	*out = m->log[number % m->config.log_events];
	return SYSEMU_OK;
}
