/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * queue.c: signals that are sent. Below 32 a signal is queued once, and a second one is dropped
 * without a word; from 32 on each is queued, in order. There are two queues: a task's own, for
 * what the kernel and a tracer send, and its process's, for kill. Read next: signal.c.
 */
#include "process/process.h"

asmlinkage int32_t sys_kill(int32_t pid, int32_t sig);
asmlinkage int32_t sys_tkill(int32_t tid, int32_t sig);
asmlinkage int32_t sys_tgkill(int32_t tgid, int32_t tid, int32_t sig);
asmlinkage int32_t sys_rt_sigqueueinfo(int32_t pid, int32_t sig, uint32_t info);
asmlinkage int32_t sys_rt_tgsigqueueinfo(int32_t tgid, int32_t tid, int32_t sig, uint32_t info);

#define COREDUMPS                                                                                \
	(SIGBIT(SIGQUIT) | SIGBIT(SIGILL) | SIGBIT(SIGTRAP) | SIGBIT(SIGABRT) | SIGBIT(SIGFPE) | \
	 SIGBIT(SIGSEGV) | SIGBIT(SIGBUS) | SIGBIT(SIGSYS) | SIGBIT(SIGXCPU) | SIGBIT(SIGXFSZ))

static struct sigqueue pool[NR_SIGQUEUE];

/* ---- P: a signal that is not blocked is queued, or the group is to stop ---- */

static uint64_t *shared(struct task_struct *t)
{
	return &t->leader->sigshared;
}

void recalc_sigpending(struct task_struct *t)
{
	if (((t->sigpending | *shared(t)) & ~t->sigblocked) || has_to_stop(t))
		set_tsk_thread_flags(t, _TIF_SIGPENDING);
	else
		clear_tsk_thread_flags(t, _TIF_SIGPENDING);
}

/* A stopped task is woken by SIGKILL alone; the others find it when they next look. */
void signal_wake_up(struct task_struct *t, int even_stopped)
{
	set_tsk_thread_flags(t, _TIF_SIGPENDING);
	if (t->state == TASK_INTERRUPTIBLE ||
	    (even_stopped && (t->state == TASK_STOPPED || t->state == TASK_TRACED)))
		wake_up_process(t);
}

void set_blocked(struct task_struct *self, uint64_t mask)
{
	self->sigblocked = mask & ~(SIGBIT(SIGKILL) | SIGBIT(SIGSTOP));
	recalc_sigpending(self);
}

/* ---- queues ---- */

int valid_signal(int sig)
{
	return MIN_MAX(sig, 1, _NSIG);
}

static int sig_ignored(const struct task_struct *t, int sig)
{
	uint32_t handler = t->sighand->action[sig - 1].handler;

	if (t->ptrace & PT_PTRACED)
		return 0; /* the tracer is to see it */
	if (set_has(&t->sigblocked, sig))
		return 0;
	return handler == SIG_IGN || (handler == SIG_DFL && (IGNORED_BY_DEFAULT & SIGBIT(sig)));
}

static struct sigqueue *new_entry(void)
{
	for (unsigned i = 0; i < NR_SIGQUEUE; i++)
		if (!pool[i].used)
			return &pool[i];
	return NULL;
}

static int append(struct sigqueue **queue, const struct siginfo *info)
{
	struct sigqueue *entry = new_entry();

	if (!entry)
		return -EAGAIN;
	entry->used = 1;
	entry->next = NULL;
	entry->info = *info;
	while (*queue)
		queue = &(*queue)->next;
	*queue = entry;
	return 0;
}

/* Into the task's own queue, or its process's. Without room a real-time signal that a program
 * wants queued is refused; any other, kill's or the kernel's own, is pending all the same, with nothing known of it. */
static int put_in_queue(int sig, const struct siginfo *info, struct task_struct *t, int for_group)
{
	struct task_struct *owner = for_group ? t->leader : t;
	uint64_t *set = for_group ? &owner->sigshared : &owner->sigpending;

	if (sig < SIGRTMIN) {
		(for_group ? owner->shared_siginfo : owner->siginfo)[sig - 1] = *info;
	} else if (append(for_group ? &owner->shared_queued : &owner->queued, info) &&
		   info->si_code != SI_USER && info->si_code != SI_KERNEL) {
		return -EAGAIN;
	}
	set_add(set, sig);
	ARRIVED(owner, sig);
	return 0;
}

