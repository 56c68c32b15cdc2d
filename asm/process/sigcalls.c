/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sigcalls.c: what a program says of its signals: handlers, masks, the stack for handlers, and
 * waiting for one.
 */
#include "process/process.h"

#define SS_ONSTACK  1u
#define SS_DISABLE  2u
#define MINSIGSTKSZ 2048u

asmlinkage int32_t sys_sigaction(int32_t sig, uint32_t new_act, uint32_t old_act);
asmlinkage int32_t sys_rt_sigaction(int32_t sig, uint32_t new_act, uint32_t old_act, uint32_t size);
asmlinkage int32_t sys_signal(int32_t sig, uint32_t handler);
asmlinkage int32_t sys_sigprocmask(int32_t how, uint32_t set, uint32_t old_set);
asmlinkage int32_t sys_rt_sigprocmask(int32_t how, uint32_t set, uint32_t old_set, uint32_t size);
asmlinkage int32_t sys_sgetmask(void);
asmlinkage int32_t sys_ssetmask(uint32_t mask);
asmlinkage int32_t sys_sigpending(uint32_t set);
asmlinkage int32_t sys_rt_sigpending(uint32_t set, uint32_t size);
asmlinkage int32_t sys_sigsuspend(uint32_t unused, uint32_t unused2, uint32_t mask);
asmlinkage int32_t sys_rt_sigsuspend(uint32_t set, uint32_t size);
asmlinkage int32_t sys_rt_sigtimedwait(uint32_t set, uint32_t info, uint32_t timeout,
				       uint32_t size);
asmlinkage int32_t sys_rt_sigtimedwait64(uint32_t set, uint32_t info, uint32_t timeout,
					 uint32_t size);
asmlinkage int32_t sys_sigaltstack(uint32_t new_stack, uint32_t old_stack);

/* ---- handlers ---- */

/* A signal that is ignored now is forgotten, if it waits. */
static void forget_ignored(int32_t sig)
{
	uint32_t handler = current->sighand->action[sig - 1].handler;

	if (with_processes &&
	    (handler == SIG_IGN || (handler == SIG_DFL && (IGNORED_BY_DEFAULT & SIGBIT(sig)))))
		forget_signal(sig, current);
}

static int32_t set_action(int32_t sig, const struct sigaction *new_act)
{
	struct sigaction *action = &current->sighand->action[sig - 1];

	if (sig == SIGKILL || sig == SIGSTOP)
		return -EINVAL;
	*action = *new_act;
	action->mask[0] &= ~(uint32_t)(SIGBIT(SIGKILL) | SIGBIT(SIGSTOP));
	forget_ignored(sig);
	return 0;
}

/* An action as user space has it, in words: the handler, and these in an order of the call's own. */
struct action_layout {
	uint8_t flags, restorer, mask, words;
};

static int32_t change_action(int32_t sig, uint32_t new_act, uint32_t old_act,
			     struct action_layout at)
{
	uint32_t in[5] = { 0 }, out[5] = { 0 };
	int long_mask = at.mask + 2u == at.words;
	struct sigaction old;

	if (new_act && copy_from_user(in, new_act, at.words))
		return -EFAULT;
	if (!valid_signal(sig))
		return -EINVAL;
	old = current->sighand->action[sig - 1];
	if (new_act) {
		struct sigaction act;
		int32_t error;

		act = (struct sigaction){ .handler = in[0],
					  .flags = in[at.flags],
					  .restorer = in[at.restorer],
					  .mask = { in[at.mask],
						    long_mask ? in[at.mask + 1] : 0 } };
		error = set_action(sig, &act);
		if (error)
			return error;
	}
	if (!old_act)
		return 0;
	out[0] = old.handler;
	out[at.flags] = old.flags;
	out[at.restorer] = old.restorer;
	out[at.mask] = old.mask[0];
	if (long_mask)
		out[at.mask + 1] = old.mask[1];
	return copy_to_user(old_act, out, at.words);
}

asmlinkage int32_t sys_sigaction(int32_t sig, uint32_t new_act, uint32_t old_act)
{
	return no_jump(change_action(
		sig, new_act, old_act,
		(struct action_layout){ .mask = 1, .flags = 2, .restorer = 3, .words = 4 }));
}

