/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trial.c: does a kernel do what its profile says? A program that makes one call after the other
 * is traced; each thing that the library reads by a word of the profile is seen by a second way, too:
 * what the guest's own ptrace says, or what must come of it by ptrace(2).
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/trial/trial.h"

#define RUN        100000 /* instructions; what is tried takes a few hundred */
#define SIGUSR1    10
#define NR_GETPID  20
#define NR_GETPPID 64
#define NR_GETTID  224
#define PID        101
#define PID_TRACER 100

/* ---- what is wrong ---- */

bool trial_wrong(struct trial *t, const char *words, const char *format, ...)
{
	size_t length = strcspn(words, " ");
	size_t n = profile_word_named(words, length);
	char what[160];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	t->line = n < profile_words() && t->k->lines ? t->k->lines[n] : 0;
	if (n == profile_words())
		snprintf(t->why, sizeof(t->why), "%s", what);
	else
		snprintf(t->why, sizeof(t->why), "%.*s 0x%x%s%s%s: %s", (int)length, words,
			 profile_get(t->p, n), words[length] ? " (or " : "",
			 words[length] ? words + length + 1 : "", words[length] ? ")" : "", what);
	return false;
}

static bool event_is(struct trial *t, const char *words, const char *doing, sysemu_event_kind kind,
		     uint32_t status, sysemu_event *e)
{
	if (sysemu_run(t->m, RUN, e) != SYSEMU_OK)
		return trial_wrong(t, words, "%s: %s", doing, sysemu_errmsg(t->m));
	if (e->kind == kind && e->status == status && e->pid == PID)
		return true;
	if (e->kind == SYSEMU_EVENT_STOP && e->pid == PID)
		words = "task_exit_code";
	if (e->kind == SYSEMU_EVENT_FAULT)
		return trial_wrong(t, words, "%s: %s", doing, sysemu_errmsg(t->m));
	return trial_wrong(t, words, "%s: pid %d, event %s, status 0x%x at 0x%x, not %s 0x%x",
			   doing, e->pid, sysemu_event_name(e->kind), e->status, e->eip,
			   sysemu_event_name(kind), status);
}

bool trial_info(struct trial *t, int32_t pid, sysemu_task *out)
{
	return sysemu_task_info(t->m, pid, out) == SYSEMU_OK ||
	       trial_wrong(t, "task_pid tasks", "%s", sysemu_errmsg(t->m));
}

static bool open_config(struct trial *t, const sysemu_config *config, const void *code, size_t size)
{
	sysemu_status status;

	sysemu_close(t->m);
	t->m = NULL;
	status = sysemu_open(config, &t->m);
	if (status != SYSEMU_OK)
		return trial_wrong(t, "startup stop_port", "%s", sysemu_errmsg(NULL));
	return sysemu_load_code(t->m, code, size) == SYSEMU_OK ||
	       trial_wrong(t, "launch_page stack_top", "%s", sysemu_errmsg(t->m));
}

bool trial_open(struct trial *t, sysemu_start start, const void *code, size_t size)
{
	const sysemu_config config = { .kernel = t->k->name, .start = start, .user_pages = 1024 };

	return open_config(t, &config, code, size);
}

static bool trial_open_by(struct trial *t, sysemu_entry entry, const void *code, size_t size)
{
	const sysemu_config config = { .kernel = t->k->name,
				       .entry = entry,
				       .start = SYSEMU_START_UNTRACED,
				       .user_pages = 1024 };

	return open_config(t, &config, code, size);
}

/* ---- tasks, as the boot has left them ---- */

static uint32_t word_at(struct trial *t, uint32_t addr)
{
	uint32_t value = 0;

	sysemu_read(t->m, addr, &value, sizeof(value));
	return value;
}