/* Out of a list of real-time ones; `more` says that another one of its number waits. */
static void take_from_list(struct sigqueue **queue, int sig, struct siginfo *info, int *more)
{
	struct sigqueue *found = NULL;

	*more = 0;
	*info = (struct siginfo){ .si_signo = sig };
	while (*queue) {
		struct sigqueue *entry = *queue;

		if (entry->info.si_signo == sig) {
			if (found) {
				*more = 1;
				break;
			}
			found = entry;
			*queue = entry->next;
			continue;
		}
		queue = &entry->next;
	}
	if (!found)
		return;
	*info = found->info;
	found->used = 0;
}

#define SYNCHRONOUS                                                                             \
	(SIGBIT(SIGSEGV) | SIGBIT(SIGBUS) | SIGBIT(SIGILL) | SIGBIT(SIGTRAP) | SIGBIT(SIGFPE) | \
	 SIGBIT(SIGSYS))

static int lowest(uint64_t set)
{
	if (SYNCHRONOUS_LOWER && (set & SYNCHRONOUS))
		set &= SYNCHRONOUS;
	if ((uint32_t)set)
		return __builtin_ctz((uint32_t)set) + 1;
	return set ? __builtin_ctz((uint32_t)(set >> 32)) + 33 : 0;
}

static int take_lowest(uint64_t *set, struct siginfo *infos, struct sigqueue **queue,
		       uint64_t blocked, struct siginfo *info)
{
	int sig = lowest(*set & ~blocked), more = 0;

	if (!sig)
		return 0;
	if (sig < SIGRTMIN)
		*info = infos[sig - 1];
	else
		take_from_list(queue, sig, info, &more);
	if (!more)
		set_drop(set, sig);
	return sig;
}

/* The first of a task's own that an instruction of its has raised; kill's say 0 and less. As the kernel has
 * it: if one of them is not blocked the first is taken, and that one may be blocked (docs/exploration.md). */
static inline uint64_t synchronous(const struct task_struct *self)
{
	uint64_t raised = 0;
#ifdef HAS_ARRIVED
	uint32_t first = ~0u;

	if (!(SYNCHRONOUS & self->sigpending & ~self->sigblocked))
		return 0;
	for (int sig = 1; sig < SIGRTMIN; sig++)
		if ((SYNCHRONOUS & self->sigpending & SIGBIT(sig)) &&
		    (int32_t)self->siginfo[sig - 1].si_code > SI_USER &&
		    HAS_ARRIVED(self, sig) < first) {
			first = HAS_ARRIVED(self, sig);
			raised = SIGBIT(sig);
		}
#else
	(void)self;
#endif
	return raised;
}

/* The lowest signal that is queued and not blocked, the task's own before kill's; 0: none. */
int dequeue_signal(struct task_struct *self, uint64_t blocked, struct siginfo *info)
{
	struct task_struct *leader = self->leader;
	int sig = 0;

	if (SYNCHRONOUS_FIRST)
		sig = take_lowest(&self->sigpending, self->siginfo, &self->queued,
				  ~synchronous(self), info);
	if (!sig)
		sig = take_lowest(&self->sigpending, self->siginfo, &self->queued, blocked, info);
#ifdef FROM_GROUP
	FROM_GROUP(self) = !sig;
#endif
	if (!sig)
		sig = take_lowest(&leader->sigshared, leader->shared_siginfo,
				  &leader->shared_queued, blocked, info);
	recalc_sigpending(self);
	return sig;
}

static void empty(struct sigqueue **queue)
{
	for (; *queue; *queue = (*queue)->next)
		(*queue)->used = 0;
}

static void drop(uint64_t *set, struct sigqueue **queue, int sig)
{
	set_drop(set, sig);
	while (*queue) {
		struct sigqueue *entry = *queue;

		if (entry->info.si_signo != sig) {
			queue = &entry->next;
			continue;
		}
		entry->used = 0;
		*queue = entry->next;
	}
}

