/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * requests.c: `--requests R1,R2,…`: which request answers which stop, and the
 * signal that goes with it. Used by trace.c and count.c.
 */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "cli/cli.h"

#define SIGNAL_TRAP 5

/* Of all requests those that answer a stop and let the program go on. */
static const int resumes[] = {
	SYSEMU_PTRACE_SYSEMU,     SYSEMU_PTRACE_SYSCALL,
	SYSEMU_PTRACE_SINGLESTEP, SYSEMU_PTRACE_SYSEMU_SINGLESTEP,
	SYSEMU_PTRACE_CONT,       SYSEMU_PTRACE_DETACH,
	SYSEMU_PTRACE_KILL,
};
#define RESUMES (sizeof(resumes) / sizeof(resumes[0]))

static bool no_such_request(const char *name, struct cli_why *why)
{
	size_t used = (size_t)snprintf(why->text, sizeof(why->text),
				       "\"%.40s\" is no request; there are", name);

	for (size_t i = 0; i < RESUMES; i++)
		used += (size_t)snprintf(why->text + used, sizeof(why->text) - used, " %s",
					 sysemu_request_name(resumes[i]));
	snprintf(why->text + used, sizeof(why->text) - used, "; with a signal: CONT:SEGV");
	return false;
}

/* "SYSEMU", "cont:SEGV" */
static bool parse_request(char *text, struct cli_request *out, struct cli_why *why)
{
	char *colon = strchr(text, ':');

	if (colon)
		*colon = '\0';
	for (size_t i = 0; i < RESUMES; i++) {
		if (strcasecmp(sysemu_request_name(resumes[i]), text) != 0)
			continue;
		*out = (struct cli_request){ .number = resumes[i], .has_signal = colon != NULL };
		return !colon || cli_signal_number(colon + 1, UINT32_MAX, &out->signal, why);
	}
	return no_such_request(text, why);
}

static bool take_requests(const struct cli_option *o, const char *value, void *field,
			  struct cli_why *why)
{
	struct cli_requests *requests = field;

	(void)o;
	requests->n = 0;
	for (const char *at = value;; at++) {
		size_t length = strcspn(at, ",");
		char text[48];

		if (requests->n == CLI_REQUESTS_MAX)
			return cli_refuse(why, "more than %d requests", CLI_REQUESTS_MAX);
		snprintf(text, sizeof(text), "%.*s", (int)length, at);
		if (length >= sizeof(text))
			return no_such_request(text, why);
		if (!parse_request(text, &requests->list[requests->n], why))
			return false;
		requests->n++;
		at += length;
		if (!*at)
			return true;
	}
}

static const char *offer_request(const struct cli_option *o, size_t index)
{
	(void)o;
	return index < RESUMES ? sysemu_request_name(resumes[index]) : NULL;
}

const struct cli_type cli_requests = { "requests", take_requests, offer_request };

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