static bool tasks_are_there(struct trial *t)
{
	const struct profile *p = t->p;
	uint32_t task = p->tasks + p->first_program * p->task_bytes, ti, esp0, parent;
	uint32_t many = word_at(t, p->nr_tasks);

	if (word_at(t, task + p->task_pid) != PID)
		return trial_wrong(t, "task_pid tasks first_program task_bytes",
				   "the program's task has pid %u, not %u",
				   word_at(t, task + p->task_pid), PID);
	ti = word_at(t, task + p->task_thread_info);
	if (ti % p->thread_size || word_at(t, ti + p->thread_info_task) != task)
		return trial_wrong(t,
				   ti % p->thread_size ? "task_thread_info thread_size" :
							 "thread_info_task task_thread_info",
				   "the program's thread_info at 0x%x has 0x%x for its task, 0x%x",
				   ti, word_at(t, ti + p->thread_info_task), task);
	esp0 = word_at(t, task + p->task_esp0);
	if (esp0 <= ti || esp0 > ti + p->thread_size || esp0 < ti + p->thread_size - 64)
		return trial_wrong(t, "task_esp0 thread_size",
				   "0x%x is not at the end of the stack at 0x%x", esp0, ti);
	if (word_at(t, p->init_tss + 4) != esp0)
		return trial_wrong(t, "init_tss", "its esp0 is 0x%x, the program's 0x%x",
				   word_at(t, p->init_tss + 4), esp0);
	parent = word_at(t, p->tracer_stack + p->thread_info_task);
	if (word_at(t, parent + p->task_pid) != PID_TRACER)
		return trial_wrong(t, "tracer_stack", "there is no thread_info of task %u",
				   PID_TRACER);
	if (word_at(t, task + p->task_parent) != parent)
		return trial_wrong(t, "task_parent", "the program's is 0x%x, the tracer 0x%x",
				   word_at(t, task + p->task_parent), parent);
	if (word_at(t, task + p->task_real_parent) != parent)
		return trial_wrong(t, "task_real_parent", "the program's is 0x%x, the tracer 0x%x",
				   word_at(t, task + p->task_real_parent), parent);
	if (word_at(t, task + p->task_state) != p->state_running)
		return trial_wrong(t, "task_state state_running", "the program's is %u",
				   word_at(t, task + p->task_state));
	if (many < 3 || many > p->most_tasks)
		return trial_wrong(t, "nr_tasks most_tasks", "it says that there are %u", many);
	return true;
}

/* ---- registers ---- */

static bool request(struct trial *t, int request, uint32_t addr, uint32_t data)
{
	int32_t result = 0;

	if (sysemu_ptrace(t->m, request, addr, data, &result) != SYSEMU_OK)
		return trial_wrong(t, "sys_ptrace tracer_call stop_return", "%s",
				   sysemu_errmsg(t->m));
	return result == 0 || trial_wrong(t, "sys_ptrace", "ptrace %s says %d",
					  sysemu_request_name(request), result);
}

/* By the guest's own code, through the window. */
static bool guest_regs(struct trial *t, int which, sysemu_regs *regs)
{
	if (which == SYSEMU_PTRACE_SETREGS)
		sysemu_write(t->m, SYSEMU_WINDOW, regs, sizeof(*regs));
	if (!request(t, which, 0, SYSEMU_WINDOW))
		return false;
	if (which == SYSEMU_PTRACE_GETREGS)
		sysemu_read(t->m, SYSEMU_WINDOW, regs, sizeof(*regs));
	return true;
}

static const char *word_of_register(unsigned n, char *buf, size_t size)
{
	bool in_task = n == SYSEMU_REG_FS || n == SYSEMU_REG_GS;

	snprintf(buf, size, "%s%s", in_task ? "task_" : "frame_", sysemu_reg_name(n));
	return buf;
}

