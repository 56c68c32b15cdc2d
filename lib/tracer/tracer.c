/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tracer.c: the tracer's ptrace calls, executed by the guest's own sys_ptrace.
 *
 * The tracer is thought to run on another CPU: the host puts the program's CPU aside, lets
 * the engine make the call on the tracer's kernel stack, and takes the program's CPU back.
 */
#include <string.h>

#include "asm/host.h"
#include "lib/tracer/tracer.h"
#include "libsysemu/step.h"

#define CALL_LIMIT 1000000 /* instructions; a request takes a few hundred */

/* The tracer's stack from its top: the function's address, which tracer_call pops, and then
 * the arguments, where a C function finds them. */
static void enter_tracer(sysemu_machine *m, uint32_t function, const uint32_t args[4])
{
	uint32_t esp = m->profile->tracer_stack + m->profile->thread_size - 32;

	sim_store32(m->sim, esp, function);
	for (unsigned i = 0; i < 4; i++)
		sim_store32(m->sim, esp + 4 + 4 * i, args[i]);
	if (sim_get_eip(m->sim) == m->profile->stop_port + 1 && sim_cpl(m->sim) == 0)
		sim_jump(m->sim, m->profile->tracer_call, esp, X86_EFLAGS_FIXED);
	else
		sim_enter_kernel(m->sim, m->profile->kernel_cs, m->profile->kernel_ds,
				 m->profile->tracer_call, esp, X86_EFLAGS_FIXED);
}

static bool at_stop_port(sysemu_machine *m, enum sim_stop stop)
{
	return stop == SIM_HALT && sim_get_eip(m->sim) == m->profile->stop_port + 1;
}

static bool tracer_returned(sysemu_machine *m, enum sim_stop stop)
{
	return at_stop_port(m, stop) && sim_get_eax(m->sim) == m->profile->stop_return;
}

/* Of all that a guest with processes asks its host for, a tracer's call needs this: the memory of a
 * task that is not in the space at hand. */
static bool answered(sysemu_machine *m, enum sim_stop stop)
{
	uint32_t at = sim_get_edx(m->sim), bad;
	struct host_call call;

	if (!m->spaces || !at_stop_port(m, stop) || sim_get_eax(m->sim) != m->profile->stop_host ||
	    sim_read(m->sim, at, &call, sizeof(call), &bad) != SIM_OK || call.nr != HOST_ACCESS)
		return false;
	m->shortage = false;
	sim_store32(m->sim, at + offsetof(struct host_call, result),
		    (uint32_t)space_access(m, call.arg));
	return !m->shortage;
}

/* Kernel memory that the caller has written to can do all of these. */
static const char *why_not(const sysemu_machine *m, enum sim_stop stop)
{
	switch (stop) {
	case SIM_HALT: return "the kernel halted elsewhere";
	case SIM_BUDGET: return "too many instructions";
	default: return sim_why(m->sim);
	}
}

static sysemu_status begin_call(sysemu_machine *m, uint32_t function, const uint32_t args[4])
{
	if (!m->program.loaded || m->faulted)
		return fail(m, SYSEMU_ESTATE,
			    m->program.loaded ? "the machine had a fault: restore a snapshot" :
						"no program is loaded");
	if (m->cpu.calls)
		return fail(m, SYSEMU_ESTATE, "the tracer's call has not ended: run it first");
	if (function == PROFILE_NONE)
		return fail(m, SYSEMU_ESTATE, "kernel %s has nothing for it: see `sysemu kernels`",
			    m->kernel->name);
	m->shortage = false;
	sim_context_save(m->sim, m->cpu.scratch);
	sim_other_cpu(m->sim);
	enter_tracer(m, function, args);
	return SYSEMU_OK;
}

/* The program's CPU is taken back. */
static sysemu_status end_call(sysemu_machine *m, enum sim_stop stop, int32_t *result)
{
	sysemu_status status = SYSEMU_OK;

	if (tracer_returned(m, stop)) {
		*result = (int32_t)sim_get_edx(m->sim);
	} else {
		m->faulted = true;
		status =
			fail(m, m->shortage ? SYSEMU_ENOMEM : SYSEMU_EENGINE,
			     "the tracer's call did not return: at 0x%08x: %s", sim_get_eip(m->sim),
			     m->shortage ? "no memory for another space" : why_not(m, stop));
	}
	sim_context_restore(m->sim, m->cpu.scratch);
	return status;
}

