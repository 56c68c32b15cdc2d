/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ids_test.c: the calls about who a process is -- process groups, sessions, users, prctl -- called by themselves, with tasks that
 * are drawn at random; their result and every word that they leave, against setpgid(2), setsid(2), credentials(7), prctl(2), and
 * what a group is told that is left orphaned. Every kernel of 2005.
 */
#include "tests/functions/queue_draw.h"

#include <string.h>

#define KEEP 0xffffffffu /* -1: it stays */

enum { CALLS = 2500, NONE = QUEUE_TASKS };

static struct task_struct *self_of(struct signals *w)
{
	return &w->task[QUEUE_SELF];
}

static unsigned leader_of(const struct signals *w, unsigned i)
{
	return queue_index(w, w->task[i].leader);
}

/* The kernel's own fault leaves its address. */
static void take_cr2(struct signals *w)
{
	self_of(w)->thread.cr2 =
		guest_word(w->caller.m, queue_task_at(w, QUEUE_SELF) +
						(uint32_t)offsetof(struct task_struct, thread.cr2));
}

static void expect(struct signals *w, const char *name, const uint32_t args[5], int32_t result)
{
	int32_t is = (int32_t)call_on_stack_with(&w->caller, name, args, 5);

	if (is != result)
		fail_msg("%s(0x%x, 0x%x, 0x%x) says %d, not %d", name, args[0], args[1], args[2],
			 is, result);
	if (result == -EFAULT)
		take_cr2(w);
	queue_expect(w, name);
}

/* ---- process groups and sessions ---- */

static bool is_member(const struct signals *w, unsigned i, int32_t pgrp)
{
	return leader_of(w, i) == i && w->task[i].state != TASK_DEAD &&
	       w->task[i].group.pgrp == pgrp;
}

static unsigned find(const struct signals *w, int32_t pid)
{
	for (unsigned i = 0; i < QUEUE_TASKS; i++)
		if (w->task[i].pid == pid && w->task[i].state != TASK_DEAD)
			return i;
	return NONE;
}

/* Few groups, sessions and parents, so that they meet. */
static void draw_kin(struct signals *w)
{
	queue_draw_world(w);
	for (unsigned i = TASK_PROGRAM; i < QUEUE_TASKS; i++) {
		struct task_struct *t = &w->task[i];
		struct group *g = &t->group;

		g->pgrp = w->task[TASK_PROGRAM + below(3)].pid;
		g->session = below(3) ? w->task[TASK_PROGRAM].pid + 0x1000 :
					w->task[TASK_PROGRAM + below(6)].pid;
		if (!below(6))
			g->session ^= 1 << below(31);
		g->tty = any();
		g->tty_old_pgrp = (int)any();
		t->real_parent = below(2) ? w->task[QUEUE_SELF].leader :
					    queue_task_at(w, below(QUEUE_TASKS));
		t->exec_count = ONE_OF(0, 1, 1 + 256, any());
		t->parent_exec_count = below(3) ? t->exec_count : any();
		if (t->state == STOPPED) /* and not by a tracer alone */
			t->exit_code = SIGSTOP;
	}
	OK(w->caller.m, sysemu_write(w->caller.m, w->tasks, w->task, sizeof(w->task)));
}

static int32_t draw_pid(const struct signals *w)
{
	return (int32_t)ONE_OF(0, (uint32_t)w->task[draw_one()].pid,
			       (uint32_t)w->task[draw_one()].pid,
			       (uint32_t)w->task[draw_one()].tgid, INIT, TRACER, 4711, (uint32_t)-5,
			       1u << below(32));
}

