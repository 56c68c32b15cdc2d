/* SPDX-License-Identifier: GPL-2.0-only */
/* place.c: where the tracer finds its task in a kernel whose entry is in C: at a call's entry, its exit, a signal. */
#include "lib/choice/explore.h"

/* C functions call each other, and leave addresses on the stack: so the place of a stop is what was passed
 * last on the way to it. */
sysemu_status place_breaks(struct world *w)
{
	sysemu_status status;

	w->at = (struct play_watch){ .m = w->m };
	status = play_modern_places(&w->at);
	if (!status)
		status = sysemu_break_set(w->m, w->at.resume);
	if (!status && !w->at.trace)
		return sysemu_break_set(w->m, w->at.notify);
	if (!status)
		status = sysemu_break_set(w->m, w->at.trace);
	return status ? status : sysemu_break_set(w->m, w->at.trace_exit);
}

/* A breakpoint that tells where a stop will be. */
bool place_passed(struct world *w, const sysemu_event *e)
{
	sysemu_regs cpu;

	if (!w->modern)
		return false;
	if (e->eip == w->at.resume) {
		w->place = SYSEMU_NODE_SIGNAL;
	} else if (w->at.trace && e->eip == w->at.trace) {
		w->place = SYSEMU_NODE_ENTRY;
	} else if (w->at.trace && e->eip == w->at.trace_exit) {
		w->place = SYSEMU_NODE_EXIT;
	} else if (!w->at.trace && e->eip == w->at.notify &&
		   sysemu_get_cpu(w->m, &cpu) == SYSEMU_OK) {
		sysemu_place side = play_side(cpu.edx);

		w->place = side == SYSEMU_PLACE_ENTRY ? SYSEMU_NODE_ENTRY :
			   side == SYSEMU_PLACE_EXIT  ? SYSEMU_NODE_EXIT :
							SYSEMU_NODE_OTHER;
	} else {
		return false;
	}
	return true;
}

/* A stop in the loop of the one before it passes nothing. */
uint8_t place_before(const sysemu_node *from)
{
	uint8_t place = from->field[SYSEMU_FIELD_PLACE];

	return place == SYSEMU_NODE_HOME  ? SYSEMU_NODE_OTHER :
	       place == SYSEMU_NODE_GROUP ? SYSEMU_NODE_SIGNAL :
					    place;
}
