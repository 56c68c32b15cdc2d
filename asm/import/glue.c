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

extern char OFF_OWN[], OFF_FLAGS[], OFF_PTRACE[], OFF_EXIT_CODE[], OFF_FS[], OFF_GS[],
	TASK_STRIDE[], FRAME_BYTES[], FRAME_EBX[], FRAME_ECX[], FRAME_EDX[], FRAME_ESI[],
	FRAME_EFLAGS[];
extern char IS_OLD[], STOP_ENDS_STEP[], STOP_LOOKS_AGAIN[]; /* of 2.6, and of which: 0 or 1 */
extern char tasks[];
extern char *CURRENT; /* the kernel's own current_task */
extern uint32_t nr_tasks;

#define FIELD(task, at) (*(uint32_t *)((task) + (uint32_t)(at)))

/* The kernel's; before 2.6.15 there is but its sys_ptrace, and the other is 0. */
int32_t arch_ptrace(char *child, int32_t request, uint32_t addr, uint32_t data);
asmlinkage int32_t whole_ptrace(int32_t request, int32_t pid, uint32_t addr, uint32_t data);
void stop_port(uint32_t reason, char *task);

asmlinkage int32_t glue_ptrace(int32_t request, int32_t pid, uint32_t addr, uint32_t data);
asmlinkage int32_t glue_kill(int32_t pid, uint32_t sig);
asmlinkage int32_t glue_resched(char *task);
int32_t cut_ptrace_notify(uint32_t code);
void cut_old_notify(uint32_t code);
char *cut_find_task(int32_t pid);
char *cut_find_task_type(int32_t type, int32_t pid);
int32_t cut_check_attach(void);
int32_t cut_wake_up_state(char *task);
int32_t cut_force_sig(uint32_t sig);
int32_t cut_send_sig(uint32_t sig, void *info, char *task);
int32_t cut_send_sig_info(uint32_t sig, void *info, char *task);
int32_t cut_do_signal(void);
void cut_schedule(void);
void cut_do_exit(uint32_t code);
int32_t cut_access_vm(char *task, char *addr, char *buf, int32_t size, uint32_t write);
void *cut_kmalloc(uint32_t size);
void cut_nothing(void);
int32_t cut_fork(void);
int32_t cut_report_bug(uint32_t addr);
void cut_oops(void);
int32_t cut_sys_ptrace(void);
int32_t cut_sys_kill(void);
int32_t cut_sys_write(void);

/* A symbol's value, which may be 0: no compiler believes that of an address. */
static inline uint32_t value_of(const void *symbol)
{
	uint32_t value = (uint32_t)symbol;

	__asm__("" : "+r"(value));
	return value;
}

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

/* A segment register that the frame has no place for is the program's own. */
static void give_up(uint32_t code, uint32_t state)
{
	char *task = CURRENT;
	uint32_t fs, gs, keeps_fs = value_of(OFF_FS), keeps_gs = value_of(OFF_GS);

	__asm__ volatile("movl %%fs, %0\n\tmovl %%gs, %1" : "=r"(fs), "=r"(gs));
	if (keeps_fs)
		FIELD(task, OFF_FS) = fs;
	if (keeps_gs)
		FIELD(task, OFF_GS) = gs;
	FIELD(task, OFF_EXIT_CODE) = code;
	own(task)->state = state;
	stop_port(STOP_TASK, task);
	if (keeps_fs)
		__asm__ volatile("movl %0, %%fs" : : "r"(FIELD(task, OFF_FS)));
	if (keeps_gs)
		__asm__ volatile("movl %0, %%gs" : : "r"(FIELD(task, OFF_GS)));
	if (own(task)->killed)
		cut_do_exit(SIGKILL);
}

static uint32_t stop(uint32_t code, uint32_t state)
{
	give_up(code, state);
	code = FIELD(CURRENT, OFF_EXIT_CODE);
	FIELD(CURRENT, OFF_EXIT_CODE) = 0;
	return code;
}

int32_t cut_ptrace_notify(uint32_t code)
{
	return (int32_t)stop(code, TASK_TRACED);
}

