/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * between.h: a number within bounds. cmocka has this too, but under one name before 2.0 and
 * under others since.
 */
#ifndef TESTS_BETWEEN_H
#define TESTS_BETWEEN_H

#define assert_between(value, least, most)                                                   \
	do {                                                                                 \
		long long between_value = (long long)(value);                                \
		long long between_least = (least), between_most = (most);                    \
                                                                                             \
		if (between_value < between_least || between_value > between_most)           \
			fail_msg("%s is %lld, not from %lld to %lld", #value, between_value, \
				 between_least, between_most);                               \
	} while (0)

#endif
