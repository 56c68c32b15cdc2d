/* SPDX-License-Identifier: GPL-2.0-only */
/* utf8.h: text that a strict format (JSON, XML) can carry. Implemented by utf8.c. */
#ifndef CLI_UTF8_H
#define CLI_UTF8_H

#include <stddef.h>

/* The length of the well-formed UTF-8 sequence at `s`, 0 if there is none or it is a control
 * character: overlong forms, surrogates and what lies above U+10FFFF are not well-formed
 * (RFC 3629). */
size_t cli_utf8_length(const unsigned char *s);

#endif