static int32_t set_group(struct signals *w, int32_t pid, int32_t pgid)
{
	unsigned own = leader_of(w, QUEUE_SELF), i;
	struct group *g;

	pid = pid ? pid : self_of(w)->tgid;
	pgid = pgid ? pgid : pid;
	if (pgid < 0)
		return -EINVAL;
	i = find(w, pid);
	if (i == NONE)
		return -ESRCH;
	if (leader_of(w, i) != i) /* a thread has none of its own */
		return -EINVAL;
	g = &w->task[i].group;
	if (i != own) {
		unsigned parent = queue_index(w, w->task[i].real_parent);

		if (leader_of(w, parent) != own)
			return -ESRCH;
		if (g->session != w->task[own].group.session)
			return -EPERM;
		if (w->task[i].exec_count != w->task[i].parent_exec_count)
			return -EACCES;
	}
	if (g->session == w->task[i].tgid) /* it leads its session */
		return -EPERM;
	for (unsigned k = 0; pgid != pid; k++) {
		if (k == QUEUE_TASKS)
			return -EPERM;
		if (is_member(w, k, pgid) && w->task[k].group.session == w->task[own].group.session)
			break;
	}
	g->pgrp = pgid;
	return 0;
}

static int32_t new_session(struct signals *w)
{
	struct task_struct *t = &w->task[leader_of(w, QUEUE_SELF)];

	for (unsigned k = 0; k < QUEUE_TASKS; k++)
		if (is_member(w, k, t->tgid))
			return -EPERM;
	t->group.session = t->group.pgrp = t->tgid;
	t->group.tty = 0;
	t->group.tty_old_pgrp = 0;
	return t->tgid;
}

/* getpgid(2), getsid(2): of any thread; and not of the two that are ours. */
static const struct group *group_of(const struct signals *w, int32_t pid)
{
	unsigned i = pid ? find(w, pid) : QUEUE_SELF;

	return i < TASK_PROGRAM || i == NONE ? NULL : &w->task[leader_of(w, i)].group;
}

static void groups_and_sessions_are_as_the_model_says(void **state)
{
	struct signals w = queue_open(*state);

	draw_from(number_from("SYSEMU_SEED", 41));
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS); i < n; i++) {
		int32_t pid, pgid;
		uint32_t args[5] = { 0 };
		const struct group *g;

		draw_kin(&w);
		args[0] = (uint32_t)(pid = draw_pid(&w));
		args[1] =
			(uint32_t)(pgid = below(3) ? draw_pid(&w) : w.task[draw_one()].group.pgrp);
		args[2] = any();
		g = group_of(&w, pid);
		switch (below(8)) {
		case 0: expect(&w, "sys_getpgid", args, g ? g->pgrp : -ESRCH); break;
		case 1: expect(&w, "sys_getsid", args, g ? g->session : -ESRCH); break;
		case 2: expect(&w, "sys_getpgrp", args, group_of(&w, 0)->pgrp); break;
		case 3: expect(&w, "sys_setsid", args, new_session(&w)); break;
		default: expect(&w, "sys_setpgid", args, set_group(&w, pid, pgid));
		}
	}
	sysemu_close(w.caller.m);
}

/* ---- a group as a whole ---- */

/* setpgid(2), POSIX: no member has a parent in another group of its session. Init's children have none, nor has who has ended. */
static bool is_orphaned(const struct signals *w, int32_t pgrp, unsigned without)
{
	for (unsigned i = TASK_PROGRAM; i < QUEUE_TASKS; i++) {
		unsigned parent = leader_of(w, queue_index(w, w->task[i].real_parent));

		if (is_member(w, i, pgrp) && i != without && w->task[i].state != ZOMBIE &&
		    parent != TASK_INIT && w->task[parent].group.pgrp != pgrp &&
		    w->task[parent].group.session == w->task[i].group.session)
			return false;
	}
	return true;
}

static void send_all(struct signals *w, int32_t pgrp, int sig)
{
	const struct siginfo info = { .si_signo = sig, .si_code = BY_KERNEL };

	for (unsigned i = 0; i < QUEUE_TASKS; i++)
		if (is_member(w, i, pgrp)) {
			queue_stop_or_continue(w, sig, i);
			queue_send_group(w, sig, &info, i);
		}
}

/* _exit(2): with one that is stopped among them, they hang up and go on: by the kernel's own signals. */
static void hang_up(struct signals *w, int32_t pgrp)
{
	bool stopped = false;

	for (unsigned i = 0; i < QUEUE_TASKS; i++)
		stopped |= is_member(w, i, pgrp) && w->task[i].state == STOPPED;
	if (!stopped || !is_orphaned(w, pgrp, NONE))
		return;
	send_all(w, pgrp, SIGHUP);
	send_all(w, pgrp, SIGCONT);
}

