/* SPDX-License-Identifier: GPL-2.0-only */
/* ptrace_model.c: see ptrace_model.h. */
#include "tests/helpers/ptrace_model.h"

#include <string.h>

#define WINDOW_END (TRACER_WINDOW + TRACER_WINDOW_SIZE)

/* ---- the machine's memory ---- */

static uint32_t frame_of(const struct world *w)
{
	return w->task[TASK_PROGRAM].thread.esp0 - PT_REGS_SIZE;
}

void world_read(struct world *w)
{
	const struct task_struct *program = &w->task[TASK_PROGRAM];

	OK(w->m, sysemu_read(w->m, w->tasks, w->task, sizeof(w->task)));
	for (unsigned i = 0; i < MODEL_TASKS; i++)
		w->tif[i] = guest_word(w->m, w->task[i].thread_info + TI_FLAGS);
	OK(w->m, sysemu_read(w->m, frame_of(w), &w->frame, sizeof(w->frame)));
	OK(w->m, sysemu_read(w->m,
			     program->sighand + (uint32_t)offsetof(struct sighand, action) +
				     (SIGSTOP - 1) * (uint32_t)sizeof(struct sigaction),
			     w->stop_action, sizeof(w->stop_action)));
	w->nstored = 0;
}

void world_write(const struct world *w)
{
	const struct task_struct *program = &w->task[TASK_PROGRAM];

	OK(w->m, sysemu_write(w->m, w->tasks, w->task, sizeof(w->task)));
	for (unsigned i = 0; i < MODEL_TASKS; i++)
		OK(w->m, sysemu_write(w->m, w->task[i].thread_info + TI_FLAGS, &w->tif[i], 4));
	OK(w->m, sysemu_write(w->m, frame_of(w), &w->frame, sizeof(w->frame)));
	OK(w->m, sysemu_write(w->m,
			      program->sighand + (uint32_t)offsetof(struct sighand, action) +
				      (SIGSTOP - 1) * (uint32_t)sizeof(struct sigaction),
			      w->stop_action, sizeof(w->stop_action)));
}

static bool is_in_window(uint32_t addr)
{
	return addr >= TRACER_WINDOW && addr < WINDOW_END;
}

static uint8_t byte_at(const struct world *w, uint32_t addr)
{
	uint8_t byte;

	OK(w->m, sysemu_read(w->m, addr, &byte, 1));
	return byte;
}

static void store(struct world *w, uint32_t addr, uint8_t value)
{
	assert_true(w->nstored < MODEL_BYTES);
	w->stored[w->nstored++] = (struct model_byte){ addr, value };
}

/* ---- memory: the tracer's own, which is the window, and the program's, which is all else ---- */

static bool tracer_has(uint32_t addr)
{
	return is_in_window(addr) && is_in_window(addr + 3);
}

static int32_t put(struct world *w, uint32_t value, uint32_t addr)
{
	if (!tracer_has(addr))
		return -EFAULT;
	for (unsigned i = 0; i < 4; i++)
		store(w, addr + i, (uint8_t)(value >> 8 * i));
	return 0;
}

static int32_t get(const struct world *w, uint32_t *value, uint32_t addr)
{
	*value = 0;
	if (!tracer_has(addr))
		return -EFAULT;
	for (unsigned i = 0; i < 4; i++)
		*value |= (uint32_t)byte_at(w, addr + i) << 8 * i;
	return 0;
}

static bool program_has(const struct world *w, uint32_t addr, bool write)
{
	if (is_in_window(addr) ||
	    (addr >= TASK_SIZE && (write || addr >> 12 != VSYSCALL_BASE >> 12)))
		return false;
	return is_user_page(w->m, addr);
}

static int32_t peek(struct world *w, uint32_t addr, uint32_t data)
{
	uint32_t word = 0;

	for (uint32_t i = 0; i < 4; i++) {
		if (!program_has(w, addr + i, false))
			return -EIO;
		word |= (uint32_t)byte_at(w, addr + i) << 8 * i;
	}
	return put(w, word, data);
}

