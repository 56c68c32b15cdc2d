/* SPDX-License-Identifier: GPL-2.0-only */
/* watch.c: in place of lib/scenario/watch.c: which stop it is, the running kernel says. */
#include "lib/scenario/play.h"
#include "tests/booted/native.h"

sysemu_status play_watch_start(struct play_watch *w, sysemu_machine *m)
{
	w->m = m;
	native_tell_place(m, &w->place);
	return SYSEMU_OK;
}

void play_watch_stop(struct play_watch *w)
{
	native_tell_place(w->m, NULL);
}