static void a_group_is_told_together(void **state)
{
	struct signals w = queue_open(*state);

	draw_from(number_from("SYSEMU_SEED", 42));
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS); i < n; i++) {
		unsigned without, what = below(8);
		int32_t pgrp, session = 0;
		int sig = draw_signal();

		draw_kin(&w);
		pgrp = below(8) ? w.task[TASK_PROGRAM + below(3)].pid : (int32_t)any();
		without = below(2) ? NONE : draw_one();
		for (unsigned k = QUEUE_TASKS; k--;)
			if (is_member(&w, k, pgrp))
				session = w.task[k].group.session;
		if (what == 0) {
			assert_int_equal(
				call_function(&w.caller, "session_of_group", (uint32_t)pgrp, 0, 0),
				session);
		} else if (what < 4) {
			assert_int_equal(
				call_function(&w.caller, "group_is_orphaned", (uint32_t)pgrp,
					      without == NONE ? 0 : queue_task_at(&w, without), 0),
				is_orphaned(&w, pgrp, without));
		} else if (what == 4) {
			send_all(&w, pgrp, sig);
			call_function(&w.caller, "signal_group", (uint32_t)pgrp, (uint32_t)sig, 0);
		} else {
			hang_up(&w, pgrp);
			call_function(&w.caller, "hang_up_orphans", (uint32_t)pgrp, 0, 0);
		}
		queue_expect(&w, "a group");
	}
	sysemu_close(w.caller.m);
}

/* ---- users ---- */

/* Three ids, real, effective, saved: of users or of groups. */
static uint32_t *ids_of(struct signals *w, bool groups)
{
	return groups ? &self_of(w)->gid : &self_of(w)->uid;
}

static uint32_t draw_id(struct signals *w)
{
	const uint32_t *ids = &self_of(w)->uid;

	return ONE_OF(0, 1000, 1000 + 256, ids[below(6)], ids[below(6)], ids[below(6)], KEEP, KEEP,
		      1u << below(31));
}

static void draw_ids(struct signals *w)
{
	struct task_struct *t = self_of(w);
	uint32_t *ids = &t->uid;

	queue_draw_world(w);
	for (unsigned i = 0; i < 6; i++)
		ids[i] = ONE_OF(0, 1, 1000 + i, 1000, 1u << below(31));
	if (below(2))
		t->euid = 1001;
	/* What a process may is its effective user's: nothing here takes capabilities apart. */
	t->cap_effective = t->euid ? 0 : ALL_CAPABILITIES;
	t->dumpable = 1;
	OK(w->caller.m, sysemu_write(w->caller.m, w->tasks, w->task, sizeof(w->task)));
}

/* proc(5), dumpable: another effective id, and the process is no more its user's to look at. */
static int32_t become(struct signals *w, bool groups, uint32_t real, uint32_t effective,
		      uint32_t saved)
{
	uint32_t *ids = ids_of(w, groups);

	if (effective != KEEP && ids[1] != effective)
		self_of(w)->dumpable = 0;
	ids[0] = real == KEEP ? ids[0] : real;
	ids[1] = effective == KEEP ? ids[1] : effective;
	ids[2] = saved == KEEP ? ids[2] : saved;
	self_of(w)->cap_effective = self_of(w)->euid ? 0 : ALL_CAPABILITIES;
	return 0;
}

/* Is it one of the first so many of real, effective, saved? */
static bool is_own(const uint32_t *ids, unsigned n, uint32_t id)
{
	while (n--)
		if (ids[n] == id)
			return true;
	return id == KEEP;
}

/* setuid(2): all three for root; else the effective one becomes the real or the saved. */
static int32_t set_one(struct signals *w, bool groups, uint32_t id)
{
	const uint32_t *ids = ids_of(w, groups);

	if (!self_of(w)->euid)
		return become(w, groups, id, id, id);
	return id == ids[0] || id == ids[2] ? become(w, groups, KEEP, id, KEEP) : -EPERM;
}

