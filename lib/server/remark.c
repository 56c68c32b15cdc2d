/* SPDX-License-Identifier: GPL-2.0-only */
/* remark.c: what a person is told, each once: private.h lists them. */
#include <stdarg.h>
#include <stdio.h>

#include "lib/server/private.h"

void note_once(struct server *s, unsigned remark, const char *format, ...)
{
	uint8_t *noted = &s->noted[remark / 8], bit = (uint8_t)(1 << remark % 8);
	char text[256];
	va_list args;

	if (*noted & bit)
		return;
	*noted |= bit;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (!s->host.note)
		return;
	*s->inside = true;
	s->host.note(s->host.user, text);
	*s->inside = false;
}
