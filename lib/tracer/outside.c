/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * outside.c: what reaches a task from elsewhere while it is stopped or runs: signals, a wish
 * to reschedule, auditing; and what its parent learns of it. All by guest functions, called
 * as the tracer, on another CPU; the program's CPU is then interrupted, as the kernel does
 * for a task that runs.
 */
#include "lib/tracer/tracer.h"

/* Will it look at its flags without being told? Behind a stop it does. In the kernel with IF set
 * the way out is still ahead, behind a cli; but for sysexit, whose sti acts behind it. */
static bool will_look(const sysemu_machine *m)
{
	struct sim_regs regs;
	uint8_t insn[2] = { 0 };
	uint32_t bad;

	if (sim_cpl(m->sim) == 3)
		return false;
	sim_get_regs(m->sim, &regs);
	if (regs.eip == m->profile->stop_port + 1)
		return true;
	sim_read(m->sim, regs.eip, insn, sizeof(insn), &bad);
	return (regs.eflags & X86_EFLAGS_IF) && !(insn[0] == 0x0f && insn[1] == 0x35);
}

/* Has the task look at its flags: at once in user mode, else when it is back there. */
static void kick(sysemu_machine *m, uint32_t task)
{
	if (task == running_task(m) && TASK_FIELD(m, task, state) == m->profile->state_running &&
	    !will_look(m))
		m->cpu.interrupt = true;
}

static sysemu_status find(sysemu_machine *m, int32_t pid, uint32_t *task)
{
	*task = find_task(m, pid);
	return *task ? SYSEMU_OK : fail(m, SYSEMU_ENOENT, "no task has pid %d", pid);
}

/* A guest function of the task and one word. */
static sysemu_status call_on_task(sysemu_machine *m, uint32_t function, int32_t pid, uint32_t word)
{
	sysemu_status status;
	int32_t unused;
	uint32_t task;

	REQUIRE_MACHINE(m);
	status = find(m, pid, &task);
	if (!status)
		status = guest_call(m, function, (uint32_t[4]){ task, word }, &unused);
	return status;
}

sysemu_status sysemu_signal(sysemu_machine *m, int32_t pid, int signal, int32_t *result)
{
	int32_t answer = 0;
	sysemu_status status;
	uint32_t task;

	REQUIRE_MACHINE(m);
	REQUIRE_OUTSIDE(m);
	if (pid == 0)
		pid = focus_pid(m);
	status = guest_call(m, m->profile->sys_kill,
			    (uint32_t[4]){ (uint32_t)pid, (uint32_t)signal }, &answer);
	if (status)
		return status;
	task = find_task(m, pid);
	if (task && answer == 0)
		kick(m, task);
	if (result)
		*result = answer;
	return SYSEMU_OK;
}

sysemu_status sysemu_need_resched(sysemu_machine *m, int32_t pid)
{
	sysemu_status status;

	REQUIRE_MACHINE(m);
	REQUIRE_OUTSIDE(m);
	status = call_on_task(m, m->profile->resched_task, pid, 0);
	if (!status)
		kick(m, find_task(m, pid));
	return status;
}

sysemu_status sysemu_set_audit(sysemu_machine *m, int32_t pid, bool on)
{
	REQUIRE_MACHINE(m);
	REQUIRE_OUTSIDE(m);
	return call_on_task(m, m->profile->audit_set, pid, on);
}

/* The status goes through the end of the tracer's window. */
sysemu_status sysemu_wait(sysemu_machine *m, int32_t pid, uint32_t options, uint32_t *wait_status,
			  int32_t *result)
{
	sysemu_status status;
	int32_t answer = 0;
	uint32_t at;

	REQUIRE_MACHINE(m);
	REQUIRE_OUTSIDE(m);
	at = m->profile->tracer_window + m->profile->tracer_window_size - 4;
	status = guest_call(m, m->profile->sys_wait4, (uint32_t[4]){ (uint32_t)pid, at, options },
			    &answer);
	if (status)
		return status;
	if (answer > 0 && wait_status)
		*wait_status = sim_load32(m->sim, at);
	if (result)
		*result = answer;
	return SYSEMU_OK;
}
