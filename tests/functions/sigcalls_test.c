/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sigcalls_test.c: what a program says of its signals -- actions, masks, what is pending, the stack for handlers, a wait that
 * need not sleep -- called by itself, with tasks, actions and queues that are drawn at random, and buffers that are not there; the
 * result, what is told, and every word that is left, against sigaction(2), sigprocmask(2), sigpending(2), sigaltstack(2),
 * sigwaitinfo(2). Every kernel of 2005.
 */
#include "tests/functions/queue_draw.h"

#include <string.h>

enum { CALLS = 2500, ONSTACK = 1, DISABLE = 2, LEAST_STACK = 2048, WORDS = 32, NO_MEMORY = 12 };
#define RESET_AND_NO_MASK 0xc0000000u /* SA_RESETHAND | SA_NODEFER: signal(2) of old */

/* A program's buffer: what is put there, and what is to be there afterwards. */
struct buffer {
	uint32_t at, size;
	bool is_there;
	uint32_t word[WORDS];
};

static struct task_struct *self_of(struct signals *w)
{
	return &w->task[QUEUE_SELF];
}

/* `number` keeps several apart; 0 in place of an address that is not given. */
static struct buffer draw_buffer(struct signals *w, unsigned number, uint32_t size,
				 bool may_be_none)
{
	struct buffer b = { .size = size };

	b.at = draw_place(size, &b.is_there);
	if (number && b.is_there)
		b.at = SYSEMU_CODE_BASE + 0x400 + 0x100 * number + below(8);
	if (may_be_none && !below(4))
		b.at = 0;
	if (may_be_none && !b.at)
		b.is_there = false;
	for (unsigned i = 0; i < WORDS; i++)
		b.word[i] = below(2) ? any() : any() & any() & any();
	if (b.is_there)
		OK(w->caller.m, sysemu_write(w->caller.m, b.at, b.word, size));
	return b;
}

static bool fails(const struct buffer *b)
{
	return b->at && !b->is_there;
}

static void expect(struct signals *w, const char *name, const uint32_t args[5], int32_t result,
		   const struct buffer *told)
{
	int32_t is = (int32_t)call_on_stack_with(&w->caller, name, args, 5);
	uint8_t bytes[4 * WORDS];

	if (is != result)
		fail_msg("%s(0x%x, 0x%x, 0x%x, 0x%x) says %d, not %d", name, args[0], args[1],
			 args[2], args[3], is, result);
	/* The kernel's own fault leaves its address. */
	if (result == -EFAULT)
		self_of(w)->thread.cr2 = guest_word(
			w->caller.m, queue_task_at(w, QUEUE_SELF) +
					     (uint32_t)offsetof(struct task_struct, thread.cr2));
	if (told && told->is_there) {
		OK(w->caller.m, sysemu_read(w->caller.m, told->at, bytes, told->size));
		if (memcmp(bytes, told->word, told->size))
			fail_msg("%s tells otherwise", name);
	}
	queue_expect(w, name);
}

static void write_tasks(const struct signals *w)
{
	OK(w->caller.m, sysemu_write(w->caller.m, w->tasks, w->task, sizeof(w->task)));
}

/* ---- actions ---- */

/* Where a call's structure has them, in words. */
struct layout {
	unsigned flags, restorer, mask, words;
};

static const struct layout old_layout = { .mask = 1, .flags = 2, .restorer = 3, .words = 4 };
static const struct layout rt_layout = { .flags = 1, .restorer = 2, .mask = 3, .words = 5 };

static int32_t act(struct signals *w, int sig, const struct sigaction *action)
{
	uint32_t handler = action->handler;
	struct sigaction *a = queue_action(w, QUEUE_SELF, sig);

	if (sig == SIGKILL || sig == SIGSTOP)
		return -EINVAL;
	*a = *action;
	a->mask[0] &= ~(BIT(SIGKILL) | BIT(SIGSTOP));
	/* What is ignored now does not wait any more. (Ours: alone it is found to be ignored when it is delivered.) */
	if (w->processes && (handler == 1 || (handler == 0 && (sig == SIGCHLD || sig == SIGCONT ||
							       sig == SIGURG || sig == SIGWINCH))))
		queue_forget(w, QUEUE_SELF, sig);
	return 0;
}

static int32_t change_action(struct signals *w, int sig, const struct buffer *new,
			     struct buffer *old, const struct layout *at)
{
	struct sigaction before,
		action = { .handler = new->word[0],
			   .flags = new->word[at->flags],
			   .restorer = new->word[at->restorer],
			   .mask[0] = new->word[at->mask],
			   .mask[1] = at->words == 5 ? new->word[at->mask + 1] : 0 };

