/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * requests.c: `--requests R1,R2,…`: which request answers which stop, and the
 * signal that goes with it. Used by trace.c and count.c.
 */
#include <inttypes.h>
#include <string.h>

#include "cli.h"

#define SIGNAL_TRAP 5

/* Of all requests those that answer a stop and let the program go on. */
static bool is_resume(int request)
{
	switch (request) {
	case SYSEMU_PTRACE_CONT:
	case SYSEMU_PTRACE_KILL:
	case SYSEMU_PTRACE_SINGLESTEP:
	case SYSEMU_PTRACE_DETACH:
	case SYSEMU_PTRACE_SYSCALL:
	case SYSEMU_PTRACE_SYSEMU:
	case SYSEMU_PTRACE_SYSEMU_SINGLESTEP: return true;
	}
	return false;
}

/* "SYSEMU" or "CONT:SEGV", `length` characters. */
static bool parse_request(const char *text, size_t length, struct cli_request *out)
{
	const char *colon = memchr(text, ':', length);
	size_t name_length = colon ? (size_t)(colon - text) : length;
	char name[32];

	if (name_length >= sizeof(name))
		return false;
	memcpy(name, text, name_length);
	name[name_length] = '\0';
	*out = (struct cli_request){ .number = sysemu_request_number(name),
				     .has_signal = colon != NULL };
	if (!is_resume(out->number))
		return false;
	return !colon || cli_signal_number(colon + 1, length - name_length - 1, &out->signal);
}

bool cli_take_requests(const char *value, void *field)
{
	struct cli_requests *requests = field;

	requests->n = 0;
	for (const char *at = value;; at++) {
		size_t length = strcspn(at, ",");

		if (requests->n == CLI_REQUESTS_MAX ||
		    !parse_request(at, length, &requests->list[requests->n]))
			return false;
		requests->n++;
		at += length;
		if (!*at)
			return true;
	}
}

const struct cli_request *cli_request_for(const struct cli_requests *requests, uint64_t stop)
{
	return &requests->list[stop < requests->n ? stop : requests->n - 1];
}

uint32_t cli_request_signal(const struct cli_request *r, const sysemu_event *e, uint64_t stop)
{
	unsigned signal = cli_stop_signal(e);

	if (r->has_signal)
		return r->signal;
	return stop == 0 || signal == SIGNAL_TRAP ? 0 : signal;
}

const char *cli_request_text(const struct cli_request *r, char *buf, size_t size)
{
	int n = snprintf(buf, size, "%s", sysemu_request_name(r->number));

	if (r->has_signal && n >= 0 && (size_t)n < size)
		snprintf(buf + n, size - (size_t)n, ":%" PRIu32, r->signal);
	return buf;
}
