/* SPDX-License-Identifier: GPL-2.0-only */
/* queue_model.c: see queue_model.h. */
#include "tests/functions/queue_model.h"

#include "tests/helpers/random_program.h"

#include <string.h>

enum { STACK = 8192, IGNORE = 1, NO_STOPS_TOLD = 1, SIGNALS = 64 };

uint64_t queue_bit(int sig)
{
	return (uint64_t)1 << (sig - 1);
}

static uint64_t set_of(const int *sig, unsigned n)
{
	uint64_t set = 0;

	while (n--)
		set |= queue_bit(sig[n]);
	return set;
}

#define SET(...) set_of((const int[]){ __VA_ARGS__ }, sizeof((const int[]){ __VA_ARGS__ }) / 4)
#define STOPS    SET(SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU)
#define QUIET    SET(SIGCHLD, SIGCONT, SIGURG, SIGWINCH)
#define CORES \
	SET(SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGXCPU, SIGXFSZ, SIGSYS)

/* ---- the tasks ---- */

uint32_t queue_task_at(const struct signals *w, unsigned i)
{
	return w->tasks + i * (uint32_t)sizeof(w->task[0]);
}

unsigned queue_index(const struct signals *w, uint32_t at)
{
	uint32_t i = (at - w->tasks) / (uint32_t)sizeof(w->task[0]);

	return i < QUEUE_TASKS ? i : QUEUE_TASKS;
}

static unsigned leader(const struct signals *w, unsigned i)
{
	return queue_index(w, w->task[i].leader);
}

static bool lives(const struct signals *w, unsigned i)
{
	return w->task[i].state < ZOMBIE;
}

static bool is_together(const struct signals *w, unsigned i, unsigned k)
{
	return leader(w, i) == leader(w, k);
}

bool queue_has_handler(const struct signals *w, unsigned i)
{
	return (w->task[i].sighand - w->hands) / sizeof(w->hand[0]) < QUEUE_HANDS;
}

struct sigaction *queue_action(struct signals *w, unsigned i, int sig)
{
	assert_true(queue_has_handler(w, i));
	return &w->hand[(w->task[i].sighand - w->hands) / sizeof(w->hand[0])].action[sig - 1];
}

static unsigned used(const struct signals *w)
{
	unsigned n = w->elsewhere;

	for (unsigned i = 0; i < QUEUE_TASKS; i++)
		n += w->own[i].n + w->shared[i].n;
	return n;
}

/* ---- the machine ---- */

struct signals queue_open(const char *kernel)
{
	struct signals w = { .kernel = kernel };
	struct emit p = { 0 };
	uint32_t stacks;
	sysemu_machine *m;

	emit_mov(&p, EMIT_EAX, NR_GETPID);
	emit(&p, "cd80");
	emit(&p, "ebf7");
	m = emit_open(&p, kernel, SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED);
	w.caller = caller_in_program(m);
	w.tasks = symbol(m, "tasks");
	w.pool = symbol(m, "pool");
	stacks = symbol(m, "stacks");
	w.infos = spare_memory(m) + 0x100;
	w.hands = spare_memory(m) + 0x400;
	OK(m, sysemu_read(m, w.tasks, w.task, sizeof(w.task)));
	for (unsigned i = TASK_PROGRAM; i < QUEUE_TASKS; i++)
		w.task[i].thread_info = stacks + i * STACK;
	for (unsigned i = 0; i < TASK_PROGRAM; i++) { /* not the program's to change */
		assert_int_equal(w.task[i].queued | w.task[i].shared_queued, 0);
		w.tif[i] = guest_word(m, w.task[i].thread_info + TI_FLAGS);
	}
	OK(m, sysemu_write(m, symbol(m, "tasks_end"), &(uint32_t){ queue_task_at(&w, QUEUE_TASKS) },
			   4));
	return w;
}

static uint32_t entry_at(const struct signals *w, unsigned n)
{
	return w->pool + n * (uint32_t)sizeof(struct sigqueue);
}

static uint32_t put_list(const struct signals *w, struct sigqueue *pool, const uint8_t *order,
			 unsigned *taken, const struct waiting *list)
{
	uint32_t next = 0;

	for (unsigned i = list->n; i--;) {
		struct sigqueue *q = &pool[order[*taken]];

		*q = (struct sigqueue){ .used = 1, .next = next, .info = list->info[i] };
		next = entry_at(w, order[(*taken)++]);
	}
	return next;
}