void forget_signal(int sig, struct task_struct *self)
{
	drop(&self->leader->sigshared, &self->leader->shared_queued, sig);
	for_each_task(t)
	{
		if (!same_group(t, self))
			continue;
		drop(&t->sigpending, &t->queued, sig);
		if (t->state < TASK_ZOMBIE)
			recalc_sigpending(t);
	}
}

void flush_queues(struct task_struct *t)
{
	empty(&t->queued);
	t->sigpending = 0;
	if (!is_leader(t))
		return;
	empty(&t->shared_queued);
	t->sigshared = 0;
}

/* ---- sending to one task ---- */

int send_sig_info(int sig, const struct siginfo *info, struct task_struct *t)
{
	int error;

	if (sig_ignored(t, sig) || (sig < SIGRTMIN && set_has(&t->sigpending, sig)))
		return 0;
	error = put_in_queue(sig, info, t, 0);
	if (!error && !set_has(&t->sigblocked, sig))
		signal_wake_up(t, sig == SIGKILL);
	return error;
}

int send_sig(int sig, struct task_struct *t)
{
	struct siginfo info = { .si_signo = sig, .si_code = SI_KERNEL };

	return valid_signal(sig) ? send_sig_info(sig, &info, t) : -EINVAL;
}

void queue_again(int sig, const struct siginfo *info, struct task_struct *t)
{
#ifdef FROM_GROUP
	if (REQUEUED_WHERE_IT_WAS && FROM_GROUP(t)) {
		if (!sig_ignored(t, sig) && !(sig < SIGRTMIN && set_has(shared(t), sig)))
			put_in_queue(sig, info, t, 1);
		return;
	}
#endif
	send_sig_info(sig, info, t);
}

/* A signal that may be neither blocked nor ignored: it falls back to the default. If it was
 * queued all the time, P is what was missing. */
void force_sig_info(int sig, const struct siginfo *info, struct task_struct *t)
{
	struct sigaction *action = &t->sighand->action[sig - 1];

	if (set_has(&t->sigblocked, sig) || action->handler == SIG_IGN) {
		action->handler = SIG_DFL;
		set_drop(&t->sigblocked, sig);
		recalc_sigpending(t);
	}
	send_sig_info(sig, info, t);
}

void force_sig(int sig, struct task_struct *t)
{
	struct siginfo info = { .si_signo = sig, .si_code = SI_KERNEL };

	force_sig_info(sig, &info, t);
}

/* ---- sending to a process ---- */

static int lives(const struct task_struct *t)
{
	return t->state < TASK_ZOMBIE;
}

/* Who is to take it: a thread that does not block it, is not stopped, not ending, and has not to look anyhow.
 * Before 2.6.14 SIGKILL, too, is left to one that has: stopped, it stays so with both queued. */
static int wants(const struct task_struct *t, int sig)
{
	if (!lives(t) || set_has(&t->sigblocked, sig) || (with_processes && !t->files))
		return 0;
	if (sig == SIGKILL && KILL_IS_ALWAYS_TAKEN)
		return 1;
	if (sig != SIGKILL && (t->state == TASK_STOPPED || t->state == TASK_TRACED))
		return 0;
	return t == current || !(t->thread_info->flags & _TIF_SIGPENDING);
}

static struct task_struct *taker(struct task_struct *first, int sig)
{
	if (wants(first, sig))
		return first;
	for_each_task(t) if (same_group(t, first) && wants(t, sig)) return t;
	return NULL;
}

/* It ends the process, whatever its threads do: no handler, no tracer, no core, nobody waits for it. */
static int is_fatal(const struct task_struct *t, int sig)
{
	if (t->leader->group.flags & GROUP_EXIT)
		return 0; /* it ends already */
	if (sig == SIGKILL)
		return 1;
	return t->sighand->action[sig - 1].handler == SIG_DFL && !(t->ptrace & PT_PTRACED) &&
	       !set_has(&t->real_blocked, sig) &&
	       !((IGNORED_BY_DEFAULT | STOPS_BY_DEFAULT | COREDUMPS) & SIGBIT(sig));
}

