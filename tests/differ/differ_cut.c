/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * differ_cut.c: up to which event two players' cases can be compared, and what is compared as one number: worker.c
 * has it, too, so that a long line carries a number a case. See differ_play.h.
 */
#include "tests/differ/differ_play.h"

/* In the middle of the vsyscall page's int $0x80, where a tracer that forges a restart can lead it: what
 * comes then is up to the bytes of the page before, which are not the host's. */
static bool is_off_the_page(const struct differ_event *e)
{
	return e->eip == DIFFER_BEHIND_SYSENTER - 1;
}

/* A call to be restarted that there was not: eip goes into the middle of an instruction, and what is executed
 * then reads addresses that a 64-bit kernel's 32-bit program has and ours has not. */
static bool forges_a_restart(const struct differ_event *e, const struct differ_stop *s,
			     bool *forged)
{
	int32_t eax = (int32_t)(s->set & SET_EAX ? s->eax : e->eax);

	*forged = (e->orig_eax == UINT32_MAX) ? (s->set & SET_ORIG_EAX) != 0 : *forged;
	return *forged && eax >= -514 && eax <= -512;
}

uint32_t differ_comparable(const struct differ_case *c, const struct differ_seen *seen)
{
	const struct differ_event start = { .orig_eax = UINT32_MAX };
	bool forged = false;

	if (forges_a_restart(&start, &c->stops[0], &forged))
		return 0;
	for (uint32_t i = 0; i < seen->n; i++)
		if (is_off_the_page(&seen->events[i]) ||
		    (i + 1 < c->n_stops &&
		     forges_a_restart(&seen->events[i], &c->stops[i + 1], &forged)))
			return i + 1;
	return seen->n;
}

uint64_t differ_digest(const struct differ_case *c, const struct differ_seen *seen)
{
	uint32_t n = differ_comparable(c, seen);
	const uint8_t *bytes = (const uint8_t *)seen->events;
	uint64_t digest = 0xcbf29ce484222325u + n; /* FNV-1a */

	for (size_t i = 0; i < n * sizeof(seen->events[0]); i++)
		digest = (digest ^ bytes[i]) * 0x100000001b3u;
	return digest;
}