/* The answer is left in exit_code, where 2.6 looks for it. A P that nothing is queued for goes away here. */
void cut_old_notify(uint32_t code)
{
	struct own *o = own(CURRENT);

	give_up(code, TASK_TRACED);
	if (value_of(STOP_LOOKS_AGAIN) && !o->sigpending && !o->sigshared)
		FIELD(CURRENT, OFF_FLAGS) &= ~(uint32_t)_TIF_PENDING;
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

/* 2.6.12 to 2.6.24: a signal's stop shows the program's own TF alone. */
static void end_step(char *task)
{
	char *frame = (char *)own(task)->esp0 - (uint32_t)FRAME_BYTES;

	if (!value_of(STOP_ENDS_STEP) || !(FIELD(task, OFF_PTRACE) & PT_DTRACE))
		return;
	FIELD(task, OFF_PTRACE) &= ~(uint32_t)PT_DTRACE;
	FIELD(frame, FRAME_EFLAGS) &= ~(uint32_t)X86_EFLAGS_TF;
}

/* Also in get_signal_to_deliver's place, to which 0 means that no handler is to be called. */
int32_t cut_do_signal(void)
{
	char *task = CURRENT;
	uint32_t sig;

	while ((sig = next_signal(own(task))) != 0) {
		if (!own(task)->sigpending && !own(task)->sigshared)
			FIELD(task, OFF_FLAGS) &= ~(uint32_t)_TIF_PENDING;
		if ((FIELD(task, OFF_PTRACE) & PT_PTRACED) && sig != SIGKILL) {
			end_step(task);
			sig = stop(sig, TASK_TRACED);
		}
		if (!sig || is_ignored(sig))
			continue;
		if (sig >= SIGSTOP && sig <= SIGTTOU)
			stop(sig, TASK_STOPPED);
		else
			cut_do_exit(sig);
	}
	FIELD(task, OFF_FLAGS) &= ~(uint32_t)_TIF_PENDING; /* there may have been none */
	return 0;
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
	/* 2.6 goes on with what was stopped, and delivers it on the way out: before all others. */
	queue(task, sig,
	      sig == SIGKILL && value_of(IS_OLD) ? &own(task)->sigpending : &own(task)->sigshared);
	if (sig == SIGKILL && own(task)->state) {
		own(task)->killed = !value_of(IS_OLD);
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

/* With what we have made up the kernel is not in order, so no count means anything. `text` ends with the
 * place of eight digits. */
static void __attribute__((noreturn)) fault(char *text, uint32_t size, uint32_t addr)
{
	for (uint32_t n = 0; n < 8; n++)
		text[size - 2 - n] = "0123456789abcdef"[addr >> (4 * n) & 15];
	for (;;)
		stop_port(STOP_PANIC, text);
}

/* A WARN or BUG. */
int32_t cut_report_bug(uint32_t addr)
{
	static char text[] = "the kernel warns at 0x00000000";

	fault(text, sizeof(text), addr);
}

/* 2.6: what do_page_fault begins its last words with; nothing has mended the fault. */
void cut_oops(void)
{
	static char text[] = "the kernel looks at what is not there, 0x00000000";
	uint32_t addr;

	__asm__ volatile("movl %%cr2, %0" : "=r"(addr));
	fault(text, sizeof(text), addr);
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

static int32_t kernels_ptrace(char *child, int32_t request, uint32_t addr, uint32_t data)
{
	return value_of(whole_ptrace) ?
		       whole_ptrace(request, (int32_t)own(child)->pid, addr, data) :
		       arch_ptrace(child, request, addr, data);
}

char *cut_find_task(int32_t pid)
{
	return find(pid);
}

char *cut_find_task_type(int32_t type, int32_t pid)
{
	(void)type;
	return find(pid);
}

/* It has been asked below. */
int32_t cut_check_attach(void)
{
	return 0;
}

static int32_t request_of(char *child, int32_t request, uint32_t addr, uint32_t data)
{
	struct own *o = own(child);
	int32_t result;

	if (!(FIELD(child, OFF_PTRACE) & PT_PTRACED) || o->parent != (uint32_t)CURRENT)
		return -ESRCH;
	if (request == PTRACE_KILL && value_of(IS_OLD)) /* a stop's answer, and no signal */
		return o->state < TASK_ZOMBIE ? kernels_ptrace(child, request, addr, data) : 0;
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
		return kernels_ptrace(child, request, addr, data);
	if (value_of(IS_OLD))
		result = kernels_ptrace(child, request, addr, data);
	else
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
