/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * queue_test.c: the functions that send signals, queue, take and forget them, called by themselves with tasks, groups of
 * threads, handlers and queues that are drawn at random; afterwards every word of the tasks, their flags, their handlers and
 * their queues against queue_model.h. Every kernel of 2005, with and without processes.
 */
#include "tests/functions/queue_draw.h"

#include <string.h>

enum { CALLS = 2500 };

/* ---- one task's ---- */

static void put_info(const struct signals *w, const struct siginfo *info)
{
	OK(w->caller.m, sysemu_write(w->caller.m, w->infos, info, sizeof(*info)));
}

static void takes(struct signals *w, unsigned i)
{
	struct siginfo before = draw_info((int)any()), expected = before, is;
	uint64_t blocked = below(2) ? w->task[i].sigblocked : any_set();
	int32_t sig;

	put_info(w, &before);
	sig = queue_take(w, i, blocked, &expected);
	assert_int_equal(call_function_with(&w->caller, "dequeue_signal",
					    (uint32_t[]){ queue_task_at(w, i), (uint32_t)blocked,
							  (uint32_t)(blocked >> 32), w->infos },
					    4),
			 sig);
	OK(w->caller.m, sysemu_read(w->caller.m, w->infos, &is, sizeof(is)));
	assert_memory_equal(&is, &expected, sizeof(is));
}

static void of_one_task(struct signals *w, unsigned what)
{
	unsigned i = draw_one();
	uint32_t at = queue_task_at(w, i), n = any();
	uint64_t set = any_set();
	int sig = draw_signal();

	switch (what) {
	case 0:
		queue_recalc(w, i);
		call_function(&w->caller, "recalc_sigpending", at, 0, 0);
		break;
	case 1:
		queue_block(w, i, set);
		call_function(&w->caller, "set_blocked", at, (uint32_t)set, (uint32_t)(set >> 32));
		break;
	case 2:
		n = below(2) ? 0 : 1u << below(32);
		queue_wake_up(w, i, n);
		call_function(&w->caller, "signal_wake_up", at, n, 0);
		break;
	case 3:
		queue_flush(w, i);
		call_function(&w->caller, "flush_queues", at, 0, 0);
		break;
	case 4:
		if (w->own[i].n && below(2)) /* one that waits there */
			sig = w->own[i].info[below(w->own[i].n)].si_signo;
		queue_forget(w, i, sig);
		call_function(&w->caller, "forget_signal", (uint32_t)sig, at, 0);
		break;
	default: takes(w, i);
	}
	queue_expect(w, "one task's");
}

static void queues_are_taken_from_and_forgotten(void **state)
{
	struct signals w = queue_open(*state);

	draw_from(number_from("SYSEMU_SEED", 31));
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS); i < n; i++) {
		queue_draw_world(&w);
		of_one_task(&w, below(10) < 4 ? 4 : below(9));
	}
	sysemu_close(w.caller.m);
}

/* ---- what the kernel sends ---- */

static void sent(struct signals *w, unsigned what)
{
	unsigned i = draw_one();
	int sig = what == 1 && !below(4) ? (int)ONE_OF(0, 65, 256, any()) : draw_signal();
	struct siginfo info = draw_info(sig), own = { .si_signo = sig, .si_code = BY_KERNEL };
	struct siginfo kills = queue_from_user(w, sig, 0);
	static const char *const name[] = { "send_sig_info",  "send_sig",     "queue_again",
					    "force_sig_info", "force_sig",    "group_signal",
					    "kill_task",      "kernel_signal" };
	bool with_info = what == 0 || what == 2 || what == 3 || what == 5;
	int32_t result = 0, is;

	put_info(w, &info);
	switch (what) {
	case 0: result = queue_send(w, sig, &info, i); break;
	case 1: result = sig < 1 || sig > SIGNALS ? -EINVAL : queue_send(w, sig, &own, i); break;
	case 2: queue_send(w, sig, &info, i); break;
	case 3: queue_force(w, sig, &info, i); break;
	case 4: queue_force(w, sig, &own, i); break;
	case 5: result = queue_send_group(w, sig, &info, i); break;
	default:
		queue_stop_or_continue(w, sig, i);
		result = queue_send_group(w, sig, what == 6 ? &kills : &own, i);
	}
	is = (int32_t)call_function(&w->caller, name[what], (uint32_t)sig,
				    with_info ? w->infos : queue_task_at(w, i),
				    queue_task_at(w, i));
	if (what < 2 || what > 4) /* the others return nothing */
		assert_int_equal(is, result);
	queue_expect(w, name[what]);
}