void queue_write(struct signals *w)
{
	sysemu_machine *m = w->caller.m;
	struct sigqueue pool[NR_SIGQUEUE];
	uint8_t order[NR_SIGQUEUE];
	unsigned taken = 0;

	for (unsigned i = 0; i < NR_SIGQUEUE; i++) {
		unsigned k = below(i + 1);

		order[i] = order[k];
		order[k] = (uint8_t)i;
		memset(&pool[i], (int)any(), sizeof(pool[i]));
		pool[i].used = 0;
	}
	for (unsigned i = 0; i < QUEUE_TASKS; i++) {
		w->task[i].queued = put_list(w, pool, order, &taken, &w->own[i]);
		w->task[i].shared_queued = put_list(w, pool, order, &taken, &w->shared[i]);
	}
	for (unsigned i = 0; i < w->elsewhere; i++)
		pool[order[taken++]].used = 1;
	OK(m, sysemu_write(m, w->pool, pool, sizeof(pool)));
	OK(m, sysemu_write(m, w->tasks, w->task, sizeof(w->task)));
	OK(m, sysemu_write(m, w->hands, w->hand, sizeof(w->hand)));
	for (unsigned i = 0; i < QUEUE_TASKS; i++)
		OK(m, sysemu_write(m, w->task[i].thread_info + TI_FLAGS, &w->tif[i], 4));
	for (unsigned i = 0; i < QUEUE_TASKS; i++)
		OK(m, sysemu_write(m, w->task[i].thread_info + TI_TASK,
				   &(uint32_t){ queue_task_at(w, i) }, 4));
	OK(m, sysemu_write(m, symbol(m, "with_processes"), &(uint32_t){ w->processes }, 4));
}

static void expect_list(const struct signals *w, struct sigqueue *pool, uint32_t at,
			const struct waiting *list, const char *what)
{
	for (unsigned i = 0; i < list->n; i++) {
		unsigned n = (at - w->pool) / (uint32_t)sizeof(*pool);

		if (n >= NR_SIGQUEUE || entry_at(w, n) != at || pool[n].used != 1)
			fail_msg("%s: number %u of %u in a queue is at 0x%x", what, i, list->n, at);
		expect_words_of(what, i, &pool[n].info, &list->info[i], sizeof(list->info[i]));
		pool[n].used = 2; /* and in no other */
		at = pool[n].next;
	}
	if (at)
		fail_msg("%s: a queue goes on at 0x%x", what, at);
}

void queue_expect(const struct signals *w, const char *what)
{
	sysemu_machine *m = w->caller.m;
	static struct task_struct task[QUEUE_TASKS];
	struct sighand hand[QUEUE_HANDS];
	struct sigqueue pool[NR_SIGQUEUE];
	unsigned n = 0;

	OK(m, sysemu_read(m, w->tasks, task, sizeof(task)));
	OK(m, sysemu_read(m, w->hands, hand, sizeof(hand)));
	OK(m, sysemu_read(m, w->pool, pool, sizeof(pool)));
	for (unsigned i = 0; i < NR_SIGQUEUE; i++)
		n += pool[i].used;
	assert_int_equal(n, used(w));
	for (unsigned i = 0; i < QUEUE_TASKS; i++) {
		expect_list(w, pool, task[i].queued, &w->own[i], what);
		expect_list(w, pool, task[i].shared_queued, &w->shared[i], what);
		task[i].queued = w->task[i].queued;
		task[i].shared_queued = w->task[i].shared_queued;
		expect_words_of(what, i, &task[i], &w->task[i], sizeof(task[i]));
		if (guest_word(m, task[i].thread_info + TI_FLAGS) != w->tif[i])
			fail_msg("%s: %u has flags 0x%x, not 0x%x", what, i,
				 guest_word(m, task[i].thread_info + TI_FLAGS), w->tif[i]);
	}
	expect_words_of(what, 99, hand, w->hand, sizeof(hand));
}

/* ---- P, and waking ---- */

void queue_recalc(struct signals *w, unsigned i)
{
	const struct task_struct *t = &w->task[i], *l = &w->task[leader(w, i)];
	bool due = ((t->sigpending | l->sigshared) & ~t->sigblocked) || l->group.stop_count;

	w->tif[i] = due ? w->tif[i] | P : w->tif[i] & ~(uint32_t)P;
}

void queue_wake_up(struct signals *w, unsigned i, bool even_stopped)
{
	uint32_t *state = &w->task[i].state;

	w->tif[i] |= P;
	if (*state == TASK_INTERRUPTIBLE ||
	    (even_stopped && (*state == STOPPED || *state == TRACED)))
		*state = RUNNING;
}

