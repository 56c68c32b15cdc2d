/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * glue.c: what a whole kernel of somebody else's reaches at its cut points, where without a boot there is
 * nothing behind them: stops, signals, the scheduler, the end. The flags of calls, and all between
 * the gate and the cuts, are that kernel's own; so are arch_ptrace and what it calls. Its
 * task_struct is known by distances that the importer gives as symbols (FIELD); what
 * we keep of a task lies behind it (struct own). Handlers are not called: a signal stops, ends
 * or is dropped.
 */
#include "abi.h"

#define asmlinkage   __attribute__((regparm(0)))
#define _TIF_PENDING 4 /* of a signal, and */
#define _TIF_RESCHED 8 /* of the scheduler, in each version */
#define EBADF        9

/* The importer finds its members by the symbols below. */
struct own {
	uint32_t thread_info, esp0, state, parent, real_parent, pid;
	uint32_t sigpending, sigshared;
	uint32_t uid, euid, suid, gid, egid, sgid, cap_effective, mm, dumpable;
	uint32_t killed;
};
#define OWN_SYMBOL(member, at)                                        \
	static_assert(offsetof(struct own, member) == (at), #member); \
	__asm__(".globl own_" #member "\n\town_" #member " = " #at)
OWN_SYMBOL(thread_info, 0);
OWN_SYMBOL(esp0, 4);
OWN_SYMBOL(state, 8);
OWN_SYMBOL(parent, 12);
OWN_SYMBOL(real_parent, 16);
OWN_SYMBOL(pid, 20);
OWN_SYMBOL(sigpending, 24);
OWN_SYMBOL(sigshared, 28);
OWN_SYMBOL(uid, 32);
OWN_SYMBOL(euid, 36);
OWN_SYMBOL(suid, 40);
OWN_SYMBOL(gid, 44);
OWN_SYMBOL(egid, 48);
OWN_SYMBOL(sgid, 52);
OWN_SYMBOL(cap_effective, 56);
OWN_SYMBOL(mm, 60);
OWN_SYMBOL(dumpable, 64);

extern char OFF_OWN[], OFF_FLAGS[], OFF_PTRACE[], OFF_EXIT_CODE[], OFF_GS[], TASK_STRIDE[],
	FRAME_BYTES[], FRAME_EBX[], FRAME_ECX[], FRAME_EDX[], FRAME_ESI[];
extern char tasks[];
extern char *CURRENT; /* the kernel's own current_task */
extern uint32_t nr_tasks;

#define FIELD(task, at) (*(uint32_t *)((task) + (uint32_t)(at)))

int32_t arch_ptrace(char *child, int32_t request, uint32_t addr, uint32_t data); /* the kernel's */
void stop_port(uint32_t reason, char *task);

asmlinkage int32_t glue_ptrace(int32_t request, int32_t pid, uint32_t addr, uint32_t data);
asmlinkage int32_t glue_kill(int32_t pid, uint32_t sig);
asmlinkage int32_t glue_resched(char *task);
int32_t cut_ptrace_notify(uint32_t code);
int32_t cut_wake_up_state(char *task);
int32_t cut_force_sig(uint32_t sig);
int32_t cut_send_sig(uint32_t sig, void *info, char *task);
int32_t cut_send_sig_info(uint32_t sig, void *info, char *task);
void cut_do_signal(void);
void cut_schedule(void);
void cut_do_exit(uint32_t code);
int32_t cut_access_vm(char *task, char *addr, char *buf, int32_t size, uint32_t write);
void *cut_kmalloc(uint32_t size);
void cut_nothing(void);
int32_t cut_fork(void);
int32_t cut_report_bug(uint32_t addr);
int32_t cut_sys_ptrace(void);
int32_t cut_sys_kill(void);
int32_t cut_sys_write(void);

static inline struct own *own(char *task)
{
	return (struct own *)(task + (uint32_t)OFF_OWN);
}

static char *find(int32_t pid)
{
	for (uint32_t n = 0; n < nr_tasks; n++) {
		char *task = tasks + n * (uint32_t)TASK_STRIDE;

		if ((int32_t)own(task)->pid == pid)
			return task;
	}
	return 0;
}

static inline char *slot(uint32_t n)
{
	return tasks + n * (uint32_t)TASK_STRIDE;
}

/* A register of the call that the program makes now. */
static inline uint32_t argument(const char *place)
{
	return FIELD((char *)own(CURRENT)->esp0 - (uint32_t)FRAME_BYTES, place);
}

/* ---- the end, and stops ---- */

void cut_do_exit(uint32_t code)
{
	char *task = CURRENT;

	FIELD(task, OFF_EXIT_CODE) = code;
	own(task)->state = TASK_ZOMBIE;
	for (;;)
		stop_port(STOP_DEAD, task);
}

/* gs is the program's own: this kernel's frame has no place for it. */
static uint32_t stop(uint32_t code, uint32_t state)
{
	char *task = CURRENT;
	uint32_t gs;

	__asm__ volatile("movl %%gs, %0" : "=r"(gs));
	FIELD(task, OFF_GS) = gs;
	FIELD(task, OFF_EXIT_CODE) = code;
	own(task)->state = state;
	stop_port(STOP_TASK, task);
	gs = FIELD(task, OFF_GS);
	__asm__ volatile("movl %0, %%gs" : : "r"(gs));
	if (own(task)->killed)
		cut_do_exit(SIGKILL);
	code = FIELD(task, OFF_EXIT_CODE);
	FIELD(task, OFF_EXIT_CODE) = 0;
	return code;
}

int32_t cut_ptrace_notify(uint32_t code)
{
	return (int32_t)stop(code, TASK_TRACED);
}

int32_t cut_wake_up_state(char *task)
{
	own(task)->state = TASK_RUNNING;
	return 1;
}

void cut_schedule(void)
{
	FIELD(CURRENT, OFF_FLAGS) &= ~(uint32_t)_TIF_RESCHED;
}

/* ---- signals ---- */

static void queue(char *task, uint32_t sig, uint32_t *set)
{
	*set |= 1u << (sig - 1);
	FIELD(task, OFF_FLAGS) |= _TIF_PENDING;
}

int32_t cut_force_sig(uint32_t sig)
{
	queue(CURRENT, sig, &own(CURRENT)->sigpending);
	return 0;
}

int32_t cut_send_sig_info(uint32_t sig, void *info, char *task)
{
	(void)info;
	if (sig)
		queue(task, sig, &own(task)->sigpending);
	return 0;
}

/* sig, task, priv */
int32_t cut_send_sig(uint32_t sig, void *task, char *priv)
{
	(void)priv;
	return cut_send_sig_info(sig, 0, task);
}

static uint32_t next_signal(struct own *o)
{
	uint32_t *set = o->sigpending ? &o->sigpending : &o->sigshared;

	for (uint32_t sig = 1; sig <= 32; sig++)
		if (*set >> (sig - 1) & 1) {
			*set &= ~(1u << (sig - 1));
			return sig;
		}
	return 0;
}

static int is_ignored(uint32_t sig)
{
	return sig == SIGCHLD || sig == SIGCONT || sig == SIGURG || sig == SIGWINCH;
}

void cut_do_signal(void)
{
	char *task = CURRENT;
	uint32_t sig;

	while ((sig = next_signal(own(task))) != 0) {
		if (!own(task)->sigpending && !own(task)->sigshared)
			FIELD(task, OFF_FLAGS) &= ~(uint32_t)_TIF_PENDING;
		if ((FIELD(task, OFF_PTRACE) & PT_PTRACED) && sig != SIGKILL)
			sig = stop(sig, TASK_TRACED);
		if (!sig || is_ignored(sig))
			continue;
		if (sig >= SIGSTOP && sig <= SIGTTOU)
			stop(sig, TASK_STOPPED);
		else
			cut_do_exit(sig);
	}
	FIELD(task, OFF_FLAGS) &= ~(uint32_t)_TIF_PENDING; /* there may have been none */
}

asmlinkage int32_t glue_kill(int32_t pid, uint32_t sig)
{
	char *task = find(pid);

	if (sig > 32)
		return -EINVAL;
	if (!task || own(task)->state >= TASK_ZOMBIE)
		return -ESRCH;
	if (!sig)
		return 0;
	queue(task, sig, &own(task)->sigshared);
	if (sig == SIGKILL && own(task)->state) {
		own(task)->killed = 1;
		own(task)->state = TASK_RUNNING;
	}
	if (sig == SIGCONT && own(task)->state == TASK_STOPPED)
		own(task)->state = TASK_RUNNING;
	return 0;
}

asmlinkage int32_t glue_resched(char *task)
{
	FIELD(task, OFF_FLAGS) |= _TIF_RESCHED;
	return 0;
}

/* A WARN or BUG: with what we have made up the kernel is not in order, so no count means anything. */
int32_t cut_report_bug(uint32_t addr)
{
	static char text[] = "the kernel warns at 0x00000000";

	for (uint32_t n = 0; n < 8; n++)
		text[sizeof(text) - 2 - n] = "0123456789abcdef"[addr >> (4 * n) & 15];
	for (;;)
		stop_port(STOP_PANIC, text);
}

/* ---- ptrace: who may; the rest is the kernel's own arch_ptrace ---- */

static int32_t attach(char *child)
{
	struct own *o = own(child), *self = own(CURRENT);
	int capable = (self->cap_effective & CAP_SYS_PTRACE_BIT) != 0;

	if (child == CURRENT || !o->mm || (FIELD(child, OFF_PTRACE) & PT_PTRACED) ||
	    (!o->dumpable && !capable) ||
	    ((self->uid != o->uid || self->uid != o->euid || self->uid != o->suid ||
	      self->gid != o->gid || self->gid != o->egid || self->gid != o->sgid) &&
	     !capable))
		return -EPERM;
	FIELD(child, OFF_PTRACE) |= PT_PTRACED;
	o->parent = (uint32_t)CURRENT;
	queue(child, SIGSTOP, &o->sigpending);
	return 0;
}

static int32_t request_of(char *child, int32_t request, uint32_t addr, uint32_t data)
{
	struct own *o = own(child);
	int32_t result;

	if (!(FIELD(child, OFF_PTRACE) & PT_PTRACED) || o->parent != (uint32_t)CURRENT)
		return -ESRCH;
	if (request == PTRACE_KILL) {
		if (o->state < TASK_ZOMBIE) {
			o->killed = 1;
			o->state = TASK_RUNNING;
		}
		return 0;
	}
	if (o->state != TASK_TRACED && o->state != TASK_STOPPED)
		return -ESRCH;
	o->state = TASK_TRACED;
	if (request != PTRACE_DETACH)
		return arch_ptrace(child, request, addr, data);
	result = arch_ptrace(child, PTRACE_CONT, addr, data); /* it takes the same back */
	if (!result)
		FIELD(child, OFF_PTRACE) = 0;
	return result;
}

static int32_t ptrace(int32_t request, int32_t pid, uint32_t addr, uint32_t data)
{
	char *child;

	if (request == PTRACE_TRACEME) {
		if (FIELD(CURRENT, OFF_PTRACE) & PT_PTRACED)
			return -EPERM;
		FIELD(CURRENT, OFF_PTRACE) |= PT_PTRACED;
		return 0;
	}
	child = pid > 0 ? find(pid) : 0;
	if (!child)
		return -ESRCH;
	if (pid == PID_INIT)
		return -EPERM;
	return request == PTRACE_ATTACH ? attach(child) : request_of(child, request, addr, data);
}

/* The tracer is another task on another CPU: as long as it calls, it is current. */
asmlinkage int32_t glue_ptrace(int32_t request, int32_t pid, uint32_t addr, uint32_t data)
{
	char *program = CURRENT;
	int32_t result;

	CURRENT = slot(TASK_TRACER);
	result = ptrace(request, pid, addr, data);
	CURRENT = program;
	return result;
}

/* All tasks are in one address space. */
int32_t cut_access_vm(char *task, char *addr, char *buf, int32_t size, uint32_t write)
{
	(void)task;
	for (int32_t n = 0; n < size; n++) {
		if (write & 1)
			addr[n] = buf[n];
		else
			buf[n] = addr[n];
	}
	return size;
}

/* A request that copies registers wants memory, and gives it back before it ends. */
void *cut_kmalloc(uint32_t size)
{
	static uint32_t buffer[2048];

	if (size > sizeof(buffer))
		return 0;
	for (uint32_t n = 0; n < (size + 3) / 4; n++)
		buffer[n] = 0;
	return buffer;
}

void cut_nothing(void)
{
}

/* ---- calls that the program makes ---- */

int32_t cut_fork(void)
{
	return -ENOSYS;
}

int32_t cut_sys_ptrace(void)
{
	return ptrace((int32_t)argument(FRAME_EBX), (int32_t)argument(FRAME_ECX),
		      argument(FRAME_EDX), argument(FRAME_ESI));
}

int32_t cut_sys_kill(void)
{
	return glue_kill((int32_t)argument(FRAME_EBX), argument(FRAME_ECX));
}

/* To the console; a page that is not there ends in the kernel's own page_fault. */
int32_t cut_sys_write(void)
{
	const char *from = (const char *)argument(FRAME_ECX);
	uint32_t fd = argument(FRAME_EBX), size = argument(FRAME_EDX);

	if (fd != 1 && fd != 2)
		return -EBADF;
	for (uint32_t n = 0; n < size; n++)
		__asm__ volatile("outb %b0, %w1" : : "a"(from[n]), "d"(CONSOLE_PORT + fd - 1));
	return (int32_t)size;
}
