/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * window.h: where a planted kernel gives way inside a call, if another is chosen there; without a
 * chooser nobody is, but by a tick.
 */
#ifndef TESTS_SCHEDULE_PLANTS_WINDOW_H
#define TESTS_SCHEDULE_PLANTS_WINDOW_H

#include "process/process.h"

static inline void window(void)
{
	if (test_thread_flag(_TIF_NEED_RESCHED))
		schedule();
}

#endif