void queue_block(struct signals *w, unsigned i, uint64_t mask)
{
	w->task[i].sigblocked = mask & ~SET(SIGKILL, SIGSTOP);
	queue_recalc(w, i);
}

/* ---- taking, forgetting ---- */

static void remove_at(struct waiting *list, unsigned n)
{
	list->n--;
	memmove(&list->info[n], &list->info[n + 1], (list->n - n) * sizeof(list->info[0]));
}

static unsigned find_in(const struct waiting *list, int sig)
{
	unsigned i = 0;

	while (i < list->n && list->info[i].si_signo != sig)
		i++;
	return i;
}

static int32_t take(uint64_t *set, const struct siginfo *once, struct waiting *list,
		    uint64_t blocked, struct siginfo *info)
{
	for (int sig = 1; sig <= SIGNALS; sig++) {
		unsigned n;

		if (!(*set & ~blocked & queue_bit(sig)))
			continue;
		n = find_in(list, sig);
		if (sig < SIGRTMIN)
			*info = once[sig - 1];
		else if (n == list->n) /* there was no room for what is known of it */
			*info = (struct siginfo){ .si_signo = sig };
		else
			*info = list->info[n];
		if (sig >= SIGRTMIN && n < list->n)
			remove_at(list, n);
		if (sig < SIGRTMIN || find_in(list, sig) == list->n)
			*set &= ~queue_bit(sig);
		return sig;
	}
	return 0;
}

int32_t queue_take(struct signals *w, unsigned i, uint64_t blocked, struct siginfo *info)
{
	struct task_struct *t = &w->task[i], *l = &w->task[leader(w, i)];
	int32_t sig = take(&t->sigpending, t->siginfo, &w->own[i], blocked, info);

	if (!sig)
		sig = take(&l->sigshared, l->shared_siginfo, &w->shared[leader(w, i)], blocked,
			   info);
	queue_recalc(w, i);
	return sig;
}

void queue_flush(struct signals *w, unsigned i)
{
	w->own[i].n = 0;
	w->task[i].sigpending = 0;
	if (leader(w, i) != i)
		return;
	w->shared[i].n = 0;
	w->task[i].sigshared = 0;
}

static void drop(uint64_t *set, struct waiting *list, int sig)
{
	*set &= ~queue_bit(sig);
	for (unsigned n; (n = find_in(list, sig)) < list->n;)
		remove_at(list, n);
}

/* sigaction(2): a signal that waits and is ignored now is gone, whichever of the threads it waits for. */
void queue_forget(struct signals *w, unsigned i, int sig)
{
	unsigned l = leader(w, i);

	drop(&w->task[l].sigshared, &w->shared[l], sig);
	for (unsigned k = 0; k < QUEUE_TASKS; k++)
		if (is_together(w, i, k)) {
			drop(&w->task[k].sigpending, &w->own[k], sig);
			if (lives(w, k))
				queue_recalc(w, k);
		}
}

/* ---- sending ---- */

static bool is_ignored(struct signals *w, unsigned i, int sig)
{
	uint32_t handler = queue_action(w, i, sig)->handler;

	if ((w->task[i].ptrace & PTRACED) || (w->task[i].sigblocked & queue_bit(sig)))
		return false;
	return handler == IGNORE || (!handler && (QUIET & queue_bit(sig)));
}

/* sigqueue(3): -EAGAIN for a real-time signal that a program made, without room. kill's (0) and the kernel's own (SI_KERNEL)
 * are pending even so. */
static int32_t put(struct signals *w, int sig, const struct siginfo *info, uint64_t *set,
		   struct siginfo *once, struct waiting *list)
{
	if (sig < SIGRTMIN) {
		once[sig - 1] = *info;
	} else if (used(w) < NR_SIGQUEUE) {
		assert_true(list->n < QUEUE_LONGEST);
		list->info[list->n++] = *info;
	} else if (info->si_code != 0 && info->si_code != 0x80) {
		return -EAGAIN;
	}
	*set |= queue_bit(sig);
	return 0;
}

int32_t queue_send(struct signals *w, int sig, const struct siginfo *info, unsigned i)
{
	struct task_struct *t = &w->task[i];
	int32_t error;

	if (is_ignored(w, i, sig) || (sig < SIGRTMIN && (t->sigpending & queue_bit(sig))))
		return 0;
	error = put(w, sig, info, &t->sigpending, t->siginfo, &w->own[i]);
	if (!error && !(t->sigblocked & queue_bit(sig)))
		queue_wake_up(w, i, sig == SIGKILL);
	return error;
}

