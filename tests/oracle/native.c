/* SPDX-License-Identifier: GPL-2.0-only */
/* native.c: see native.h. */
#define _GNU_SOURCE
#include "tests/oracle/native.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/oracle/generate.h"

struct native {
	pid_t pid;
	uint8_t *area;
	struct user_regs_struct regs; /* as a 64-bit tracer sees a 32-bit process */
	char why[200];
};

static void become_child(const char *child, int fd, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || dup2(fd, 3) != 3)
		_exit(127);
	execl(child, child, (char *)NULL);
	_exit(127);
}

static bool wait_stop(struct native *n, int expected)
{
	int status;

	if (waitpid(n->pid, &status, 0) != n->pid) {
		snprintf(n->why, sizeof(n->why), "the child is gone");
		return false;
	}
	if (WIFSTOPPED(status) && WSTOPSIG(status) == expected)
		return true;
	if (WIFSTOPPED(status))
		snprintf(n->why, sizeof(n->why), "signal %d instead of %d", WSTOPSIG(status),
			 expected);
	else
		snprintf(n->why, sizeof(n->why), "the child ended, status %#x", (unsigned)status);
	return false;
}

/* A step is two switches between the two processes: on one processor they cost the least. */
static void stay_on_one_cpu(pid_t pid)
{
	cpu_set_t one;
	int cpu = sched_getcpu();

	CPU_ZERO(&one);
	CPU_SET(cpu < 0 ? 0 : cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
	sched_setaffinity(pid, sizeof(one), &one);
}

struct native *native_start(const char *child, const char **why)
{
	static char text[300];
	struct native *n = calloc(1, sizeof(*n));
	pid_t parent = getpid();
	int fd = memfd_create("area", 0);

	*why = "no shared memory";
	if (!n || fd < 0 || ftruncate(fd, AREA_SIZE)) {
		free(n);
		return NULL;
	}
	n->area = mmap(NULL, AREA_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (n->area == MAP_FAILED) {
		close(fd);
		free(n);
		return NULL;
	}
	n->pid = fork();
	if (n->pid == 0)
		become_child(child, fd, parent);
	close(fd);
	if (n->pid > 0 && wait_stop(n, SIGSTOP) &&
	    ptrace(PTRACE_GETREGS, n->pid, NULL, &n->regs) == 0) {
		stay_on_one_cpu(n->pid);
		return n;
	}
	snprintf(text, sizeof(text), "no 32-bit child under ptrace: %s", n->why);
	*why = text;
	native_end(n);
	return NULL;
}

void native_end(struct native *n)
{
	if (!n)
		return;
	if (n->pid > 0) {
		kill(n->pid, SIGKILL);
		waitpid(n->pid, NULL, 0);
	}
	munmap(n->area, AREA_SIZE);
	free(n);
}

uint8_t *native_area(struct native *n)
{
	return n->area;
}

bool native_jump(struct native *n, uint32_t eip)
{
	n->regs.rax = n->regs.rcx = n->regs.rdx = n->regs.rbx = 0;
	n->regs.rsi = n->regs.rdi = n->regs.rbp = 0;
	n->regs.rsp = 0xc0000000; /* where a machine's program starts */
	n->regs.rip = eip;
	n->regs.eflags = 0x202;
	n->regs.orig_rax = (unsigned long long)-1; /* no system call to restart */
	return ptrace(PTRACE_SETREGS, n->pid, NULL, &n->regs) == 0;
}

bool native_get_regs(struct native *n, struct gdb_regs *out)
{
	struct user_regs_struct r;

	if (ptrace(PTRACE_GETREGS, n->pid, NULL, &r))
		return false;
	*out = (struct gdb_regs){ .eax = (uint32_t)r.rax,
				  .ecx = (uint32_t)r.rcx,
				  .edx = (uint32_t)r.rdx,
				  .ebx = (uint32_t)r.rbx,
				  .esp = (uint32_t)r.rsp,
				  .ebp = (uint32_t)r.rbp,
				  .esi = (uint32_t)r.rsi,
				  .edi = (uint32_t)r.rdi,
				  .eip = (uint32_t)r.rip,
				  .eflags = (uint32_t)r.eflags };
	return true;
}

bool native_step(struct native *n)
{
	return ptrace(PTRACE_SINGLESTEP, n->pid, NULL, NULL) == 0 && wait_stop(n, SIGTRAP);
}

const char *native_why(const struct native *n)
{
	return n->why;
}
