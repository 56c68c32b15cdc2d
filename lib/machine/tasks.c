/* SPDX-License-Identifier: GPL-2.0-only */
/* tasks.c: the processes and threads of a machine, as its guest has them. */
#include <string.h>

#include "lib/machine/machine.h"

const char *sysemu_task_state_name(sysemu_task_state state)
{
	static const char *const names[] = { "ready", "waits", "stopped", "traced", "ended" };

	return (unsigned)state < sizeof(names) / sizeof(names[0]) ? names[state] : NULL;
}

sysemu_task_state task_state(const sysemu_machine *m, uint32_t task)
{
	const struct profile *p = m->profile;
	uint32_t state = TASK_FIELD(m, task, state);

	return state == p->state_running ? SYSEMU_TASK_READY :
	       state == p->state_stopped ? SYSEMU_TASK_STOPPED :
	       state == p->state_traced  ? SYSEMU_TASK_TRACED :
	       state >= p->state_zombie  ? SYSEMU_TASK_ENDED :
					   SYSEMU_TASK_WAITS;
}

static int32_t pid_of(sysemu_machine *m, uint32_t task)
{
	return task ? (int32_t)TASK_FIELD(m, task, pid) : 0;
}

static void describe(sysemu_machine *m, uint32_t task, sysemu_process_task *out)
{
	const struct profile *p = m->profile;
	uint32_t frame = task_frame(m, task), bad;

	*out = (sysemu_process_task){
		.pid = pid_of(m, task),
		.process = (int32_t)TASK_FIELD(m, task, tgid),
		.parent = pid_of(m, TASK_FIELD(m, task, real_parent)),
		.state = task_state(m, task),
		.runs = task == running_task(m),
		.tif = task_flags(m, task),
		.pending = machine_load64(m, task + p->task_sigpending) |
			   machine_load64(m, TASK_FIELD(m, task, leader) + p->task_sigshared),
	};
	if (TASK_FIELD(m, task, ptrace) & p->ptrace_traced)
		out->tracer = pid_of(m, TASK_FIELD(m, task, parent));
	/* The slot of one that has ended keeps its frame. */
	out->call = (int32_t)FRAME_FIELD(m, frame, orig_eax);
	out->eip = FRAME_FIELD(m, frame, eip);
	out->esp = FRAME_FIELD(m, frame, esp);
	if (out->call < 0 || out->state == SYSEMU_TASK_ENDED || (out->runs && sim_cpl(m->sim) == 3))
		out->call = -1;
	sim_read(m->sim, task + p->task_comm, out->name, sizeof(out->name), &bad);
	out->name[sizeof(out->name) - 1] = '\0';
}

sysemu_status sysemu_get_tasks(sysemu_machine *m, sysemu_process_task *tasks, size_t most,
			       size_t *n)
{
	const struct profile *p;

	REQUIRE(m, n);
	if (most)
		REQUIRE(m, tasks);
	if (!m->spaces)
		return fail(m, SYSEMU_ESTATE, "sysemu_get_tasks in a machine without processes");
	p = m->profile;
	*n = 0;
	for (unsigned slot = p->first_program; slot < p->most_tasks; slot++) {
		uint32_t task = p->tasks + slot * p->task_bytes;

		if (!TASK_FIELD(m, task, pid))
			continue;
		if (*n < most)
			describe(m, task, &tasks[*n]);
		++*n;
	}
	return SYSEMU_OK;
}