void queue_force(struct signals *w, int sig, const struct siginfo *info, unsigned i)
{
	struct sigaction *action = queue_action(w, i, sig);

	if ((w->task[i].sigblocked & queue_bit(sig)) || action->handler == IGNORE) {
		action->handler = 0;
		w->task[i].sigblocked &= ~queue_bit(sig);
		queue_recalc(w, i);
	}
	queue_send(w, sig, info, i);
}

/* §7: who is to take it. */
static bool wants(const struct signals *w, unsigned i, int sig)
{
	const struct task_struct *t = &w->task[i];

	if (!lives(w, i) || (t->sigblocked & queue_bit(sig)))
		return false;
	if (w->processes && !t->files) /* it has begun to end */
		return false;
	if (sig == SIGKILL && is_2_6_14(w->kernel))
		return true;
	if (sig != SIGKILL && (t->state == STOPPED || t->state == TRACED))
		return false;
	return i == QUEUE_SELF || !(w->tif[i] & P);
}

static bool ends_all(struct signals *w, unsigned i, int sig)
{
	if (w->task[leader(w, i)].group.flags & GROUP_EXIT)
		return false;
	if (sig == SIGKILL)
		return true;
	return !queue_action(w, i, sig)->handler && !(w->task[i].ptrace & PTRACED) &&
	       !(w->task[i].real_blocked & queue_bit(sig)) &&
	       !((QUIET | STOPS | CORES) & queue_bit(sig));
}

static void end_all(struct signals *w, unsigned i, int sig)
{
	struct group *g = &w->task[leader(w, i)].group;

	g->flags = GROUP_EXIT;
	g->exit_code = sig;
	g->stop_count = 0;
	for (unsigned k = 0; k < QUEUE_TASKS; k++)
		if (is_together(w, i, k) && lives(w, k)) {
			w->task[k].sigpending |= queue_bit(SIGKILL);
			queue_wake_up(w, k, true);
		}
}

int32_t queue_send_group(struct signals *w, int sig, const struct siginfo *info, unsigned i)
{
	unsigned l = leader(w, i), alive = 0, k;
	struct task_struct *t = &w->task[l];
	int32_t error;

	for (k = 0; k < QUEUE_TASKS; k++)
		alive += is_together(w, i, k) && lives(w, k);
	if (!alive) /* a zombie takes none */
		return 0;
	if (is_ignored(w, i, sig) || (sig < SIGRTMIN && (t->sigshared & queue_bit(sig))))
		return 0;
	error = put(w, sig, info, &t->sigshared, t->shared_siginfo, &w->shared[l]);
	if (error)
		return error;
	k = i; /* the one that was named; else any: of a guest's, the first */
	if (!wants(w, k, sig))
		for (k = 0; k < QUEUE_TASKS && !(is_together(w, i, k) && wants(w, k, sig)); k++)
			;
	if (k < QUEUE_TASKS && ends_all(w, k, sig))
		end_all(w, k, sig);
	else if (k < QUEUE_TASKS)
		queue_wake_up(w, k, sig == SIGKILL);
	else if (!w->processes && !(w->task[i].sigblocked & queue_bit(sig)))
		queue_wake_up(w, i,
			      sig == SIGKILL); /* ours: a tracer that is the host sees P at once */
	return 0;
}

/* ---- what stops and what continues take each other back ---- */

/* waitpid(2), sigaction(2): SIGCHLD unless it is ignored or SA_NOCLDSTOP; and a wait hears of it in any case. */
static void tell_parent(struct signals *w, unsigned l, int code, int32_t status)
{
	const struct siginfo info = { .si_signo = SIGCHLD,
				      .si_code = code,
				      .si_pid = (uint32_t)w->task[l].pid,
				      .si_uid = w->task[l].uid,
				      .si_status = status };
	unsigned parent = queue_index(w, w->task[l].parent);
	const struct sigaction *action;
	uint32_t channel;

	if (parent < TASK_PROGRAM || !lives(w, parent)) /* the host hears of it otherwise */
		return;
	action = queue_action(w, parent, SIGCHLD);
	channel = w->task[parent].leader;
	if (action->handler != IGNORE && !(action->flags & NO_STOPS_TOLD))
		queue_send_group(w, SIGCHLD, &info, parent);
	for (unsigned k = 0; k < QUEUE_TASKS; k++)
		if (w->task[k].state == TASK_INTERRUPTIBLE && w->task[k].channel == channel) {
			w->task[k].woken = 1;
			w->task[k].state = RUNNING;
		}
}

