/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ptrace.c: sys_ptrace: who may, in the kernel's order, and how a task is resumed.
 * What a resume does to the flags is a table in kernels/K/kernel.h.
 * Registers and memory of the child: ptrace-access.c.
 */
#include "ptrace/ptrace.h"
#include "process/process.h"

/* Out of the way of the requests that every traced call makes: they then push less. */
#define RARE __attribute__((noinline, cold))

static RARE int ptrace_traceme(void)
{
	if (current->ptrace & PT_PTRACED)
		return -EPERM;
	current->ptrace |= PT_PTRACED;
	return 0;
}

static int capable_of_ptrace(const struct task_struct *t)
{
	return (t->cap_effective & CAP_SYS_PTRACE_BIT) != 0;
}

static int may_attach(const struct task_struct *self, const struct task_struct *child)
{
	if (!child->mm || same_group(child, self))
		return 0;
	if ((self->uid != child->euid || self->uid != child->suid || self->uid != child->uid ||
	     self->gid != child->egid || self->gid != child->sgid || self->gid != child->gid) &&
	    !capable_of_ptrace(self))
		return 0;
	if (!child->dumpable && !capable_of_ptrace(self))
		return 0;
	return !(child->ptrace & PT_PTRACED);
}

/* T, E and S that an earlier tracer left stay as they are. */
static RARE int ptrace_attach(struct task_struct *child)
{
	struct siginfo info = { .si_signo = SIGSTOP }; /* SI_USER, of nobody */

	if (!may_attach(current, child))
		return -EPERM;
	child->ptrace |= PT_PTRACED;
	if (child->real_parent != current)
		child->ptrace |= PT_ATTACHED;
	if (capable_of_ptrace(current))
		child->ptrace |= PT_PTRACE_CAP;
	child->parent = current;
	force_sig_info(SIGSTOP, &info, child);
	if (GROUP_STOP_IS_A_TRAP && child->state == TASK_STOPPED) { /* it becomes a trap */
		is_to_stop(child, stop_signal(child), JOBCTL_STOP_PENDING);
		wake_up_process(child);
	}
	return 0;
}

/* A group stop becomes a ptrace stop with the first request. KILL does not ask for a stop. */
static int ptrace_check_attach(struct task_struct *child, int kill)
{
	if (!(child->ptrace & PT_PTRACED) || child->parent != current)
		return -ESRCH;
	if ((child->ptrace & PT_ATTACHED) && child->real_parent == current)
		return -ESRCH;
	if (child->state == TASK_STOPPED)
		child->state = TASK_TRACED;
	else if (child->state != TASK_TRACED && !kill)
		return -ESRCH;
	return 0;
}

static inline int ptrace_resume(struct task_struct *child, int32_t request, uint32_t set,
				uint32_t clear, uint32_t data)
{
	if (data > _NSIG)
		return -EIO;
	set_call_flags(child, set);
	clear_call_flags(child, clear);
	/* In the kernel's order, which a tracer on another CPU could see. */
	if (request == PTRACE_SINGLESTEP || request == PTRACE_SYSEMU_SINGLESTEP) {
		set_singlestep(child);
		child->exit_code = (int32_t)data;
	} else {
		child->exit_code = (int32_t)data;
		clear_singlestep(child);
	}
	wake_up_process(child);
	return 0;
}

/* T and E stay, and at a syscall stop the call still runs: it dies on the way out. */
static RARE int ptrace_kill(struct task_struct *child)
{
	if (child->state == TASK_ZOMBIE)
		return 0;
	if (KILL_IS_A_SIGNAL) {
		send_sig(SIGKILL, child);
		return 0;
	}
	child->exit_code = SIGKILL;
	clear_singlestep(child);
	wake_up_process(child);
	return 0;
}

/* All options are lost; T and E stay, but in 2.6.14. From 3.1 on its group's stop stays, too. */
static RARE int ptrace_detach(struct task_struct *child, uint32_t data)
{
	if (data > _NSIG)
		return -EIO;
	clear_singlestep(child);
	clear_call_flags(child, DETACH_CLEARS);
	child->exit_code = (int32_t)data;
	child->ptrace = 0;
	child->parent = child->real_parent;
	set_tsk_thread_flags(child, _TIF_SIGPENDING);
	if (GROUP_STOP_IS_A_TRAP && group_is_stopped(child))
		is_to_stop(child, stop_signal(child), JOBCTL_STOP_PENDING);
	wake_up_process(child);
	return 0;
}