/* Each register has a value of its own; the library must find it where the guest has put it. */
static bool registers_are_found(struct trial *t)
{
	sysemu_regs kept, set, seen;
	const uint32_t *a = (const uint32_t *)&set, *b = (const uint32_t *)&seen;
	unsigned differ = 0, last = 0;
	char word[40];

	if (!guest_regs(t, SYSEMU_PTRACE_GETREGS, &kept))
		return false;
	set = (sysemu_regs){ 0x101, 0x202, 0x303, 0x404, 0x505, 0x606, 0x707, 0x0b, 0x13,
			     0x1b,  0x23,  0x808, 0x909, 0x2b,  0,     0xa0a, 0x33 };
	set.eflags = kept.eflags ^ 1;
	if (!guest_regs(t, SYSEMU_PTRACE_SETREGS, &set))
		return false;
	if (sysemu_get_regs(t->m, &seen) != SYSEMU_OK)
		return trial_wrong(t, "state_traced task_state", "%s", sysemu_errmsg(t->m));
	for (unsigned n = 0; n < SYSEMU_REGS; n++)
		if (a[n] != b[n]) {
			differ++;
			last = n;
		}
	if (differ > 4)
		return trial_wrong(t, "frame_bytes task_esp0",
				   "%u registers are not where the guest has put them", differ);
	if (differ)
		return trial_wrong(t, word_of_register(last, word, sizeof(word)),
				   "0x%x is there, the guest has put 0x%x into %s", b[last],
				   a[last], sysemu_reg_name(last));
	return guest_regs(t, SYSEMU_PTRACE_SETREGS, &kept);
}

static bool eflags_are_as_for_a_tracer(struct trial *t)
{
	sysemu_regs kept, guest, host;

	if (!guest_regs(t, SYSEMU_PTRACE_GETREGS, &kept) ||
	    !request(t, SYSEMU_PTRACE_POKEUSR, 4 * SYSEMU_REG_EFLAGS, ~kept.eflags) ||
	    !guest_regs(t, SYSEMU_PTRACE_GETREGS, &guest) ||
	    !guest_regs(t, SYSEMU_PTRACE_SETREGS, &kept))
		return false;
	if (sysemu_set_reg(t->m, SYSEMU_REG_EFLAGS, ~kept.eflags) != SYSEMU_OK ||
	    sysemu_get_regs(t->m, &host) != SYSEMU_OK)
		return trial_wrong(t, "ptrace_eflags", "%s", sysemu_errmsg(t->m));
	if (guest.eflags != host.eflags)
		return trial_wrong(t, "ptrace_eflags", "the kernel's own is 0x%x",
				   guest.eflags ^ kept.eflags);
	return guest_regs(t, SYSEMU_PTRACE_SETREGS, &kept);
}

/* ---- calls ---- */

/* The program's next call, stopped at both ends; *insns: of the kernel in between. */
static bool call(struct trial *t, uint32_t nr, uint32_t a, uint32_t b, int32_t *result,
		 uint64_t *insns)
{
	sysemu_event in, out;
	sysemu_task info;

	if (sysemu_set_reg(t->m, SYSEMU_REG_EAX, nr) != SYSEMU_OK ||
	    sysemu_set_reg(t->m, SYSEMU_REG_EBX, a) != SYSEMU_OK ||
	    sysemu_set_reg(t->m, SYSEMU_REG_ECX, b) != SYSEMU_OK)
		return trial_wrong(t, "state_traced", "%s", sysemu_errmsg(t->m));
	if (!request(t, SYSEMU_PTRACE_SYSCALL, 0, 0) || !trial_info(t, PID, &info))
		return false;
	if (info.tif != SYSEMU_TIF_SYSCALL_TRACE)
		return trial_wrong(t, "thread_info_flags",
				   "PTRACE_SYSCALL makes 0x%x of it, where only bit 0 would be",
				   info.tif);
	if (!event_is(t, "stop_task task_exit_code", "a call's entry", SYSEMU_EVENT_STOP, 0x057f,
		      &in))
		return false;
	if (in.orig_eax != (int32_t)nr || (int32_t)in.eax != -38)
		return trial_wrong(t, "frame_orig_eax frame_eax",
				   "at the entry of call %u orig_eax is %d, eax %d", nr,
				   in.orig_eax, (int32_t)in.eax);
	if (!request(t, SYSEMU_PTRACE_SYSCALL, 0, 0) ||
	    !event_is(t, "stop_task task_exit_code", "a call's exit", SYSEMU_EVENT_STOP, 0x057f,
		      &out))
		return false;
	*result = (int32_t)out.eax;
	if (insns)
		*insns = sysemu_kernel_insns(&out.counts) - sysemu_kernel_insns(&in.counts);
	return true;
}