/* setreuid(2): the saved one follows if the real one is set, or the effective one to other than the real. */
static int32_t set_two(struct signals *w, bool groups, uint32_t real, uint32_t effective)
{
	const uint32_t *ids = ids_of(w, groups);
	uint32_t becomes = effective == KEEP ? ids[1] : effective;
	bool follows = real != KEEP || (effective != KEEP && effective != ids[0]);

	if (self_of(w)->euid && !(is_own(ids, 2, real) && is_own(ids, 3, effective)))
		return -EPERM;
	return become(w, groups, real, effective, follows ? becomes : KEEP);
}

static int32_t set_three(struct signals *w, bool groups, const uint32_t id[3])
{
	const uint32_t *ids = ids_of(w, groups);

	if (self_of(w)->euid &&
	    !(is_own(ids, 3, id[0]) && is_own(ids, 3, id[1]) && is_own(ids, 3, id[2])))
		return -EPERM;
	return become(w, groups, id[0], id[1], id[2]);
}

static uint32_t word_at(const struct signals *w, uint32_t at)
{
	return guest_word(w->caller.m, at);
}

/* getresuid(2): one after the other, up to the first that cannot be stored. */
static void tells_three(struct signals *w, bool groups)
{
	uint32_t args[5] = { 0 }, before = any();
	const uint32_t *ids = ids_of(w, groups);
	bool there[3], all = true;

	for (unsigned i = 0; i < 3; i++) {
		args[i] = draw_place(4, &there[i]) + 64 * i;
		if (there[i])
			args[i] -= 256;
		if (there[i])
			OK(w->caller.m, sysemu_write(w->caller.m, args[i], &before, 4));
	}
	expect(w, groups ? "sys_getresgid" : "sys_getresuid", args,
	       there[0] && there[1] && there[2] ? 0 : -EFAULT);
	for (unsigned i = 0; i < 3; i++) {
		all &= there[i];
		if (there[i])
			assert_int_equal(word_at(w, args[i]), all ? ids[i] : before);
	}
}

static void ids_are_set_as_the_model_says(void **state)
{
	struct signals w = queue_open(*state);

	draw_from(number_from("SYSEMU_SEED", 43));
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS); i < n; i++) {
		bool groups = below(2);
		uint32_t args[5] = { 0 };

		draw_ids(&w);
		for (unsigned k = 0; k < 3; k++)
			args[k] = draw_id(&w);
		switch (below(6)) {
		case 0:
			if (args[0] == KEEP) /* what nobody is */
				args[0] = 0;
			expect(&w, groups ? "sys_setgid" : "sys_setuid", args,
			       set_one(&w, groups, args[0]));
			break;
		case 1:
			expect(&w, groups ? "sys_setregid" : "sys_setreuid", args,
			       set_two(&w, groups, args[0], args[1]));
			break;
		case 2:
			expect(&w, groups ? "sys_setresgid" : "sys_setresuid", args,
			       set_three(&w, groups, args));
			break;
		case 3: tells_three(&w, groups); break;
		case 4:
			expect(&w, groups ? "sys_getgid" : "sys_getuid", args,
			       (int32_t)ids_of(&w, groups)[0]);
			break;
		default:
			expect(&w, groups ? "sys_getegid" : "sys_geteuid", args,
			       (int32_t)ids_of(&w, groups)[1]);
		}
	}
	sysemu_close(w.caller.m);
}

/* ---- prctl ---- */

static int32_t names_itself(struct signals *w, uint32_t at)
{
	char *comm = self_of(w)->comm, name[16] = { 0 };
	const unsigned most = sizeof(name) - 1; /* and a 0 behind it */

	for (unsigned i = 0; i < most; i++) {
		if (sysemu_read(w->caller.m, at + i, &name[i], 1) ||
		    !is_user_page(w->caller.m, at + i))
			return -EFAULT;
		if (!name[i])
			break;
	}
	memcpy(comm, name, sizeof(name));
	return 0;
}