asmlinkage int32_t sys_rt_sigaction(int32_t sig, uint32_t new_act, uint32_t old_act, uint32_t size)
{
	if (size != 8)
		return -EINVAL;
	return no_jump(change_action(
		sig, new_act, old_act,
		(struct action_layout){ .flags = 1, .restorer = 2, .mask = 3, .words = 5 }));
}

asmlinkage int32_t sys_signal(int32_t sig, uint32_t handler)
{
	struct sigaction act = { .handler = handler, .flags = SA_RESETHAND | SA_NODEFER };
	uint32_t old;
	int32_t error;

	if (!valid_signal(sig))
		return -EINVAL;
	old = current->sighand->action[sig - 1].handler;
	error = set_action(sig, &act);
	return error ? error : (int32_t)old;
}

/* ---- masks ---- */

static int32_t change_mask(int32_t how, uint32_t set, uint32_t old_set, uint32_t words)
{
	struct task_struct *self = current;
	uint32_t in[2] = { 0 },
		 out[2] = { (uint32_t)self->sigblocked, (uint32_t)(self->sigblocked >> 32) };
	/* The old call knows the first 32 alone, and leaves the others. */
	uint64_t others = words == 1 ? self->sigblocked & ~(uint64_t)0xffffffff : 0, mask;

	if (set) {
		if (copy_from_user(in, set, words))
			return -EFAULT;
		mask = ((uint64_t)in[1] << 32) | in[0];
		switch (how) {
		case SIG_BLOCK: set_blocked(self, self->sigblocked | mask); break;
		case SIG_UNBLOCK: set_blocked(self, self->sigblocked & ~mask); break;
		case SIG_SETMASK: set_blocked(self, others | mask); break;
		default: return -EINVAL;
		}
	}
	return old_set ? copy_to_user(old_set, out, words) : 0;
}

asmlinkage int32_t sys_sigprocmask(int32_t how, uint32_t set, uint32_t old_set)
{
	return no_jump(change_mask(how, set, old_set, 1));
}

asmlinkage int32_t sys_rt_sigprocmask(int32_t how, uint32_t set, uint32_t old_set, uint32_t size)
{
	return size == 8 ? no_jump(change_mask(how, set, old_set, 2)) : -EINVAL;
}

asmlinkage int32_t sys_sgetmask(void)
{
	return (int32_t)current->sigblocked;
}

asmlinkage int32_t sys_ssetmask(uint32_t mask)
{
	uint32_t old = (uint32_t)current->sigblocked;

	set_blocked(current, mask);
	return (int32_t)old;
}

static int32_t pending(uint32_t set, uint32_t bytes)
{
	struct task_struct *self = current;
	uint64_t all = (self->sigpending | self->leader->sigshared) & self->sigblocked;
	uint32_t out[2] = { (uint32_t)all, (uint32_t)(all >> 32) };

	return put_user_bytes(set, out, bytes) ? -EFAULT : 0;
}

asmlinkage int32_t sys_sigpending(uint32_t set)
{
	return no_jump(pending(set, 4));
}

asmlinkage int32_t sys_rt_sigpending(uint32_t set, uint32_t size)
{
	return size > 8 ? -EINVAL : no_jump(pending(set, size)); /* of any length below */
}

/* ---- waiting ---- */

void set_saved_sigmask(const uint32_t mask[2])
{
	struct task_struct *self = current;

	self->saved_mask = self->sigblocked;
	self->mask_is_saved = 1;
	set_blocked(self, ((uint64_t)mask[1] << 32) | mask[0]);
}

void restore_saved_sigmask(void)
{
	struct task_struct *self = current;

	if (!self->mask_is_saved)
		return;
	self->mask_is_saved = 0;
	set_blocked(self, self->saved_mask);
}

static int32_t suspend(const uint32_t mask[2])
{
	set_saved_sigmask(mask);
	while (!sleep_on(&current->saved_mask, NO_TIMEOUT))
		;
	return -ERESTARTNOHAND;
}

asmlinkage int32_t sys_sigsuspend(uint32_t unused, uint32_t unused2, uint32_t mask)
{
	uint32_t set[2] = { mask, 0 };

	(void)unused;
	(void)unused2;
	return no_jump(suspend(set));
}

