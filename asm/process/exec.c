/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exec.c: another program in the same task. The host reads the file and puts it into an address
 * space of its own; what the task keeps and what it loses is decided here.
 */
#include "process/process.h"

#include "boot/boot.h"

asmlinkage int32_t sys_execve(uint32_t path, uint32_t argv, uint32_t envp);

/* All other threads are to end, and this one has the process's number afterwards. */
static void end_other_threads(struct task_struct *self)
{
	struct task_struct *leader = self->leader;

	if (group_is_alone(self) && is_leader(self))
		return;
	leader->group.flags |= GROUP_EXIT; /* they end themselves alone */
	leader->group.exit_code = 0;
	for_each_task(t)
	{
		if (t == self || !same_group(t, self) || t->state >= TASK_ZOMBIE)
			continue;
		t->sigpending |= SIGBIT(SIGKILL);
		signal_wake_up(t, 1);
	}
	while (!group_is_alone(self)) {
		self->channel = leader;
		self->state = TASK_UNINTERRUPTIBLE;
		schedule();
	}
	leader->group.flags &= ~(uint32_t)GROUP_EXIT;
	if (leader == self)
		return;
	/* It takes the leader's place: number, parents, what the group has, and its tracer stays. */
	self->group = leader->group;
	self->sigshared = leader->sigshared;
	__builtin_memcpy(self->shared_siginfo, leader->shared_siginfo,
			 sizeof(leader->shared_siginfo));
	self->shared_queued = leader->shared_queued;
	leader->shared_queued = NULL;
	leader->sigshared = 0;
	if (!(self->ptrace & PT_PTRACED))
		self->parent = leader->real_parent;
	self->real_parent = leader->real_parent;
	self->exit_signal = SIGCHLD;
	leader->exit_signal = -1;
	leader->pid = self->pid;
	self->pid = self->tgid;
	self->leader = self;
	leader->leader = leader;
	leader->ptrace = 0;
	release_task(leader);
}

/* Handlers are gone with the program; what was ignored stays so. */
static void flush_handlers(struct task_struct *self)
{
	for (unsigned i = 0; i < _NSIG; i++) {
		struct sigaction *a = &self->sighand->action[i];
		uint32_t handler = a->handler == SIG_IGN ? SIG_IGN : SIG_DFL;

		*a = (struct sigaction){ .handler = handler };
	}
}

static int own_handlers(struct task_struct *self)
{
	struct sighand *own;

	if (self->sighand->users == 1)
		return 0;
	own = sighand_new(self->sighand);
	if (!own)
		return -ENOMEM;
	sighand_put(self->sighand);
	self->sighand = own;
	return 0;
}

static void begin_program(struct task_struct *self, const struct host_exec *x)
{
	struct pt_regs *regs = task_regs(self);
	uint32_t old = self->space;

	leave_space(self);
	self->space = x->space;
	flush_thread(self); /* the CPU goes on there */
	drop_space(old);
	__builtin_memcpy(self->comm, x->comm, sizeof(self->comm));
	self->altstack = self->altstack_size = 0;
	self->robust_list = 0;
	self->dumpable = self->euid == self->uid && self->egid == self->gid;
	self->exec_count++;
	self->thread.cr2 = self->thread.trap_no = self->thread.error_code = 0;
	*regs = (struct pt_regs){ .xds = USER_DS,
				  .xes = USER_DS,
				  .orig_eax = regs->orig_eax,
				  .eip = x->eip,
				  .xcs = USER_CS,
				  .eflags = X86_EFLAGS_IF | X86_EFLAGS_FIXED |
					    (regs->eflags & X86_EFLAGS_TF),
				  .esp = x->esp,
				  .xss = USER_DS };
	set_tsk_thread_flags(self, _TIF_IRET); /* not by sysexit: its registers are none of ours */
}

static int32_t do_execve(uint32_t path, uint32_t argv, uint32_t envp)
{
	struct task_struct *self = current;
	struct host_exec x = { .space = 0 };
	int32_t error;

	if (self->leader->group.flags & GROUP_EXIT)
		return -EAGAIN; /* another thread ends it, or executes */
	error = ask_host(HOST_EXEC, path, argv, envp, (uint32_t)&x, 0, 0);
	if (error)
		return error;
	if (own_handlers(self) || files_unshare(self)) {
		ask_host(HOST_SPACE_FREE, x.space, 0, 0, 0, 0, 0);
		return -ENOMEM;
	}
	end_other_threads(self);
	files_close_on_exec(self);
	flush_handlers(self);
	forget_timers(self);
	begin_program(self, &x);
	if (self->ptrace & PT_TRACE_EXEC)
		ptrace_event(PTRACE_EVENT_EXEC, 0);
	else if (self->ptrace & PT_PTRACED)
		send_sig(SIGTRAP, self);
	return 0;
}

asmlinkage int32_t sys_execve(uint32_t path, uint32_t argv, uint32_t envp)
{
	return no_jump(do_execve(path, argv, envp));
}