	if (fails(new))
		return -EFAULT;
	if (sig < 1 || sig > SIGNALS || (new->at && (sig == SIGKILL || sig == SIGSTOP)))
		return -EINVAL;
	before = *queue_action(w, QUEUE_SELF, sig);
	if (new->at)
		act(w, sig, &action);
	if (fails(old))
		return -EFAULT;
	old->word[0] = before.handler;
	old->word[at->flags] = before.flags;
	old->word[at->restorer] = before.restorer;
	memcpy(&old->word[at->mask], before.mask, at->words == 5 ? 8 : 4);
	return 0;
}

static void actions(struct signals *w)
{
	bool rt = below(2);
	const struct layout *at = rt ? &rt_layout : &old_layout;
	int sig = below(6) ? draw_signal() : (int)ONE_OF(0, 65, (uint32_t)-1, any());
	uint32_t size = below(6) ? 8 : ONE_OF(0, 4, 7, 9, 8 + 256, any());
	struct buffer new = draw_buffer(w, 0, 4 * at->words, true),
		      old = draw_buffer(w, 1, 4 * at->words, true);
	const uint32_t args[5] = { (uint32_t)sig, new.at, old.at, size };

	new.word[0] = ONE_OF(0, 0, 1, 1, 2, 0x100, 0x1000000);
	if (new.is_there)
		OK(w->caller.m, sysemu_write(w->caller.m, new.at, new.word, 4));
	if (rt && size != 8)
		expect(w, "sys_rt_sigaction", args, -EINVAL, &old);
	else {
		int32_t result = change_action(w, sig, &new, &old, at);

		expect(w, rt ? "sys_rt_sigaction" : "sys_sigaction", args, result, &old);
	}
}

static void signal_of_old(struct signals *w)
{
	int sig = below(6) ? draw_signal() : (int)ONE_OF(0, 65, (uint32_t)-1, any());
	uint32_t handler = ONE_OF(0, 0, 1, 1, 2, 0x100, 0x1000000), before;
	const struct sigaction action = { .handler = handler, .flags = RESET_AND_NO_MASK };
	const uint32_t args[5] = { (uint32_t)sig, handler, any() };
	int32_t error;

	if (sig < 1 || sig > SIGNALS) {
		expect(w, "sys_signal", args, -EINVAL, NULL);
		return;
	}
	before = queue_action(w, QUEUE_SELF, sig)->handler;
	error = act(w, sig, &action);
	expect(w, "sys_signal", args, error ? error : (int32_t)before, NULL);
}

/* ---- masks ---- */

static uint64_t set_in(const uint32_t word[2])
{
	return (uint64_t)word[1] << 32 | word[0];
}

static int32_t change_mask(struct signals *w, uint32_t how, const struct buffer *new,
			   struct buffer *old, bool rt)
{
	uint64_t before = self_of(w)->sigblocked, high = before >> 32 << 32,
		 set = rt ? set_in(new->word) : new->word[0];

	if (fails(new))
		return -EFAULT;
	if (new->at && how > 2)
		return -EINVAL;
	/* The old call knows of the first 32 alone. */
	if (new->at)
		queue_block(w, QUEUE_SELF,
			    how == 0 ? before | set :
			    how == 1 ? before & ~set :
			    rt       ? set :
				       high | set);
	if (fails(old))
		return -EFAULT;
	memcpy(old->word, &before, 8);
	return 0;
}

static void masks(struct signals *w)
{
	bool rt = below(2);
	uint32_t how = below(8) ? below(3) : ONE_OF(3, 4, (uint32_t)-1, 256),
		 size = below(6) ? 8 : ONE_OF(0, 4, 7, 9, 8 + 256, any());
	struct buffer new = draw_buffer(w, 0, rt ? 8 : 4, true),
		      old = draw_buffer(w, 1, rt ? 8 : 4, true);
	const uint32_t args[5] = { how, new.at, old.at, size };
	int32_t result = -EINVAL;

	if (!rt || size == 8)
		result = change_mask(w, how, &new, &old, rt);
	expect(w, rt ? "sys_rt_sigprocmask" : "sys_sigprocmask", args, result, &old);
}

static void masks_of_old(struct signals *w)
{
	const uint32_t args[5] = { any(), any() };
	uint32_t before = (uint32_t)self_of(w)->sigblocked;
	bool set = below(2);

	if (set)
		queue_block(w, QUEUE_SELF, args[0]);
	expect(w, set ? "sys_ssetmask" : "sys_sgetmask", args, (int32_t)before, NULL);
}