sysemu_status guest_call(sysemu_machine *m, uint32_t function, const uint32_t args[4],
			 int32_t *result)
{
	sysemu_status status = begin_call(m, function, args);
	enum sim_stop stop;

	if (status)
		return status;
	sim_exact_pause(m->sim, true);
	do {
		m->inside = true; /* on_insn, on_price */
		stop = sim_run_past_breaks(m->sim, CALL_LIMIT);
		m->inside = false;
	} while (answered(m, stop));
	sim_exact_pause(m->sim, false);
	return end_call(m, stop, result);
}

/* Our own kernels open a page that the program may not write, and close it again. */
static bool is_poke(const sysemu_machine *m, int request)
{
	return (request == SYSEMU_PTRACE_POKETEXT || request == SYSEMU_PTRACE_POKEDATA) &&
	       kernel_find(m->kernel->name) == m->kernel;
}

sysemu_status sysemu_ptrace_pid(sysemu_machine *m, int request, int32_t pid, uint32_t addr,
				uint32_t data, int32_t *result)
{
	const uint32_t args[4] = { (uint32_t)request, (uint32_t)pid, addr, data };
	sysemu_log_entry entry = {
		.kind = SYSEMU_LOG_REQUEST, .request = request, .addr = addr, .data = data
	};
	sysemu_status status;
	bool pokes;

	REQUIRE_MACHINE(m);
	REQUIRE_OUTSIDE(m);
	pokes = is_poke(m, request);
	if (pokes)
		sim_poke_begin(m->sim, addr);
	status = guest_call(m, m->profile->sys_ptrace, args, &entry.result);
	if (status)
		return status;
	if (pokes)
		sim_poke_end(m->sim);
	log_add(m, &entry);
	if (result)
		*result = entry.result;
	return SYSEMU_OK;
}

sysemu_status sysemu_ptrace(sysemu_machine *m, int request, uint32_t addr, uint32_t data,
			    int32_t *result)
{
	REQUIRE_MACHINE(m);
	return sysemu_ptrace_pid(m, request, focus_pid(m), addr, data, result);
}

/* ---- a call that is looked at ---- */

sysemu_status sysemu_ptrace_begin(sysemu_machine *m, int request, uint32_t addr, uint32_t data)
{
	sysemu_status status;

	REQUIRE_MACHINE(m);
	REQUIRE_OUTSIDE(m);
	status = begin_call(m, m->profile->sys_ptrace,
			    (uint32_t[4]){ (uint32_t)request, (uint32_t)focus_pid(m), addr, data });
	if (status)
		return status;
	m->cpu.calls = true;
	m->cpu.pokes = is_poke(m, request);
	if (m->cpu.pokes)
		sim_poke_begin(m->sim, addr);
	m->cpu.call = (sysemu_log_entry){
		.kind = SYSEMU_LOG_REQUEST, .request = request, .addr = addr, .data = data
	};
	return SYSEMU_OK;
}

bool tracer_goes_on(sysemu_machine *m, enum sim_stop stop)
{
	return answered(m, stop);
}

bool tracer_at_end(enum sim_stop stop)
{
	return stop != SIM_BREAK && stop != SIM_BUDGET;
}

sysemu_status tracer_end(sysemu_machine *m, enum sim_stop stop, int32_t *result)
{
	sysemu_status status = end_call(m, stop, &m->cpu.call.result);

	m->cpu.calls = false;
	if (status)
		return status;
	if (m->cpu.pokes)
		sim_poke_end(m->sim);
	*result = m->cpu.call.result;
	log_add(m, &m->cpu.call);
	return SYSEMU_OK;
}

/* ---- names ---- */

const char *sysemu_request_name(int request)
{
	switch (request) {
#define X(value, name) \
	case value: return #name;
		SYSEMU_REQUEST_MAP(X)
#undef X
	}
	return NULL;
}

int sysemu_request_number(const char *name)
{
	static const struct {
		int number;
		const char *name;
	} requests[] = {
#define X(value, name) { value, #name },
		SYSEMU_REQUEST_MAP(X)
#undef X
	};

	for (size_t i = 0; name && i < sizeof(requests) / sizeof(requests[0]); i++)
		if (strcmp(requests[i].name, name) == 0)
			return requests[i].number;
	return -1;
}

const char *sysemu_tif_name(unsigned bit)
{
	switch (bit) {
#define X(number, name, text) \
	case number: return text;
		SYSEMU_TIF_MAP(X)
#undef X
	}
	return NULL;
}