/* Each thread finds it in its own queue: before all else, and a stop that is on its way ends at once. */
static void kill_group(struct task_struct *one, int sig)
{
	struct group *g = &one->leader->group;

	g->flags = GROUP_EXIT;
	g->exit_code = sig;
	g->stop_count = 0;
	for_each_task(t)
	{
		if (!same_group(t, one) || !lives(t))
			continue;
		t->sigpending |= SIGBIT(SIGKILL);
		signal_wake_up(t, 1);
	}
}

static void complete(struct task_struct *t, int sig)
{
	struct task_struct *chosen = taker(t, sig);

	if (!chosen) {
		/* Who may, finds it at the end of his stop. A tracer that is the host sees P at once. */
		if (!with_processes && !set_has(&t->sigblocked, sig))
			signal_wake_up(t, sig == SIGKILL);
	} else if (is_fatal(chosen, sig)) {
		kill_group(chosen, sig);
	} else {
		signal_wake_up(chosen, sig == SIGKILL);
	}
}

int group_signal(int sig, const struct siginfo *info, struct task_struct *t)
{
	int error;

	if (t->leader->state >= TASK_ZOMBIE && group_is_alone(t->leader))
		return 0;
	if (sig_ignored(t, sig) || (sig < SIGRTMIN && set_has(shared(t), sig)))
		return 0;
	error = put_in_queue(sig, info, t, 1);
	if (!error)
		complete(t, sig);
	return error;
}

/* ---- stop and continue, which take back what is queued of the other ---- */

static void revoke(struct task_struct *t, uint64_t set)
{
	t->sigpending &= ~set;
	*shared(t) &= ~set;
}

/* SIGCONT, even if it is ignored or blocked, ends a group stop; the parent may want to know. */
static void end_group_stop(struct task_struct *one)
{
	struct group *g = &one->leader->group;

	if (with_processes && ((g->flags & GROUP_STOPPED) || g->stop_count)) {
		g->flags = GROUP_CONTINUED;
		g->exit_code = 0;
		notify_parent(one->leader, CLD_CONTINUED, SIGCONT);
	}
	g->stop_count = 0;
	for_each_task(t)
	{
		if (!same_group(t, one) || !lives(t))
			continue;
		stop_taken(t);
		revoke(t, STOPS_BY_DEFAULT);
		if (t->state == TASK_STOPPED && !(GROUP_STOP_IS_A_TRAP && (t->ptrace & PT_PTRACED)))
			wake_up_process(t);
	}
}

static void handle_stop_signal(int sig, struct task_struct *one)
{
	if (sig == SIGCONT)
		end_group_stop(one);
	if (!(SIGBIT(sig) & STOPS_BY_DEFAULT))
		return;
	for_each_task(t) if (same_group(t, one) && lives(t)) revoke(t, SIGBIT(SIGCONT));
}

static struct siginfo from_user(int sig, int code)
{
	return (struct siginfo){ .si_signo = sig,
				 .si_code = code,
				 .si_pid = (uint32_t)current->tgid,
				 .si_uid = current->uid };
}

int kill_task(int sig, struct task_struct *t)
{
	struct siginfo info = from_user(sig, SI_USER);

	handle_stop_signal(sig, t);
	return group_signal(sig, &info, t);
}

int kernel_signal(int sig, struct task_struct *t)
{
	struct siginfo info = { .si_signo = sig, .si_code = SI_KERNEL };

	handle_stop_signal(sig, t);
	return group_signal(sig, &info, t);
}

/* ---- kill(2) and its kin ---- */

#define CAP_KILL_BIT 0x20

/* It has no handler, and does not die: what it is sent is gone. */
static int is_init(const struct task_struct *t)
{
	return t == &tasks[TASK_INIT];
}

static int may_kill(const struct task_struct *t, int sig)
{
	const struct task_struct *self = current;

	if (!with_processes)
		return !is_init(t);
	/* The first program is root, and has no capabilities. */
	if (self->euid == 0 || (self->cap_effective & CAP_KILL_BIT))
		return 1;
	if (sig == SIGCONT && t->leader->group.session == self->leader->group.session)
		return 1;
	return self->euid == t->suid || self->euid == t->uid || self->uid == t->suid ||
	       self->uid == t->uid;
}