/* Any length up to that of a set. */
static void pending(struct signals *w)
{
	const struct task_struct *t = self_of(w), *l = &w->task[queue_index(w, t->leader)];
	uint64_t set = (t->sigpending | l->sigshared) & t->sigblocked;
	bool rt = below(2);
	uint32_t size = rt ? ONE_OF(8, 8, below(9), 9, 256, any()) : 4;
	struct buffer told = draw_buffer(w, 0, size <= 8 ? size + !size : 4, false);
	const uint32_t args[5] = { told.at, size };
	int32_t result = size > 8 ? -EINVAL : told.is_there || !size ? 0 : -EFAULT;

	if (!result)
		memcpy(told.word, &set, size);
	expect(w, rt ? "sys_rt_sigpending" : "sys_sigpending", args, result, &told);
}

/* A mask for as long as a call lasts. */
static void saved_masks(struct signals *w)
{
	struct task_struct *t = self_of(w);
	const uint64_t set = any_set();

	t->saved_mask = any_set() & ~(queue_bit(SIGKILL) | queue_bit(SIGSTOP));
	t->mask_is_saved = below(2) ? 0 : 1;
	write_tasks(w);
	if (below(2)) {
		OK(w->caller.m, sysemu_write(w->caller.m, w->infos, &set, 8));
		t->saved_mask = t->sigblocked;
		t->mask_is_saved = 1;
		queue_block(w, QUEUE_SELF, set);
		call_function(&w->caller, "set_saved_sigmask", w->infos, 0, 0);
	} else {
		if (t->mask_is_saved)
			queue_block(w, QUEUE_SELF, t->saved_mask);
		t->mask_is_saved = 0;
		call_function(&w->caller, "restore_saved_sigmask", 0, 0, 0);
	}
	queue_expect(w, "a saved mask");
}

/* ---- the stack for handlers ---- */

static uint32_t state_of(const struct task_struct *t, uint32_t esp)
{
	if (!t->altstack_size)
		return DISABLE;
	return esp >= t->altstack && esp - t->altstack < t->altstack_size ? ONSTACK : 0;
}

static int32_t set_stack(struct task_struct *t, const uint32_t word[3], uint32_t esp)
{
	if (state_of(t, esp) == ONSTACK)
		return -EPERM;
	if (word[1] != 0 && word[1] != ONSTACK && word[1] != DISABLE)
		return -EINVAL;
	if (word[1] != DISABLE && word[2] < LEAST_STACK)
		return -NO_MEMORY;
	t->altstack = word[1] == DISABLE ? 0 : word[0];
	t->altstack_size = word[1] == DISABLE ? 0 : word[2];
	return 0;
}

static int32_t change_stack(struct signals *w, const struct buffer *new, struct buffer *old,
			    uint32_t esp)
{
	const struct task_struct before = *self_of(w);
	int32_t error;

	if (fails(new))
		return -EFAULT;
	error = new->at ? set_stack(self_of(w), new->word, esp) : 0;
	if (error)
		return error;
	if (fails(old))
		return -EFAULT;
	old->word[0] = before.altstack;
	old->word[1] = state_of(&before, esp);
	old->word[2] = before.altstack_size;
	return 0;
}

static void stacks(struct signals *w)
{
	struct task_struct *t = self_of(w);
	struct buffer new = draw_buffer(w, 0, 12, true), old = draw_buffer(w, 1, 12, true);
	const uint32_t args[5] = { new.at, old.at };
	uint32_t size, esp;
	unsigned what = below(4);

	t->altstack = below(2) ? 0x20000 : any() & 0x7fffffff;
	t->altstack_size = size =
		ONE_OF(0, 1u << below(24), LEAST_STACK, LEAST_STACK + any() % 4096);
	esp = t->altstack +
	      ONE_OF((uint32_t)-1, 0, size / 2, size - 1, size, size, size + 1, any());
	new.word[1] = ONE_OF(0, 0, ONSTACK, DISABLE, 3, 4, 1u << below(32));
	new.word[2] =
		ONE_OF(LEAST_STACK - 1, LEAST_STACK, LEAST_STACK + below(4096), any(), below(4096));
	write_tasks(w);
	if (new.is_there)
		OK(w->caller.m, sysemu_write(w->caller.m, new.at, new.word, 12));
	OK(w->caller.m,
	   sysemu_write(w->caller.m,
			t->thread.esp0 - PT_REGS_SIZE + (uint32_t)offsetof(struct pt_regs, esp),
			&esp, 4));
	if (what == 0) {
		assert_int_equal(call_function(&w->caller, "altstack_state",
					       queue_task_at(w, QUEUE_SELF), esp, 0),
				 state_of(t, esp));
	} else if (what == 1) {
		int32_t result = set_stack(t, new.word, esp);

		assert_int_equal((int32_t)call_function_with(
					 &w->caller, "set_altstack",
					 (uint32_t[]){ queue_task_at(w, QUEUE_SELF), new.word[0],
						       new.word[1], new.word[2], esp },
					 5),
				 result);
		queue_expect(w, "set_altstack");
	} else {
		int32_t result = change_stack(w, &new, &old, esp);

		expect(w, "sys_sigaltstack", args, result, &old);
	}
}