/* What comes before a page that is not there is written all the same. */
static int32_t poke(struct world *w, uint32_t addr, uint32_t data)
{
	for (uint32_t i = 0; i < 4; i++) {
		if (!program_has(w, addr + i, true))
			return -EIO;
		store(w, addr + i, (uint8_t)(data >> 8 * i));
	}
	return 0;
}

/* ---- stepping ---- */

static bool popf_is_next(const struct world *w)
{
	static const uint8_t prefix[] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65,
					  0x66, 0x67, 0xf0, 0xf2, 0xf3 };

	for (uint32_t i = 0; i < 16; i++) {
		uint8_t byte;

		if (!program_has(w, w->frame.eip + i, false))
			return false;
		byte = byte_at(w, w->frame.eip + i);
		if (!memchr(prefix, byte, sizeof(prefix)))
			return byte == 0x9d;
	}
	return false;
}

static void step_on(struct world *w)
{
	w->tif[TASK_PROGRAM] |= S;
	if (w->frame.eflags & TF)
		return;
	w->frame.eflags |= TF;
	if (!popf_is_next(w))
		w->task[TASK_PROGRAM].ptrace |= DTRACE;
}

static void step_off(struct world *w)
{
	w->tif[TASK_PROGRAM] &= ~(uint32_t)S;
	if (w->task[TASK_PROGRAM].ptrace & DTRACE) {
		w->task[TASK_PROGRAM].ptrace &= ~(uint32_t)DTRACE;
		w->frame.eflags &= ~(uint32_t)TF;
	}
}

/* ---- registers ---- */

enum { DS = 7, ES, FS, GS, ORIG_EAX, EIP, CS, EFL, UESP, SS, REGISTERS };

static uint32_t *word_of(struct world *w, unsigned n)
{
	struct pt_regs *f = &w->frame;
	struct thread_struct *t = &w->task[TASK_PROGRAM].thread;
	uint32_t *const at[REGISTERS] = { &f->ebx, &f->ecx, &f->edx,    &f->esi,
					  &f->edi, &f->ebp, &f->eax,    &f->xds,
					  &f->xes, &t->fs,  &t->gs,     (uint32_t *)&f->orig_eax,
					  &f->eip, &f->xcs, &f->eflags, &f->esp,
					  &f->xss };

	return at[n];
}

static bool is_segment(unsigned n)
{
	return (n >= DS && n <= GS) || n == CS || n == SS;
}

static uint32_t get_word(struct world *w, unsigned n)
{
	/* fs and gs are cut when they are put there */
	return is_segment(n) && n != FS && n != GS ? *word_of(w, n) & 0xffff : *word_of(w, n);
}

static int32_t put_word(struct world *w, unsigned n, uint32_t value)
{
	if (is_segment(n)) {
		if ((value & 3) != 3 && (value != 0 || n == CS || n == SS))
			return -EIO;
		value &= 0xffff;
	}
	if (n == EFL)
		value = (value & EFLAGS_PTRACE_MASK) | (w->frame.eflags & ~EFLAGS_PTRACE_MASK);
	*word_of(w, n) = value;
	return 0;
}

static int32_t put_debugreg(struct world *w, unsigned n, uint32_t value)
{
	if (n == 4 || n == 5 || (n < 4 && value >= TASK_SIZE - 3))
		return -EIO;
	if (n == 7) {
		value &= ~0xfc00u;
		for (unsigned slot = 0; slot < 4; slot++)
			if (0x5f54 & 1 << (value >> (16 + 4 * slot) & 15))
				return -EIO;
	}
	w->task[TASK_PROGRAM].thread.debugreg[n] = value;
	return 0;
}

static int32_t user_area(struct world *w, bool write, uint32_t addr, uint32_t data)
{
	if (addr % 4 || addr > 280)
		return -EIO;
	if (addr <= 64)
		return write ? put_word(w, addr / 4, data) : put(w, get_word(w, addr / 4), data);
	if (addr < 252)
		return write ? -EIO : put(w, 0, data);
	if (write)
		return put_debugreg(w, (addr - 252) / 4, data);
	return put(w, w->task[TASK_PROGRAM].thread.debugreg[(addr - 252) / 4], data);
}

