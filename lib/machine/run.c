/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * run.c: from one event to the next: what the guest's halts mean (the stop port, asm/boot/host.S).
 * Read next: lib/tracer/tracer.c.
 */
#include <inttypes.h>
#include <string.h>

#include "lib/machine/machine.h"
#include "lib/timing/timing.h"
#include "lib/tracer/tracer.h"
#include "libsysemu/step.h"

/* ---- events ---- */

const char *sysemu_event_name(sysemu_event_kind kind)
{
	static const char *const names[] = {
#define X(name, text) text,
		SYSEMU_EVENT_MAP(X)
#undef X
	};

	return (unsigned)kind < sizeof(names) / sizeof(names[0]) ? names[kind] : NULL;
}

static void fill_event(sysemu_machine *m, sysemu_event_kind kind, uint32_t task, sysemu_event *e)
{
	uint32_t frame = task_frame(m, task);

	*e = (sysemu_event){ .kind = kind, .pid = (int32_t)TASK_FIELD(m, task, pid) };
	e->tif = task_flags(m, task);
	e->orig_eax = (int32_t)FRAME_FIELD(m, frame, orig_eax);
	if (kind == SYSEMU_EVENT_STOP || kind == SYSEMU_EVENT_EXIT || kind == SYSEMU_EVENT_KILLED) {
		e->eip = FRAME_FIELD(m, frame, eip);
		e->eax = FRAME_FIELD(m, frame, eax);
		e->esp = FRAME_FIELD(m, frame, esp);
		e->eflags = task_eflags(m, task);
	} else {
		struct sim_regs regs;

		sim_get_regs(m->sim, &regs);
		e->eip = regs.eip;
		e->eax = regs.eax;
		e->esp = regs.esp;
		e->eflags = regs.eflags;
	}
	fill_counts(m, &e->counts);
	e->clocks = timing_total(m);
}

/*
 * What execve does with a traced program: the first SIGSTOP stop is kill's, in the launch
 * code; the program's own start takes the place of the code behind it, and the page goes.
 */
static void become_program(sysemu_machine *m)
{
	uint32_t frame = task_frame(m, program_task(m));

	clear_registers(m, frame);
	sim_store32(m->sim, frame + m->profile->frame_eip, m->program.layout.entry);
	sim_store32(m->sim, frame + m->profile->frame_esp, m->program.layout.esp);
	sim_unmap(m->sim, m->profile->launch_page, 1);
	m->program.launched = true;
}

static void fault_event(sysemu_machine *m, sysemu_event *e, const char *why)
{
	m->faulted = true;
	fail(m, SYSEMU_OK, "0x%08x: %s", sim_get_eip(m->sim), why);
	fill_event(m, SYSEMU_EVENT_FAULT, running_task(m), e);
}

static void panic_event(sysemu_machine *m, sysemu_event *e)
{
	uint32_t at = sim_get_edx(m->sim), bad;
	char text[64];
	size_t n = 0;

	while (n < sizeof(text) - 1 &&
	       sim_read(m->sim, at + (uint32_t)n, &text[n], 1, &bad) == SIM_OK && text[n])
		n++;
	text[n] = 0;
	fault_event(m, e, text);
}

static void task_event(sysemu_machine *m, uint32_t task, sysemu_event *e)
{
	uint32_t code;

	if (!m->program.launched)
		become_program(m);
	fill_event(m, SYSEMU_EVENT_STOP, task, e);
	code = TASK_FIELD(m, task, exit_code);
	e->status = ((code << 8) | 0x7f) & 0xffff;
}

static void death_event(sysemu_machine *m, uint32_t task, sysemu_event *e)
{
	uint32_t code = TASK_FIELD(m, task, exit_code);

	fill_event(m, code & 0x7f ? SYSEMU_EVENT_KILLED : SYSEMU_EVENT_EXIT, task, e);
	e->status = code & 0xffff;
}