static bool getpid_works(struct trial *t)
{
	int32_t pid, tid, ppid;

	if (!call(t, NR_GETPID, 0, 0, &pid, NULL) || !call(t, NR_GETTID, 0, 0, &tid, NULL))
		return false;
	/* From 4.4 on a whole kernel's tasks are copies of its first, and so is their parent. */
	if (t->p->era < ERA_ENTRY_IN_C &&
	    (!call(t, NR_GETPPID, 0, 0, &ppid, NULL) || (ppid != PID_TRACER && ppid != -38)))
		return trial_wrong(t, "", "getppid does not return %u", PID_TRACER);
	return (pid == PID &&
		(tid == PID || tid == -38)) || /* a call of 2.6 that ours may not have */
	       trial_wrong(t, "", "getpid returns %d and gettid %d, not %u", pid, tid, PID);
}

/* By SYSENTER, untraced: the program is where it was, and has its number. */
static bool sysenter_works(struct trial *t)
{
	/* mov $20, %eax; mov $vsyscall, %edx; call *%edx; here: jmp here */
	uint8_t code[] = { 0xb8, NR_GETPID, 0, 0, 0, 0xba, 0, 0, 0, 0, 0xff, 0xd2, 0xeb, 0xfe };
	sysemu_event e;

	memcpy(code + 6, &t->p->vsyscall_entry, 4);
	if (!trial_open_by(t, SYSEMU_ENTRY_SYSENTER, code, sizeof(code)))
		return false;
	if (sysemu_run(t->m, RUN, &e) != SYSEMU_OK)
		return trial_wrong(t, "", "%s", sysemu_errmsg(t->m));
	return (e.kind == SYSEMU_EVENT_LIMIT && e.eip == SYSEMU_CODE_BASE + 12 && e.eax == PID &&
		e.counts.sysenter == 1) ||
	       trial_wrong(t, "vsyscall_base",
			   "by SYSENTER getpid ends with event %s, eip 0x%x, eax %d: %s",
			   sysemu_event_name(e.kind), e.eip, (int32_t)e.eax, sysemu_errmsg(t->m));
}

/* Numbers beyond the table all take one way, which is not that of the last one in it. */
static bool the_table_ends_there(struct trial *t)
{
	uint32_t n = t->p->nr_syscalls;
	uint64_t last, beyond, far;
	int32_t unused;

	if (!call(t, n - 1, 0, 0, &unused, &last) || !call(t, n, 0, 0, &unused, &beyond) ||
	    !call(t, n + 100, 0, 0, &unused, &far))
		return false;
	return (beyond == far && last != far) ||
	       trial_wrong(
		       t, "nr_syscalls",
		       "call %u takes %u instructions, %u: %u, %u: %u: the table ends elsewhere",
		       n - 1, (unsigned)last, n, (unsigned)beyond, n + 100, (unsigned)far);
}

static bool a_signal_is_found(struct trial *t)
{
	int32_t result = 0;
	sysemu_task info;

	if (!profile_has(t->p, "signals"))
		return true;
	if (sysemu_signal(t->m, PID, SIGUSR1, &result) != SYSEMU_OK || !trial_info(t, PID, &info))
		return trial_wrong(t, "sys_kill", "%s", sysemu_errmsg(t->m));
	return (result == 0 && info.sigshared == 1u << (SIGUSR1 - 1)) ||
	       trial_wrong(t, "task_sigshared", "kill says %d, and 0x%x is pending", result,
			   info.sigshared);
}

/* It is taken back, and the program is where it was. */
static bool a_signal_is_dropped(struct trial *t)
{
	sysemu_event e;

	if (!profile_has(t->p, "signals"))
		return true;
	return request(t, SYSEMU_PTRACE_CONT, 0, 0) &&
	       event_is(t, "task_exit_code", "a signal's stop", SYSEMU_EVENT_STOP,
			SIGUSR1 << 8 | 0x7f, &e);
}