/* The known bits are set first, and then the unknown ones are complained of. */
static RARE int ptrace_setoptions(struct task_struct *child, uint32_t data)
{
	static const uint16_t pt_bit[7] = { PT_TRACESYSGOOD, PT_TRACE_FORK, PT_TRACE_VFORK,
					    PT_TRACE_CLONE,  PT_TRACE_EXEC, PT_TRACE_VFORK_DONE,
					    PT_TRACE_EXIT };

	if (UNKNOWN_OPTIONS_FIRST && (data & ~(uint32_t)OPTIONS_KNOWN))
		return -EINVAL;
	child->ptrace &= ~(uint32_t)PT_OPTIONS;
	for (unsigned i = 0; i < 7; i++)
		if (data & (1u << i))
			child->ptrace |= pt_bit[i];
	return data & ~(uint32_t)OPTIONS_KNOWN ? -EINVAL : 0;
}

static RARE int ptrace_peek(struct task_struct *child, uint32_t addr, uint32_t data)
{
	uint32_t word;

	if (access_process_vm(child, addr, &word, sizeof(word), 0) != sizeof(word))
		return -EIO;
	return put_user(word, data);
}

static RARE int ptrace_poke(struct task_struct *child, uint32_t addr, uint32_t data)
{
	if (access_process_vm(child, addr, &data, sizeof(data), 1) != sizeof(data))
		return -EIO;
	return 0;
}

/* siginfo as user space sees it: si_signo, si_errno, si_code, the rest, zeros up to 128 bytes. */
static RARE int ptrace_getsiginfo(struct task_struct *child, uint32_t data)
{
	uint32_t words[SIGINFO_SIZE / 4] = { 0 };

	if (!child->last_siginfo)
		return -EINVAL;
	__builtin_memcpy(words, child->last_siginfo, sizeof(*child->last_siginfo));
	return copy_to_user(data, words, SIGINFO_SIZE / 4);
}

static RARE int ptrace_setsiginfo(struct task_struct *child, uint32_t data)
{
	uint32_t words[SIGINFO_SIZE / 4];

	if (copy_from_user(words, data, SIGINFO_SIZE / 4))
		return -EFAULT;
	if (!child->last_siginfo)
		return -EINVAL;
	__builtin_memcpy(child->last_siginfo, words, sizeof(*child->last_siginfo));
	return 0;
}

static int ptrace_request(struct task_struct *child, int32_t request, uint32_t addr, uint32_t data)
{
	switch (request) {
#define X(number, set, clear) \
	case number: return ptrace_resume(child, number, set, clear, data);
		RESUME_RULES(X)
#undef X
	case PTRACE_PEEKTEXT:
	case PTRACE_PEEKDATA: return ptrace_peek(child, addr, data);
	case PTRACE_PEEKUSR: return peek_user(child, addr, data);
	case PTRACE_POKETEXT:
	case PTRACE_POKEDATA: return ptrace_poke(child, addr, data);
	case PTRACE_POKEUSR: return poke_user(child, addr, data);
	case PTRACE_KILL: return ptrace_kill(child);
	case PTRACE_GETREGS: return getregs(child, data);
	case PTRACE_SETREGS: return setregs(child, data);
	case PTRACE_GET_THREAD_AREA: return get_tls(&child->thread, (int32_t)addr, data);
	case PTRACE_SET_THREAD_AREA: return set_tls(&child->thread, (int32_t)addr, data);
	case PTRACE_DETACH: return ptrace_detach(child, data);
	case PTRACE_OLDSETOPTIONS:
	case PTRACE_SETOPTIONS: return ptrace_setoptions(child, data);
	case PTRACE_GETFPREGS: return getfpregs(child, data);
	case PTRACE_SETFPREGS: return setfpregs(child, data);
	case PTRACE_GETFPXREGS: return getfpxregs(child, data);
	case PTRACE_SETFPXREGS: return setfpxregs(child, data);
	case PTRACE_GETSIGINFO: return ptrace_getsiginfo(child, data);
	case PTRACE_SETSIGINFO: return ptrace_setsiginfo(child, data);
	case PTRACE_GETEVENTMSG: return put_user(child->ptrace_message, data);
	default: return -EIO;
	}
}

asmlinkage int32_t sys_ptrace(int32_t request, int32_t pid, uint32_t addr, uint32_t data)
{
	struct task_struct *child;
	int error;

	if (request == PTRACE_TRACEME)
		return ptrace_traceme();
	child = find_task_by_pid(pid);
	if (!child)
		return -ESRCH;
	if (pid == PID_INIT && (!INIT_IS_LIKE_OTHERS || request == PTRACE_ATTACH))
		return -EPERM;
	if (request == PTRACE_ATTACH)
		return ptrace_attach(child);
	error = ptrace_check_attach(child, request == PTRACE_KILL);
	if (error)
		return error;
	return ptrace_request(child, request, addr, data);
}
