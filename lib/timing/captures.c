/* SPDX-License-Identifier: GPL-2.0-only */
/* captures.c: sim/captures/captures.c in the words of the public header. */
#include <string.h>

#include "lib/timing/timing.h"
#include "sim/captures/captures.h"

static_assert(SYSEMU_CAPTURE_FORMS == SIM_CAPTURE_FORMS, "as many forms as there can be");

struct relay {
	sysemu_capture_fn fn;
	void *user;
};

static void hand_on(void *user, const struct sim_capture *from)
{
	const struct relay *relay = user;
	sysemu_capture to = {
		.index = from->index,
		.bytes = from->bytes,
		.size = from->size,
		.faulting = from->faulting,
		.measured = from->measured,
		.modelled = from->modelled,
		.bus_order_exact = from->bus_order,
		.bus_measured = from->bus_measured,
		.bus_modelled = from->bus_modelled,
		.difference = from->difference,
	};
	size_t n = from->name_size < sizeof(to.name) ? from->name_size : sizeof(to.name) - 1;

	memcpy(to.name, from->name, n);
	to.name[n] = '\0';
	relay->fn(relay->user, &to);
}

static sysemu_accuracy accuracy(const struct sim_accuracy *from)
{
	return (sysemu_accuracy){
		.tests = from->tests,
		.exact = from->exact,
		.max_error = from->max_error,
		.mae = sim_accuracy_mae(from),
		.bus_order_exact = from->tests ? (double)from->bus_order / from->tests : 0,
	};
}

sysemu_status sysemu_timing_captures(const void *moo, size_t size, const char *timing,
				     sysemu_capture_fn fn, void *user, sysemu_captures *out)
{
	struct relay relay = { fn, user };
	struct sim_captures captures;
	struct sim_error err;
	enum sim_status status;

	REQUIRE_ARGUMENT(NULL, moo);
	REQUIRE_ARGUMENT(NULL, timing);
	REQUIRE_ARGUMENT(NULL, out);
	status = sim_captures_replay(moo, size, timing, fn ? hand_on : NULL, &relay, &captures,
				     &err);
	if (status != SIM_OK)
		return fail(NULL,
			    status == SIM_EINVAL ? SYSEMU_EINVAL :
			    status == SIM_ELOAD  ? SYSEMU_ELOAD :
			    status == SIM_ENOMEM ? SYSEMU_ENOMEM :
						   SYSEMU_EENGINE,
			    "%s", err.text);
	*out = (sysemu_captures){ .all = accuracy(&captures.all),
				  .faulting = captures.faulting,
				  .differing = captures.differing,
				  .has_bus = captures.has_bus,
				  .forms = captures.nforms };
	for (unsigned i = 0; i < captures.nforms; i++) {
		out->form[i].name = captures.form[i].name;
		out->form[i].accuracy = accuracy(&captures.form[i].accuracy);
	}
	return SYSEMU_OK;
}