asmlinkage int32_t sys_rt_sigsuspend(uint32_t set, uint32_t size)
{
	uint32_t mask[2];

	if (size != 8)
		return -EINVAL;
	if (copy_from_user(mask, set, 2))
		return -EFAULT;
	return no_jump(suspend(mask));
}

/* While it waits the signals are not blocked, so that they wake it; they are taken off the queue
 * before anybody delivers them. */
static int32_t wait_for(uint64_t set, uint32_t info, uint64_t until)
{
	struct task_struct *self = current;
	uint64_t blocked = self->sigblocked;
	uint32_t words[SIGINFO_SIZE / 4] = { 0 };
	struct siginfo got;
	int sig, slept = 0;

	set &= ~(SIGBIT(SIGKILL) | SIGBIT(SIGSTOP));
	sig = dequeue_signal(self, ~set, &got);
	if (!sig && until) {
		self->real_blocked = blocked;
		set_blocked(self, blocked & ~set);
		do
			slept = sleep_on(&self->saved_mask, until);
		while (!slept);
		sig = dequeue_signal(self, ~set, &got);
		self->real_blocked = 0;
		set_blocked(self, blocked);
	}
	if (!sig)
		return slept == -ERESTARTSYS ? -EINTR : -EAGAIN;
	if (!info)
		return sig;
	__builtin_memcpy(words, &got, sizeof(got));
	return copy_to_user(info, words, SIGINFO_SIZE / 4) ? -EFAULT : sig;
}

static int32_t timed_wait(uint32_t set, uint32_t info, uint32_t timeout, uint32_t size,
			  unsigned words)
{
	uint64_t until = NO_TIMEOUT, ns;
	uint32_t in[2];
	int error;

	if (size != 8)
		return -EINVAL;
	if (copy_from_user(in, set, 2))
		return -EFAULT;
	if (timeout) {
		error = get_user_time(timeout, words, &ns);
		if (error)
			return error;
		until = ns ? clock_ns() + ns : 0;
	}
	return wait_for(((uint64_t)in[1] << 32) | in[0], info, until);
}

asmlinkage int32_t sys_rt_sigtimedwait(uint32_t set, uint32_t info, uint32_t timeout, uint32_t size)
{
	return no_jump(timed_wait(set, info, timeout, size, 2));
}

asmlinkage int32_t sys_rt_sigtimedwait64(uint32_t set, uint32_t info, uint32_t timeout,
					 uint32_t size)
{
	return no_jump(timed_wait(set, info, timeout, size, 4));
}

/* ---- the stack for handlers ---- */

uint32_t altstack_state(const struct task_struct *self, uint32_t esp)
{
	if (!self->altstack_size)
		return SS_DISABLE;
	return esp - self->altstack < self->altstack_size ? SS_ONSTACK : 0;
}

int32_t set_altstack(struct task_struct *self, uint32_t stack, uint32_t flags, uint32_t size,
		     uint32_t esp)
{
	if (altstack_state(self, esp) == SS_ONSTACK)
		return -EPERM;
	if (flags > SS_DISABLE) /* each alone, or none */
		return -EINVAL;
	if (flags == SS_DISABLE)
		stack = size = 0;
	else if (size < MINSIGSTKSZ)
		return -ENOMEM;
	self->altstack = stack;
	self->altstack_size = size;
	return 0;
}

static int32_t change_altstack(uint32_t new_stack, uint32_t old_stack)
{
	struct task_struct *self = current;
	uint32_t esp = task_regs(self)->esp, in[3];
	uint32_t out[3] = { self->altstack, altstack_state(self, esp), self->altstack_size };
	int32_t error;

	if (new_stack) {
		if (copy_from_user(in, new_stack, 3))
			return -EFAULT;
		error = set_altstack(self, in[0], in[1], in[2], esp);
		if (error)
			return error;
	}
	return old_stack ? copy_to_user(old_stack, out, 3) : 0;
}

asmlinkage int32_t sys_sigaltstack(uint32_t new_stack, uint32_t old_stack)
{
	return no_jump(change_altstack(new_stack, old_stack));
}
