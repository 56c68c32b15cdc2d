/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * native.c: see native.h. The program begins as the library's does: number 101, code at SYSEMU_CODE_BASE, an
 * empty stack below 0xc0000000, registers zero, stopped by SIGSTOP. Breakpoints are the debug registers.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/fail.h"
#include "libsysemu/kernel.h"
#include "libsysemu/sysemu.h"
#include "tests/booted/native.h"

#define PID        101
#define STACK_TOP  0xc0000000u
#define STACK_SIZE 0x10000u
#define CODE_SIZE  0x1000u
#define PATIENCE   2 /* seconds without an event: the budget */
#define BREAKS     4

struct sysemu_machine {
	pid_t pid;
	bool started, resumed;
	sysemu_place *place;     /* where a stop's is told: watch.c */
	uint32_t breaks[BREAKS]; /* 0: free */
	char why[200];
};

struct native_page native_page;
static char why_not[200];

/* ---- errors ---- */

sysemu_status fail(sysemu_machine *m, sysemu_status status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(m ? m->why : why_not, sizeof(why_not), format, args);
	va_end(args);
	return status;
}

const char *sysemu_errmsg(const sysemu_machine *m)
{
	return m ? m->why : why_not;
}

/* ---- a process ---- */

int native_find_page(void)
{
	const unsigned char *code = (const unsigned char *)getauxval(AT_SYSINFO);

	for (unsigned n = 0; code && n < 16; n++)
		if (code[n] == 0x0f && code[n + 1] == 0x34)
			for (unsigned k = n + 2; k < 32; k++)
				if (code[k] == 0xcd && code[k + 1] == 0x80) {
					native_page =
						(struct native_page){ (uint32_t)code,
								      (uint32_t)code + n,
								      (uint32_t)code + k + 2 };
					return 1;
				}
	return 0;
}

/* On another stack than the one that it maps: no instruction here has one. ebp is the mapping's offset. */
__attribute__((noreturn, naked, used)) static void native_wait_for_tracer(void)
{
	__asm__("mov $0xbfff0000, %ebx\n\t" /* STACK_TOP - STACK_SIZE */
		"mov $0x10000, %ecx\n\t"
		"mov $7, %edx\n\t"
		"mov $0x32, %esi\n\t" /* PRIVATE, FIXED, ANONYMOUS */
		"mov $-1, %edi\n\t"
		"xor %ebp, %ebp\n\t"
		"mov $192, %eax\n\t" /* mmap2 */
		"int $0x80\n\t"
		"mov $20, %eax\n\t"
		"int $0x80\n\t"
		"mov %eax, %ebx\n\t"
		"mov $19, %ecx\n\t"
		"mov $37, %eax\n\t" /* kill: SIGSTOP */
		"int $0x80\n"
		"1:	jmp 1b");
}