static void prctl_is_as_the_model_says(void **state)
{
	enum {
		SET_DEATHSIG = 1,
		GET_DEATHSIG,
		GET_DUMPABLE,
		SET_DUMPABLE,
		SET_NAME = 15,
		GET_NAME
	};
	struct signals w = queue_open(*state);

	draw_from(number_from("SYSEMU_SEED", 44));
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS); i < n; i++) {
		const uint32_t option = ONE_OF(SET_DEATHSIG, GET_DEATHSIG, GET_DUMPABLE,
					       SET_DUMPABLE, SET_NAME, SET_NAME, GET_NAME);
		uint32_t args[5] = { option, any(), any(), any(), any() };
		struct task_struct *t = self_of(&w);
		uint8_t bytes[16];
		bool is_there;
		int32_t result = 0;

		queue_draw_world(&w);
		t->dumpable = below(2);
		t->pdeath_signal = any();
		for (unsigned k = 0; k < sizeof(t->comm); k++)
			t->comm[k] = (char)any();
		OK(w.caller.m, sysemu_write(w.caller.m, w.tasks, w.task, sizeof(w.task)));
		if (option == SET_DEATHSIG || option == SET_DUMPABLE) {
			args[1] = ONE_OF(0, 1, 2, below(70), SIGNALS, 65, 256, any());
			if (args[1] > (option == SET_DEATHSIG ? SIGNALS : 1))
				result = -EINVAL;
			else if (option == SET_DEATHSIG)
				t->pdeath_signal = args[1];
			else
				t->dumpable = args[1];
		} else if (option == GET_DUMPABLE) {
			result = (int32_t)t->dumpable;
		} else {
			uint32_t size = option == GET_DEATHSIG ? 4 : 16;

			args[1] = draw_place(size, &is_there);
			for (unsigned k = 0; k < size; k++)
				bytes[k] = (uint8_t)(below(16) ? any() : 0);
			for (unsigned k = 0; k < size; k++)
				sysemu_write(w.caller.m, args[1] + k, &bytes[k],
					     args[1] + k - SYSEMU_CODE_BASE < 0x1000);
			if (option == SET_NAME)
				result = names_itself(&w, args[1]);
			else
				result = is_there ? 0 : -EFAULT;
		}
		expect(&w, "sys_prctl", args, result);
		if ((option == GET_DEATHSIG || option == GET_NAME) && !result) {
			OK(w.caller.m,
			   sysemu_read(w.caller.m, args[1], bytes, option == GET_NAME ? 16 : 4));
			assert_memory_equal(bytes,
					    option == GET_NAME ? (void *)t->comm :
								 (void *)&t->pdeath_signal,
					    option == GET_NAME ? 16 : 4);
		}
	}
	sysemu_close(w.caller.m);
}

/* ---- the calls that say one number ---- */

static void leaves_say_what_they_are_for(void **state)
{
	static const struct {
		const char *name;
		int32_t says;
	} leaf[] = { { "sys_ni_syscall", -ENOSYS },
		     { "sys_test_restartsys", -RESTARTSYS },
		     { "sys_test_restartnointr", -RESTARTNOINTR },
		     { "sys_test_restartnohand", -RESTARTNOHAND },
		     { "sys_test_restartblock", -RESTARTBLOCK } };
	struct signals w = queue_open(*state);

	draw_from(number_from("SYSEMU_SEED", 45));
	for (unsigned i = 0; i < 200; i++) {
		const uint32_t args[5] = { any(), any(), any(), any(), any() };
		unsigned parent;

		queue_draw_world(&w);
		parent = queue_index(&w, w.task[leader_of(&w, QUEUE_SELF)].real_parent);
		for (unsigned k = 0; k < sizeof(leaf) / sizeof(leaf[0]); k++)
			expect(&w, leaf[k].name, args, leaf[k].says);
		expect(&w, "sys_getpid", args, self_of(&w)->tgid);
		expect(&w, "sys_gettid", args, self_of(&w)->pid);
		expect(&w, "sys_getppid", args, w.task[parent].tgid);
	}
	sysemu_close(w.caller.m);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(groups_and_sessions_are_as_the_model_says),
		ON_KERNELS(a_group_is_told_together),
		ON_KERNELS(ids_are_set_as_the_model_says),
		ON_KERNELS(prctl_is_as_the_model_says),
		ON_KERNELS(leaves_say_what_they_are_for),
	};

	return run_on_kernels("ids", tests, sizeof(tests) / sizeof(tests[0]));
}
