/* SPDX-License-Identifier: GPL-2.0-only */
/* rule.h: for programs that ask for each errno and each word of a call. */
#ifndef TESTS_GUEST_RULES_RULE_H
#define TESTS_GUEST_RULES_RULE_H

#include "../proc/proc.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum { PAGE = 4096 };

/* How late it may be, in nanoseconds: on a real machine (programs_test says so) others may have the processor. */
static inline int64_t late(int64_t ns)
{
	return getenv("REAL_MACHINE") ? INT64_C(300000000000) : ns;
}

/* The last bytes of a page, behind which nothing can be read or written. */
static inline void *at_the_end(unsigned bytes)
{
	static char *page;

	if (!page) {
		page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			    0);
		CHECK(page != MAP_FAILED && !mprotect(page + PAGE, PAGE, PROT_NONE));
	}
	return page + PAGE - bytes;
}

#endif