static int32_t all_registers(struct world *w, bool write, uint32_t data)
{
	if (data > TASK_SIZE - 4 * REGISTERS)
		return -EIO;
	for (unsigned n = 0; n < REGISTERS; n++) {
		uint32_t value;

		if (write) {
			get(w, &value, data + 4 * n);
			put_word(w, n, value);
		} else {
			put(w, get_word(w, n), data + 4 * n);
		}
	}
	return 0;
}

/* ---- siginfo, options ---- */

static int32_t siginfo(struct world *w, bool write, uint32_t data)
{
	struct task_struct *t = &w->task[TASK_PROGRAM];
	uint32_t words[32] = { 0 };
	int32_t error = 0;

	if (write) {
		for (unsigned i = 0; i < 32 && !error; i++)
			error = get(w, &words[i], data + 4 * i);
		if (error)
			return error;
	}
	if (!t->last_siginfo)
		return -EINVAL;
	if (write) {
		memcpy(&t->notice, words, sizeof(t->notice));
		return 0;
	}
	memcpy(words, &t->notice, sizeof(t->notice));
	for (unsigned i = 0; i < 32 && !error; i++)
		error = put(w, words[i], data + 4 * i);
	return error;
}

static int32_t set_options(struct world *w, uint32_t data)
{
	uint32_t *flags = &w->task[TASK_PROGRAM].ptrace;

	*flags &= ~(uint32_t)(SYSGOOD | 0x3f0);
	if (data & 1)
		*flags |= SYSGOOD;
	*flags |= (data >> 1 & 0x3f) << 4; /* FORK to EXIT, in a row in both */
	return data >= 0x80 ? -EINVAL : 0;
}

/* ---- who may, and how it goes on ---- */

/* §10: a forced SIGSTOP: it has its own action, is not blocked, and comes once, however often it is sent. */
static void force_stop(struct world *w, struct task_struct *t)
{
	uint32_t *flags = &w->tif[TASK_PROGRAM];

	if (w->stop_action[0] == 1 || (t->sigblocked & BIT(SIGSTOP))) {
		w->stop_action[0] = 0;
		t->sigblocked &= ~(uint64_t)BIT(SIGSTOP);
		*flags = (t->sigpending | t->sigshared) & ~t->sigblocked ? *flags | P :
									   *flags & ~(uint32_t)P;
	}
	if (t->sigpending & BIT(SIGSTOP))
		return;
	t->siginfo[SIGSTOP - 1] = (struct siginfo){ .si_signo = SIGSTOP };
	t->sigpending |= BIT(SIGSTOP);
	*flags |= P;
	if (t->state == TASK_INTERRUPTIBLE)
		t->state = RUNNING;
}

static int32_t attach(struct world *w, struct task_struct *t)
{
	const struct task_struct *self = &w->task[TASK_TRACER];
	const uint32_t *ids = &t->uid;
	bool may = self->cap_effective & CAP_SYS_PTRACE_BIT;

	if (t == self || !t->mm || t->ptrace & PTRACED || (!t->dumpable && !may))
		return -EPERM;
	for (unsigned i = 0; i < 6; i++)
		if (ids[i] != (i < 3 ? self->uid : self->gid) && !may)
			return -EPERM;
	t->ptrace |= PTRACED;
	if (t->real_parent != w->tasks + TASK_TRACER * sizeof(*t))
		t->ptrace |= ATTACHED;
	if (may)
		t->ptrace |= PTRACE_CAP;
	t->parent = w->tasks + TASK_TRACER * sizeof(*t);
	force_stop(w, t);
	return 0;
}

struct change {
	int request;
	uint32_t set, clear;
};