static pid_t spawn(void)
{
	pid_t wanted = PID;
	struct clone_args args = { .exit_signal = SIGCHLD,
				   .set_tid = (uintptr_t)&wanted,
				   .set_tid_size = 1 };

	fflush(NULL);
	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

int native_loop(void)
{
	pid_t pid = spawn();

	if (pid == 0)
		for (;;)
			__asm__ volatile("");
	return pid;
}

static bool put_words(sysemu_machine *m, uint32_t addr, const void *bytes, size_t size)
{
	for (size_t at = 0; at < size; at += 4) {
		uint32_t word = 0;

		memcpy(&word, (const char *)bytes + at, size - at < 4 ? size - at : 4);
		if (ptrace(PTRACE_POKEDATA, m->pid, addr + at, word) < 0)
			return false;
	}
	return true;
}

sysemu_status sysemu_open(const sysemu_config *config, sysemu_machine **out)
{
	(void)config;
	*out = calloc(1, sizeof(**out));
	return *out ? SYSEMU_OK : SYSEMU_ENOMEM;
}

void sysemu_close(sysemu_machine *m)
{
	if (m->pid > 0) {
		kill(m->pid, SIGKILL);
		waitpid(m->pid, NULL, __WALL);
	}
	free(m);
}

sysemu_status sysemu_load_code(sysemu_machine *m, const void *code, size_t size)
{
	struct user_regs_struct r = { .eip = SYSEMU_CODE_BASE,
				      .esp = STACK_TOP,
				      .eflags = 0x246,
				      .xcs = 0x73,
				      .xss = 0x7b,
				      .xds = 0x7b,
				      .xes = 0x7b };
	struct user_regs_struct was;
	int status;

	m->pid = spawn();
	if (m->pid == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		syscall(SYS_mmap2, SYSEMU_CODE_BASE, CODE_SIZE, 7, 0x32, -1, 0);
		native_wait_for_tracer();
	}
	if (m->pid < 0 || waitpid(m->pid, &status, 0) < 0 || !WIFSTOPPED(status))
		return fail(m, SYSEMU_EHOST, "no process %d: %s", PID, strerror(errno));
	if (ptrace(PTRACE_GETREGS, m->pid, 0, &was) < 0)
		return fail(m, SYSEMU_EHOST, "its registers: %s", strerror(errno));
	r.orig_eax = was.orig_eax; /* kill, which has stopped it */
	if (!put_words(m, SYSEMU_CODE_BASE, code, size) ||
	    ptrace(PTRACE_SETREGS, m->pid, 0, &r) < 0)
		return fail(m, SYSEMU_EHOST, "the code: %s", strerror(errno));
	return SYSEMU_OK;
}

/* ---- events ---- */

static void take_regs(sysemu_machine *m, sysemu_regs *out)
{
	struct user_regs_struct r = { 0 };

	ptrace(PTRACE_GETREGS, m->pid, 0, &r);
	*out = (sysemu_regs){ .ebx = (uint32_t)r.ebx,
			      .ecx = (uint32_t)r.ecx,
			      .edx = (uint32_t)r.edx,
			      .esi = (uint32_t)r.esi,
			      .edi = (uint32_t)r.edi,
			      .ebp = (uint32_t)r.ebp,
			      .eax = (uint32_t)r.eax,
			      .ds = (uint32_t)r.xds,
			      .es = (uint32_t)r.xes,
			      .fs = (uint32_t)r.xfs,
			      .gs = (uint32_t)r.xgs,
			      .orig_eax = (int32_t)r.orig_eax,
			      .eip = (uint32_t)r.eip,
			      .cs = (uint32_t)r.xcs,
			      .eflags = (uint32_t)r.eflags,
			      .esp = (uint32_t)r.esp,
			      .ss = (uint32_t)r.xss };
}

static bool at_break(const sysemu_machine *m, uint32_t eip)
{
	for (unsigned n = 0; n < BREAKS; n++)
		if (m->breaks[n] && m->breaks[n] == eip)
			return true;
	return false;
}

/* Does the debug status say that a breakpoint, and not a step, has stopped it? */
static bool is_break(sysemu_machine *m, uint32_t eip)
{
	long dr6 = ptrace(PTRACE_PEEKUSER, m->pid, offsetof(struct user, u_debugreg) + 6 * 4, 0);

	return at_break(m, eip) && (dr6 & 15);
}

static void on_alarm(int signal)
{
	(void)signal; /* it interrupts waitpid */
}

/* 0: nothing comes. */
static int wait_patiently(sysemu_machine *m, int *status)
{
	const struct sigaction action = { .sa_handler = on_alarm };
	int got;

	sigaction(SIGALRM, &action, NULL);
	alarm(PATIENCE);
	got = waitpid(m->pid, status, __WALL);
	alarm(0);
	return got < 0 && errno == EINTR ? 0 : got;
}

/* The message of a stop: 1 at a call's entry, 2 at its exit, 0 at a signal (from 5.3 on). */
static sysemu_place place_of_stop(sysemu_machine *m)
{
	unsigned long message = 0;

	ptrace(PTRACE_GETEVENTMSG, m->pid, 0, &message);
	return message == 1 ? SYSEMU_PLACE_ENTRY :
	       message == 2 ? SYSEMU_PLACE_EXIT :
			      SYSEMU_PLACE_SIGNAL;
}

void native_tell_place(sysemu_machine *m, sysemu_place *place)
{
	m->place = place;
}

sysemu_status sysemu_run(sysemu_machine *m, uint64_t max, sysemu_event *out)
{
	sysemu_regs r;
	int status = SIGSTOP << 8 | 0x7f, got = m->pid;

	(void)max;
	*out = (sysemu_event){ .kind = SYSEMU_EVENT_STOP, .pid = m->pid };
	if (m->started && !m->resumed)
		return fail(m, SYSEMU_ESTATE, "it is stopped, and was not resumed");
	if (m->started)
		got = wait_patiently(m, &status);
	m->started = true;
	m->resumed = false;
	if (got < 0)
		return fail(m, SYSEMU_EHOST, "waitpid: %s", strerror(errno));
	if (got == 0) {
		out->kind = SYSEMU_EVENT_LIMIT;
		return SYSEMU_OK;
	}
	out->status = (uint32_t)status & 0xffff;
	if (!WIFSTOPPED(status)) {
		out->kind = WIFEXITED(status) ? SYSEMU_EVENT_EXIT : SYSEMU_EVENT_KILLED;
		m->pid = 0;
		return SYSEMU_OK;
	}
	take_regs(m, &r);
	if (WSTOPSIG(status) == SIGTRAP && is_break(m, r.eip)) {
		out->kind = SYSEMU_EVENT_BREAK;
		out->status = 0;
	}
	if (m->place && got)
		*m->place = place_of_stop(m);
	out->eip = r.eip;
	out->eax = r.eax;
	out->esp = r.esp;
	out->eflags = r.eflags;
	out->orig_eax = r.orig_eax;
	return SYSEMU_OK;
}

sysemu_status sysemu_ptrace(sysemu_machine *m, int request, uint32_t addr, uint32_t data,
			    int32_t *result)
{
	long got = ptrace(request, m->pid, addr, data);

	*result = got < 0 ? -errno : (int32_t)got;
	if (got >= 0 && (request == PTRACE_CONT || request == PTRACE_SYSCALL ||
			 request == PTRACE_SINGLESTEP || request == 31 || request == 32))
		m->resumed = true;
	return SYSEMU_OK;
}

sysemu_status sysemu_get_regs(sysemu_machine *m, sysemu_regs *out)
{
	take_regs(m, out);
	return SYSEMU_OK;
}

sysemu_status sysemu_get_cpu(sysemu_machine *m, sysemu_regs *out)
{
	return sysemu_get_regs(m, out);
}

/* As PTRACE_GETREGS has them, in the order of enum sysemu_reg. */
static const size_t places[SYSEMU_REGS] = {
#define AT(name) offsetof(struct user_regs_struct, name)
	AT(ebx), AT(ecx), AT(edx),      AT(esi), AT(edi), AT(ebp),    AT(eax), AT(xds), AT(xes),
	AT(xfs), AT(xgs), AT(orig_eax), AT(eip), AT(xcs), AT(eflags), AT(esp), AT(xss)
#undef AT
};

sysemu_status sysemu_set_reg(sysemu_machine *m, unsigned reg, uint32_t value)
{
	if (reg >= SYSEMU_REGS || ptrace(PTRACE_POKEUSER, m->pid, places[reg], value) < 0)
		return fail(m, SYSEMU_EHOST, "register %u: %s", reg, strerror(errno));
	return SYSEMU_OK;
}

sysemu_status sysemu_read(sysemu_machine *m, uint32_t addr, void *buf, size_t size)
{
	for (size_t at = 0; at < size; at += 4) {
		long word;

		errno = 0;
		word = ptrace(PTRACE_PEEKDATA, m->pid, addr + at, 0);
		if (errno)
			return fail(m, SYSEMU_EFAULT, "0x%x: %s", addr, strerror(errno));
		memcpy((char *)buf + at, &word, size - at < 4 ? size - at : 4);
	}
	return SYSEMU_OK;
}

sysemu_status sysemu_write(sysemu_machine *m, uint32_t addr, const void *buf, size_t size)
{
	return put_words(m, addr, buf, size) ? SYSEMU_OK : fail(m, SYSEMU_EFAULT, "0x%x", addr);
}

/* ---- breakpoints ---- */

static sysemu_status put_breaks(sysemu_machine *m)
{
	unsigned long enabled = 0;

	for (unsigned n = 0; n < BREAKS; n++) {
		if (!m->breaks[n])
			continue;
		enabled |= 1ul << (2 * n);
		if (ptrace(PTRACE_POKEUSER, m->pid, offsetof(struct user, u_debugreg) + 4 * n,
			   m->breaks[n]) < 0)
			return fail(m, SYSEMU_EHOST, "debug register %u: %s", n, strerror(errno));
	}
	if (ptrace(PTRACE_POKEUSER, m->pid, offsetof(struct user, u_debugreg) + 4 * 7, enabled) < 0)
		return fail(m, SYSEMU_EHOST, "DR7: %s", strerror(errno));
	return SYSEMU_OK;
}

sysemu_status sysemu_break_set(sysemu_machine *m, uint32_t addr)
{
	for (unsigned n = 0; n < BREAKS; n++)
		if (!m->breaks[n]) {
			m->breaks[n] = addr;
			return put_breaks(m);
		}
	return fail(m, SYSEMU_ENOMEM, "more than %d breakpoints", BREAKS);
}

sysemu_status sysemu_break_clear(sysemu_machine *m, uint32_t addr)
{
	for (unsigned n = 0; n < BREAKS; n++)
		if (m->breaks[n] == addr)
			m->breaks[n] = 0;
	return m->pid > 0 ? put_breaks(m) : SYSEMU_OK;
}

/* ---- what a tracer cannot see, or the scenarios of today do not ask for ---- */

sysemu_status sysemu_get_counts(sysemu_machine *m, sysemu_counts *out)
{
	(void)m;
	*out = (sysemu_counts){ 0 };
	return SYSEMU_OK;
}

sysemu_status sysemu_on_insn(sysemu_machine *m, sysemu_insn_fn fn, void *user)
{
	(void)m, (void)fn, (void)user;
	return SYSEMU_OK;
}

sysemu_status sysemu_task_info(sysemu_machine *m, int32_t pid, sysemu_task *out)
{
	*out = (sysemu_task){ .pid = m->pid };
	return pid && pid != m->pid ? SYSEMU_ENOENT : SYSEMU_OK;
}

static sysemu_status cannot(sysemu_machine *m)
{
	return fail(m, SYSEMU_EINVAL, "not of a process of the running kernel");
}

sysemu_status sysemu_load_elf(sysemu_machine *m, const void *elf, size_t size, char *const argv[],
			      char *const envp[])
{
	(void)elf, (void)size, (void)argv, (void)envp;
	return cannot(m);
}

sysemu_status sysemu_signal(sysemu_machine *m, int32_t pid, int signal, int32_t *result)
{
	*result = kill(pid ? pid : m->pid, signal) ? -errno : 0;
	return SYSEMU_OK;
}

sysemu_status sysemu_need_resched(sysemu_machine *m, int32_t pid)
{
	(void)pid;
	return cannot(m);
}

sysemu_status sysemu_set_audit(sysemu_machine *m, int32_t pid, bool on)
{
	(void)pid, (void)on;
	return cannot(m);
}

sysemu_status sysemu_set_tif(sysemu_machine *m, uint32_t tif)
{
	(void)tif;
	return cannot(m);
}

sysemu_status sysemu_focus(sysemu_machine *m, int32_t pid)
{
	(void)pid;
	return cannot(m);
}

sysemu_status sysemu_wait(sysemu_machine *m, int32_t pid, uint32_t options, uint32_t *status,
			  int32_t *result)
{
	(void)pid, (void)options, (void)status, (void)result;
	return cannot(m);
}

/* ---- kernels: there is this one; a scenario may name the library's ---- */

static const struct {
	const char *name, *alias;
} kernels[] = {
#define KERNEL(symbol, name, alias, about) { name, alias },
#include "lib/kernels/kernels.def"
#undef KERNEL
	{ "modern", NULL },
};
enum { KERNELS = sizeof(kernels) / sizeof(kernels[0]) };

const char *sysemu_kernel_at(size_t index, const char **about)
{
	(void)about;
	return index < KERNELS ? kernels[index].name : NULL;
}

/* A running kernel has them all. */
sysemu_status sysemu_kernel_ability(const char *kernel, size_t index, sysemu_ability *out)
{
	static const char *const names[] = {
#define ABILITY(name, ...) name,
#include "lib/trial/abilities.def"
#undef ABILITY
	};

	(void)kernel;
	if (index >= sizeof(names) / sizeof(names[0]))
		return SYSEMU_ENOENT;
	*out = (sysemu_ability){ .name = names[index], .has = true };
	return SYSEMU_OK;
}

const char *sysemu_kernel_alias(const char *kernel)
{
	for (size_t i = 0; i < KERNELS; i++)
		if (!strcmp(kernels[i].name, kernel))
			return kernels[i].alias;
	return NULL;
}

const char *sysemu_kernel_like(const char *kernel)
{
	return strcmp(kernel, "modern") ? NULL : kernel;
}

const char *sysemu_kernel_unknown(const char *name, char *buf, size_t size)
{
	snprintf(buf, size, "no kernel %s", name);
	return buf;
}