void queue_stop_or_continue(struct signals *w, int sig, unsigned i)
{
	struct group *g = &w->task[leader(w, i)].group;
	uint64_t gone = sig == SIGCONT ? STOPS : STOPS & queue_bit(sig) ? queue_bit(SIGCONT) : 0;
	bool any = false;

	if (sig == SIGCONT) {
		if (w->processes && ((g->flags & GROUP_STOPPED) || g->stop_count)) {
			g->flags = GROUP_CONTINUED;
			g->exit_code = 0;
			tell_parent(w, leader(w, i), CLD_CONTINUED, SIGCONT);
		}
		g->stop_count = 0;
	}
	for (unsigned k = 0; k < QUEUE_TASKS; k++) {
		if (!is_together(w, i, k) || !lives(w, k))
			continue;
		any = true;
		w->task[k].sigpending &= ~gone;
		if (sig == SIGCONT && w->task[k].state == STOPPED)
			w->task[k].state = RUNNING;
	}
	if (any)
		w->task[leader(w, i)].sigshared &= ~gone;
}

/* ---- kill(2) and its kin ---- */

struct siginfo queue_from_user(const struct signals *w, int sig, int code)
{
	const struct task_struct *self = &w->task[QUEUE_SELF];

	return (struct siginfo){ .si_signo = sig,
				 .si_code = code,
				 .si_pid = (uint32_t)self->tgid,
				 .si_uid = self->uid };
}

static unsigned find(const struct signals *w, int32_t pid)
{
	unsigned i = 0;

	while (i < QUEUE_TASKS && (w->task[i].pid != pid || w->task[i].state == TASK_DEAD))
		i++;
	return i;
}

/* kill(2): the number first, then who may. */
static int32_t check(const struct signals *w, unsigned i, int32_t sig)
{
	const struct task_struct *self = &w->task[QUEUE_SELF], *t = &w->task[i];
	bool same_session =
		w->task[leader(w, QUEUE_SELF)].group.session == w->task[leader(w, i)].group.session;

	if (sig < 0 || sig > SIGNALS)
		return -EINVAL;
	if (!w->processes) /* there are none but init that it has no business with */
		return i == TASK_INIT ? -EPERM : 0;
	/* CAP_KILL, which root has: ours begins without that bit. */
	if (!self->euid || (self->cap_effective & 1 << 5) || (sig == SIGCONT && same_session))
		return 0;
	return self->uid == t->uid || self->uid == t->suid || self->euid == t->uid ||
			       self->euid == t->suid ?
		       0 :
		       -EPERM;
}

static int32_t kill_process(struct signals *w, unsigned i, int32_t sig, const struct siginfo *info)
{
	int32_t error = check(w, i, sig);

	if (error || !sig || i == TASK_INIT) /* init takes none that it has no handler for */
		return error;
	queue_stop_or_continue(w, sig, i);
	return queue_send_group(w, sig, info, i);
}

int32_t queue_kill(struct signals *w, int32_t pid, int32_t sig)
{
	struct siginfo info = queue_from_user(w, sig, 0);
	int32_t group = pid ? -pid : w->task[leader(w, QUEUE_SELF)].group.pgrp, result = -ESRCH;
	unsigned i = find(w, pid);

	if (pid > 0 || !w->processes)
		return i == QUEUE_TASKS ? -ESRCH : kill_process(w, i, sig, &info);
	for (i = TASK_PROGRAM; i < QUEUE_TASKS; i++) {
		int32_t error;

		if (leader(w, i) != i || w->task[i].state == TASK_DEAD)
			continue;
		if (pid == -1 ? is_together(w, i, QUEUE_SELF) : w->task[i].group.pgrp != group)
			continue;
		error = kill_process(w, i, sig, &info);
		/* To all there are: whom it may not send it to does not count. */
		if (pid == -1 && error == -EPERM)
			error = 0;
		if (result)
			result = error;
	}
	return result;
}

int32_t queue_kill_thread(struct signals *w, int32_t tgid, int32_t tid, int32_t sig,
			  const struct siginfo *info)
{
	unsigned i = find(w, tid);
	int32_t error;

	if (i == QUEUE_TASKS || i == TASK_TRACER || (tgid && w->task[i].tgid != tgid))
		return -ESRCH;
	error = check(w, i, sig);
	if (error || !sig || i == TASK_INIT || !lives(w, i))
		return error;
	queue_stop_or_continue(w, sig, i);
	return queue_send(w, sig, info, i);
}

int32_t queue_sigqueue(struct signals *w, int32_t pid, int32_t sig, const struct siginfo *info)
{
	unsigned i = find(w, pid);

	return i == QUEUE_TASKS || i == TASK_TRACER ? -ESRCH : kill_process(w, i, sig, info);
}