/* ---- what comes to a stopped program ---- */

static bool audit_is_told(struct trial *t)
{
	sysemu_task info;

	if (!profile_has(t->p, "audit"))
		return true;
	if (sysemu_set_audit(t->m, PID, true) != SYSEMU_OK || !trial_info(t, PID, &info))
		return trial_wrong(t, "audit_set", "%s", sysemu_errmsg(t->m));
	if (!info.audit || info.tif != SYSEMU_TIF_SYSCALL_AUDIT)
		return trial_wrong(t, "task_audit_context audit_set",
				   "with audit on it is %d, and the flags are 0x%x", info.audit,
				   info.tif);
	if (sysemu_set_reg(t->m, SYSEMU_REG_EAX, NR_GETPID) != SYSEMU_OK ||
	    !request(t, SYSEMU_PTRACE_CONT, 0, 0))
		return trial_wrong(t, "state_traced", "%s", sysemu_errmsg(t->m));
	sysemu_break_set(t->m, SYSEMU_CODE_BASE + 2);
	for (unsigned times = 0; times < 2; times++) /* before the jump back, and behind the call */
		sysemu_run(t->m, RUN, &(sysemu_event){ 0 });
	sysemu_break_clear(t->m, SYSEMU_CODE_BASE + 2);
	if (!trial_info(t, PID, &info))
		return false;
	if (info.audit_entries != 1)
		return trial_wrong(t, "task_audit_entries", "one call, and it is %u",
				   info.audit_entries);
	if (info.audit_exits != 1)
		return trial_wrong(t, "task_audit_exits", "one call, and it is %u",
				   info.audit_exits);
	return sysemu_set_audit(t->m, PID, false) == SYSEMU_OK;
}

static bool options_are_found(struct trial *t)
{
	sysemu_task info;
	uint32_t at = t->p->task_ptrace;

	if (!trial_info(t, PID, &info))
		return false;
	if (info.ptrace != t->p->ptrace_traced)
		return trial_wrong(t, "task_ptrace", "0x%x for a traced task", info.ptrace);
	if (!request(t, SYSEMU_PTRACE_OLDSETOPTIONS, 0, 1) || !trial_info(t, PID, &info))
		return false;
	if (!(info.ptrace & ~t->p->ptrace_traced))
		return trial_wrong(t, "task_ptrace", "TRACESYSGOOD leaves 0x%x at 0x%x",
				   info.ptrace, at);
	return request(t, SYSEMU_PTRACE_OLDSETOPTIONS, 0, 0);
}

static bool a_wait_tells_the_stop(struct trial *t)
{
	uint32_t status = 0;
	int32_t pid = 0;

	if (!profile_has(t->p, "wait"))
		return true;
	if (sysemu_wait(t->m, PID, 0, &status, &pid) != SYSEMU_OK)
		return trial_wrong(t, "sys_wait4", "%s", sysemu_errmsg(t->m));
	return (pid == PID && status == 0x137f) ||
	       trial_wrong(t, "sys_wait4", "at the first stop it says %d, status 0x%x", pid,
			   status);
}

bool trial_traced(struct trial *t)
{
	static const uint8_t calls[] = { 0xcd, 0x80, 0xeb, 0xfc };
	sysemu_event e;

	return trial_open(t, SYSEMU_START_TRACED, calls, sizeof(calls)) && tasks_are_there(t) &&
	       event_is(t, "start_user frame_bytes stop_task", "the first stop", SYSEMU_EVENT_STOP,
			0x137f, &e) &&
	       a_wait_tells_the_stop(t) && options_are_found(t) && registers_are_found(t) &&
	       eflags_are_as_for_a_tracer(t) && getpid_works(t) && the_table_ends_there(t) &&
	       a_signal_is_found(t) && a_signal_is_dropped(t) && audit_is_told(t) &&
	       sysenter_works(t);
}