static void halt_event(sysemu_machine *m, sysemu_event *e)
{
	const struct profile *p = m->profile;
	uint32_t reason;

	if (m->spaces && m->spaces->choices.asked) {
		if (m->spaces->choices.nonsense)
			fault_event(m, e, "the chooser has named an option that there is not");
		else
			fill_event(m, SYSEMU_EVENT_CHOICE, running_task(m), e);
		return;
	}
	if (sim_get_eip(m->sim) != m->profile->stop_port + 1) {
		fault_event(m, e, "the kernel halted outside its stop port");
		return;
	}
	reason = sim_get_eax(m->sim);
	if (reason == p->stop_task) {
		task_event(m, sim_get_edx(m->sim), e);
	} else if (reason == p->stop_dead) {
		death_event(m, sim_get_edx(m->sim), e);
	} else if (reason == p->stop_panic) {
		panic_event(m, e);
	} else if (reason == p->stop_idle && m->spaces) {
		fill_event(m, SYSEMU_EVENT_DEADLOCK, running_task(m), e);
	} else if (reason == p->stop_idle) { /* a signal or a resume can still mend it */
		fault_event(m, e, "no task can run: each one waits, is stopped or has ended");
		m->faulted = false;
	} else if (reason == p->stop_host && m->spaces) {
		fault_event(m, e,
			    "this host has no memory, or no descriptor, for what a program asks");
	} else if (reason == p->stop_space && m->spaces) {
		fault_event(
			m, e,
			"the address space that is to run does not exist, or there is no memory for it");
	} else {
		fault_event(m, e, "the kernel halted for no known reason");
	}
}

static sysemu_status may_run(sysemu_machine *m)
{
	if (!m->program.loaded)
		return fail(m, SYSEMU_ESTATE, "no program is loaded");
	if (m->faulted)
		return fail(m, SYSEMU_ESTATE, "the machine had a fault: restore a snapshot");
	/* A task that is about to stop has its state already while the CPU still runs it. */
	if (can_run(m) || sim_get_eip(m->sim) != m->profile->stop_port + 1)
		return SYSEMU_OK;
	if (TASK_FIELD(m, m->focus, state) >= m->profile->state_zombie)
		return fail(m, SYSEMU_ESTATE, "the program has ended");
	return fail(m, SYSEMU_ESTATE,
		    m->spaces && sim_get_eax(m->sim) == m->profile->stop_idle ?
			    "all tasks wait, and no timer runs: a signal could wake one" :
			    "the program is stopped: answer it with a resume request first");
}

bool sysemu_can_run(const sysemu_machine *m)
{
	return m && m->program.loaded && !m->faulted && can_run(m);
}

/* The interrupt that somebody outside has sent arrives when the task is back in user mode. */
static void take_interrupt(sysemu_machine *m)
{
	if (m->cpu.interrupt && sim_cpl(m->sim) == 3 &&
	    sim_interrupt(m->sim, m->profile->reschedule_vector))
		m->cpu.interrupt = false;
}

/* Runs until something happens, at most so many instructions or up to that moment. */
static enum sim_stop run_sim(sysemu_machine *m, uint64_t max_insns, uint64_t moment)
{
	enum sim_stop stop;

	if (m->exact)
		sim_exact_until(m->sim, moment,
				max_insns ? machine_insns(m) + max_insns : UINT64_MAX);
	m->inside = true; /* on_insn, on_price */
	stop = sim_run(m->sim, m->exact ? 0 : max_insns);
	m->inside = false;
	return stop;
}

/* With processes the run goes on behind what is no event: the host's answers, ticks. */
static enum sim_stop run_on(sysemu_machine *m, uint64_t max_insns, uint64_t moment)
{
	uint64_t begin = machine_insns(m), ran, left;
	enum sim_stop stop;