static void what_the_kernel_sends_is_queued_as_the_model_says(void **state)
{
	struct signals w = queue_open(*state);

	draw_from(number_from("SYSEMU_SEED", 32));
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", 2 * CALLS); i < n; i++) {
		queue_draw_world(&w);
		sent(&w, below(8));
	}
	sysemu_close(w.caller.m);
}

/* ---- what programs send ---- */

static int32_t draw_pid(const struct signals *w)
{
	return (int32_t)ONE_OF((uint32_t)w->task[draw_one()].pid, (uint32_t)w->task[draw_one()].pid,
			       (uint32_t)w->task[draw_one()].tgid, INIT, 4711, 0x20000000, 0,
			       (uint32_t)-1, (uint32_t)-4711);
}

static void killed(struct signals *w, unsigned what)
{
	static const char *const name[] = { "sys_kill", "sys_tkill", "sys_tgkill",
					    "sys_rt_sigqueueinfo", "sys_rt_tgsigqueueinfo" };
	const bool with_tgid = what == 2 || what == 4, with_info = what >= 3;
	int32_t pid = draw_pid(w), tgid = below(2) ? pid : draw_pid(w), result;
	int sig = below(3) ? draw_signal() :
			     (int)ONE_OF(0, 0, SIGCONT, SIGCONT, 65, (uint32_t)-1, any());
	struct siginfo tkill = queue_from_user(w, sig, BY_TKILL), info = draw_info(sig);
	uint32_t args[2][4] = { 0 }, place;
	bool is_there;

	if (what && !below(16)) /* the tracer that the host is: nobody's to signal */
		pid = TRACER;
	if (!what && w->processes && !below(3)) /* a group's */
		pid = -w->task[TASK_PROGRAM + below(3)].pid;
	if (with_info && below(4))
		info.si_code = QUEUE_BY_PROGRAM;
	place = draw_place(sizeof(info), &is_there);
	if (is_there)
		OK(w->caller.m, sysemu_write(w->caller.m, place, &info, sizeof(info)));
	info.si_signo = sig;
	if (what == 0)
		result = queue_kill(w, pid, sig);
	else if (with_info && !is_there)
		result = -EFAULT;
	else if (with_info && (info.si_code >= 0 || info.si_code == BY_TKILL))
		result = -EPERM; /* of the latter from 2.6.39 on: the guest's all say so */
	else if (what == 3)
		result = queue_sigqueue(w, pid, sig, &info);
	else if (pid <= 0 || (with_tgid && tgid <= 0))
		result = -EINVAL;
	else
		result = queue_kill_thread(w, with_tgid ? tgid : 0, pid, sig,
					   with_info ? &info : &tkill);
	memcpy(args[0], ((uint32_t[]){ (uint32_t)pid, (uint32_t)sig, place }), 12);
	memcpy(args[1], ((uint32_t[]){ (uint32_t)tgid, (uint32_t)pid, (uint32_t)sig, place }), 16);
	assert_int_equal((int32_t)call_on_stack_with(&w->caller, name[what], args[with_tgid], 4),
			 result);
	if (result == -EFAULT) /* the kernel's own fault leaves its address */
		w->task[QUEUE_SELF].thread.cr2 = guest_word(
			w->caller.m, queue_task_at(w, QUEUE_SELF) +
					     (uint32_t)offsetof(struct task_struct, thread.cr2));
	queue_expect(w, name[what]);
}

static void what_programs_send_is_queued_as_the_model_says(void **state)
{
	struct signals w = queue_open(*state);

	draw_from(number_from("SYSEMU_SEED", 33));
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", 4 * CALLS); i < n; i++) {
		queue_draw_world(&w);
		killed(&w, below(6) % 5);
	}
	sysemu_close(w.caller.m);
}

static void signals_are_1_to_64(void **state)
{
	struct signals w = queue_open(*state);

	for (int sig = -2; sig < 140; sig++)
		assert_int_equal(call_function(&w.caller, "valid_signal", (uint32_t)sig, 0, 0),
				 sig >= 1 && sig <= SIGNALS);
	sysemu_close(w.caller.m);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(queues_are_taken_from_and_forgotten),
		ON_KERNELS(what_the_kernel_sends_is_queued_as_the_model_says),
		ON_KERNELS(what_programs_send_is_queued_as_the_model_says),
		ON_KERNELS(signals_are_1_to_64),
	};

	return run_on_kernels("queue", tests, sizeof(tests) / sizeof(tests[0]));
}