/* ---- a wait that need not sleep ---- */

static int32_t is_time(const struct buffer *b, bool longer)
{
	int32_t second = (int32_t)(longer ? b->word[1] : b->word[0]);
	uint32_t ns = longer ? b->word[2] : b->word[1];

	if (!b->at)
		return 0;
	if (!b->is_there)
		return -EFAULT;
	return second < 0 || ns >= 1000000000 ? -EINVAL : 0;
}

static void waits(struct signals *w)
{
	bool longer = below(2);
	struct buffer set = draw_buffer(w, 0, 8, false), info = draw_buffer(w, 1, 128, true),
		      time = draw_buffer(w, 3, longer ? 16 : 8, true);
	uint32_t size = below(6) ? 8 : ONE_OF(0, 4, 7, 9, 8 + 256, any());
	const struct task_struct *t = self_of(w), *l = &w->task[queue_index(w, t->leader)];
	uint64_t wanted = set_in(set.word) & ~(queue_bit(SIGKILL) | queue_bit(SIGSTOP));
	int32_t result = size != 8 ? -EINVAL : !set.is_there ? -EFAULT : 0;
	struct siginfo got;
	uint32_t args[5] = { set.at, info.at, 0, size };

	memset(time.word, 0, sizeof(time.word));
	if ((t->sigpending | l->sigshared) & wanted) { /* or it would sleep */
		time.word[below(4)] = ONE_OF(0, 999999999, 1000000000, any(), any());
		if (longer)
			time.word[3] = 0;
	} else if (time.at == 0) {
		time = draw_buffer(w, 3, longer ? 16 : 8, false);
		memset(time.word, 0, sizeof(time.word));
	}
	if (time.is_there)
		OK(w->caller.m, sysemu_write(w->caller.m, time.at, time.word, time.size));
	args[2] = time.at;
	if (!time.at && !((t->sigpending | l->sigshared) & wanted))
		return; /* it would */
	if (!result)
		result = is_time(&time, longer);
	if (!result) {
		result = queue_take(w, QUEUE_SELF, ~wanted, &got);
		if (!result) {
			result = -EAGAIN;
		} else if (fails(&info)) {
			result = -EFAULT;
		} else {
			memset(info.word, 0, sizeof(info.word));
			memcpy(info.word, &got, sizeof(got));
		}
	}
	expect(w, longer ? "sys_rt_sigtimedwait64" : "sys_rt_sigtimedwait", args, result, &info);
}

/* ---- */

static void draw_and(void **state, uint64_t from, void (*const call[])(struct signals *),
		     unsigned n)
{
	struct signals w = queue_open(*state);

	draw_from(number_from("SYSEMU_SEED", from));
	for (uint64_t i = 0, calls = number_from("SYSEMU_CALLS", CALLS); i < calls; i++) {
		queue_draw_world(&w);
		call[below(n)](&w);
	}
	sysemu_close(w.caller.m);
}

static void actions_are_as_the_model_says(void **state)
{
	draw_and(state, 51, (void (*const[])(struct signals *)){ actions, actions, signal_of_old },
		 3);
}

static void masks_are_as_the_model_says(void **state)
{
	draw_and(state, 52,
		 (void (*const[])(struct signals *)){ masks, masks, masks_of_old, pending,
						      saved_masks },
		 5);
}

static void the_handlers_stack_is_as_the_model_says(void **state)
{
	draw_and(state, 53, (void (*const[])(struct signals *)){ stacks }, 1);
}

static void what_waits_is_taken_at_once(void **state)
{
	draw_and(state, 54, (void (*const[])(struct signals *)){ waits }, 1);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(actions_are_as_the_model_says),
		ON_KERNELS(masks_are_as_the_model_says),
		ON_KERNELS(the_handlers_stack_is_as_the_model_says),
		ON_KERNELS(what_waits_is_taken_at_once),
	};

	return run_on_kernels("sigcalls", tests, sizeof(tests) / sizeof(tests[0]));
}