	if (!m->spaces)
		return run_sim(m, max_insns, moment);
	for (;;) {
		ran = machine_insns(m) - begin;
		if ((max_insns && ran >= max_insns) || sim_moment(m->sim) >= moment)
			return SIM_BUDGET;
		if (!choices_settle(m))
			return SIM_HALT;
		left = process_budget(m, max_insns ? max_insns - ran : 0);
		if (sim_moment(m->sim) >= moment)
			return SIM_BUDGET; /* behind a tick, in its handler */
		sim_single(m->sim, choices_step(m, &left));
		stop = run_sim(m, left, moment);
		m->spaces->choices.passed = false;
		if (stop == SIM_BREAK && tracepoints_met(m))
			continue;
		if (stop == SIM_HALT && (sim_get_eip(m->sim) != m->profile->stop_port + 1 ||
					 !process_halt(m, sim_get_eax(m->sim))))
			return stop;
		if (stop != SIM_HALT && stop != SIM_BUDGET)
			return stop;
	}
}

/* The tracer's call, which is no event of the program and not in the log before it ends. */
static sysemu_status run_call(sysemu_machine *m, uint64_t max_insns, uint64_t moment,
			      sysemu_event *out)
{
	uint32_t tracer =
		sim_load32(m->sim, m->profile->tracer_stack + m->profile->thread_info_task);
	sysemu_status status;
	enum sim_stop stop;
	int32_t result;

	do
		stop = run_sim(m, max_insns, moment);
	while (tracer_goes_on(m, stop));
	if (!tracer_at_end(stop)) {
		fill_event(m, stop == SIM_BREAK ? SYSEMU_EVENT_BREAK : SYSEMU_EVENT_LIMIT, tracer,
			   out);
		return SYSEMU_OK;
	}
	status = tracer_end(m, stop, &result);
	if (status)
		return status;
	fill_event(m, SYSEMU_EVENT_RETURN, tracer, out);
	out->eax = (uint32_t)result;
	return SYSEMU_OK;
}

static sysemu_status run(sysemu_machine *m, uint64_t max_insns, uint64_t moment, sysemu_event *out)
{
	sysemu_log_entry entry = { .kind = SYSEMU_LOG_EVENT };
	sysemu_event *e = &entry.event;
	sysemu_status status;

	if (m->cpu.calls)
		return run_call(m, max_insns, moment, out);
	status = may_run(m);
	if (status)
		return status;
	take_interrupt(m);
	lacked_memory(m); /* before */
	switch (run_on(m, max_insns, moment)) {
	case SIM_HALT: halt_event(m, e); break;
	case SIM_BUDGET: fill_event(m, SYSEMU_EVENT_LIMIT, running_task(m), e); break;
	case SIM_BREAK: fill_event(m, SYSEMU_EVENT_BREAK, running_task(m), e); break;
	case SIM_SHUTDOWN:
	case SIM_BROKEN: fault_event(m, e, sim_why(m->sim)); break;
	}
	m->focus = find_task(m, e->pid);
	log_add(m, &entry);
	*out = *e;
	return SYSEMU_OK;
}

sysemu_status sysemu_run(sysemu_machine *m, uint64_t max_insns, sysemu_event *out)
{
	REQUIRE(m, out);
	REQUIRE_OUTSIDE(m);
	if (max_insns && m->config.counting == SYSEMU_COUNT_NONE)
		return fail(m, SYSEMU_EINVAL,
			    "max_insns %" PRIu64 ": nobody counts them since SYSEMU_COUNT_NONE",
			    max_insns);
	return run(m, max_insns, UINT64_MAX, out);
}

sysemu_status sysemu_run_until(sysemu_machine *m, uint64_t moment, sysemu_event *out)
{
	REQUIRE(m, out);
	REQUIRE_OUTSIDE(m);
	if (!m->exact)
		return fail(m, SYSEMU_ESTATE, "moments are for exact runs (sysemu_set_exact)");
	if (moment <= sim_moment(m->sim))
		return fail(m, SYSEMU_EINVAL, "moment %" PRIu64 " is not later than now, %" PRIu64,
			    moment, sim_moment(m->sim));
	return run(m, 0, moment, out);
}