/* Only who is there is asked whether there is such a signal. */
static int32_t check(const struct task_struct *t, int32_t sig)
{
	if (!MIN_MAX(sig, 0, _NSIG))
		return -EINVAL;
	return may_kill(t, sig) ? 0 : -EPERM;
}

int32_t kill_one(struct task_struct *t, int32_t sig)
{
	int32_t error = check(t, sig);

	return !error && sig && !is_init(t) ? kill_task(sig, t) : error;
}

/* All processes of that group; 0: all but init, the host and one's own, and it is no error if some, or
 * all, may not be sent it. -ESRCH: none. */
static int32_t kill_many(int32_t sig, int32_t pgrp)
{
	int32_t result = -ESRCH;

	for_each_program(t)
	{
		int32_t error;

		if (!is_leader(t) || t->state == TASK_DEAD)
			continue;
		if (pgrp ? t->group.pgrp != pgrp : t->leader == current->leader)
			continue;
		error = kill_one(t, sig);
		if (!pgrp && error == -EPERM)
			error = 0;
		if (result != 0)
			result = error;
	}
	return result;
}

asmlinkage int32_t sys_kill(int32_t pid, int32_t sig)
{
	struct task_struct *t;

	if (with_processes && pid <= 0)
		return kill_many(sig, pid == 0  ? current->leader->group.pgrp :
				      pid == -1 ? 0 :
						  -pid);
	t = find_task_by_pid(pid); /* any thread stands for its process */
	return t ? kill_one(t, sig) : -ESRCH;
}

static int32_t kill_thread(int32_t tgid, int32_t tid, int32_t sig, const struct siginfo *info)
{
	struct task_struct *t = find_task_by_pid(tid);
	int32_t error;

	if (!t || t == &tasks[TASK_TRACER] || (tgid && t->tgid != tgid))
		return -ESRCH;
	error = check(t, sig);
	if (error || !sig || is_init(t) || t->state >= TASK_ZOMBIE)
		return error;
	handle_stop_signal(sig, t);
	return send_sig_info(sig, info, t);
}

asmlinkage int32_t sys_tkill(int32_t tid, int32_t sig)
{
	struct siginfo info = from_user(sig, SI_TKILL);

	return tid <= 0 ? -EINVAL : kill_thread(0, tid, sig, &info);
}

asmlinkage int32_t sys_tgkill(int32_t tgid, int32_t tid, int32_t sig)
{
	struct siginfo info = from_user(sig, SI_TKILL);

	return tgid <= 0 || tid <= 0 ? -EINVAL : kill_thread(tgid, tid, sig, &info);
}

/* What a program makes up must not look as if the kernel or kill had sent it. */
static int get_info(uint32_t at, int32_t sig, struct siginfo *info)
{
	if (copy_from_user(info, at, sizeof(*info) / 4))
		return -EFAULT;
	if (info->si_code >= 0 || info->si_code == SI_TKILL)
		return -EPERM;
	info->si_signo = sig;
	return 0;
}

asmlinkage int32_t sys_rt_sigqueueinfo(int32_t pid, int32_t sig, uint32_t info)
{
	struct task_struct *t = find_task_by_pid(pid);
	struct siginfo in;
	int error = get_info(info, sig, &in);

	if (error)
		return error;
	if (!t || t == &tasks[TASK_TRACER])
		return -ESRCH;
	error = check(t, sig);
	if (error || !sig || is_init(t))
		return error;
	handle_stop_signal(sig, t);
	return group_signal(sig, &in, t);
}

asmlinkage int32_t sys_rt_tgsigqueueinfo(int32_t tgid, int32_t tid, int32_t sig, uint32_t info)
{
	struct siginfo in;
	int error = get_info(info, sig, &in);

	if (error)
		return error;
	return tgid <= 0 || tid <= 0 ? -EINVAL : kill_thread(tgid, tid, sig, &in);
}