static const struct change *change_of(const char *kernel, int request)
{
	static const struct change before[] = { { SYSCALL, T, 0 }, { CONT, 0, T }, { STEP, 0, T } };
	static const struct change first[] = {
		{ SYSEMU, E, T }, { SYSCALL, T, E }, { CONT, 0, T | E }, { STEP, 0, T | E }
	};
	static const struct change fourth[] = {
		{ SYSEMU, E, T }, { SYSCALL, T, 0 }, { CONT, 0, T | E }, { STEP, 0, T | E }
	};
	static const struct change last[] = {
		{ SYSEMU, E, T }, { SYSCALL, T, 0 }, { CONT, 0, T | E }, { STEP, 0, T }
	};
	static const struct change merged[] = { { SYSEMU, E, T },
						{ SYSCALL, T, E },
						{ CONT, 0, T | E },
						{ STEP, 0, T | E },
						{ SYSEMU_STEP, E, T } };
	static const struct {
		const char *kernel;
		const struct change *list;
		size_t n;
	} tables[] = { { "2.6.11", before, 3 },  { "sysemu-1", first, 4 },
		       { "sysemu-3", first, 4 }, { "sysemu-4", fourth, 4 },
		       { "sysemu", last, 4 },    { "sysemu-as-printed", last, 4 },
		       { "2.6.14", merged, 5 } };

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (size_t k = 0; k < tables[i].n; k++)
			if (strcmp(tables[i].kernel, kernel) == 0 &&
			    tables[i].list[k].request == request)
				return &tables[i].list[k];
	return NULL;
}

static int32_t resumed(struct world *w, const struct change *c, uint32_t data)
{
	struct task_struct *t = &w->task[TASK_PROGRAM];

	if (data > 64)
		return -EIO;
	w->tif[TASK_PROGRAM] = (w->tif[TASK_PROGRAM] | c->set) & ~c->clear;
	t->exit_code = (int32_t)data;
	(c->request == STEP || c->request == SYSEMU_STEP ? step_on : step_off)(w);
	t->state = RUNNING;
	return 0;
}

static int32_t killed(struct world *w)
{
	struct task_struct *t = &w->task[TASK_PROGRAM];

	if (t->state == ZOMBIE)
		return 0;
	t->exit_code = SIGKILL;
	step_off(w);
	t->state = RUNNING;
	return 0;
}

static int32_t detached(struct world *w, uint32_t data)
{
	struct task_struct *t = &w->task[TASK_PROGRAM];

	if (data > 64)
		return -EIO;
	step_off(w);
	if (is_2_6_14(w->kernel))
		w->tif[TASK_PROGRAM] &= ~(uint32_t)(T | E);
	t->exit_code = (int32_t)data;
	t->ptrace = 0;
	t->parent = t->real_parent;
	w->tif[TASK_PROGRAM] |= P;
	t->state = RUNNING;
	return 0;
}

static int32_t requested(struct world *w, int32_t request, uint32_t addr, uint32_t data)
{
	const struct change *c = change_of(w->kernel, request);

	if (c)
		return resumed(w, c, data);
	switch (request) {
	case 1:
	case 2: return peek(w, addr, data);
	case 4:
	case 5: return poke(w, addr, data);
	case 3:
	case 6: return user_area(w, request == 6, addr, data);
	case 8: return killed(w);
	case 12:
	case 13: return all_registers(w, request == 13, data);
	case DETACH: return detached(w, data);
	case 21:
	case 0x4200: return set_options(w, data);
	case 0x4201: return put(w, w->task[TASK_PROGRAM].ptrace_message, data);
	case 0x4202:
	case 0x4203: return siginfo(w, request == 0x4203, data);
	default: return -EIO;
	}
}

int32_t model_ptrace(struct world *w, int32_t request, int32_t pid, uint32_t addr, uint32_t data)
{
	struct task_struct *self = &w->task[TASK_TRACER], *t = NULL;
	uint32_t me = w->tasks + TASK_TRACER * sizeof(*t);

	if (request == 0) {
		if (self->ptrace & PTRACED)
			return -EPERM;
		self->ptrace |= PTRACED;
		return 0;
	}
	for (unsigned i = 0; i < MODEL_TASKS; i++)
		if (w->task[i].pid == pid && w->task[i].state != TASK_DEAD)
			t = &w->task[i];
	if (!t)
		return -ESRCH;
	if (pid == 1)
		return -EPERM;
	if (request == ATTACH)
		return attach(w, t);
	if (!(t->ptrace & PTRACED) || t->parent != me ||
	    ((t->ptrace & ATTACHED) && t->real_parent == me))
		return -ESRCH;
	if (t->state == STOPPED)
		t->state = TRACED;
	else if (t->state != TRACED && request != 8)
		return -ESRCH;
	return requested(w, request, addr, data);
}
