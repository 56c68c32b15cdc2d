/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * worker.c: a 32-bit program that plays cases on the kernel that it runs on: reads cases from standard input, a
 * child each, and writes what was seen (wire.h). Of libsysemu it has the names of requests alone. As a booted
 * kernel's first program it does so at the second serial line. An exit code tells why it cannot.
 *
 * A program of random numbers may signal anybody; so all of it lives in a pid namespace of its own, in which
 * there is nobody else, and a child in a process group of its own.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "lib/random.h"
#include "tests/differ/differ_play.h"
#include "tests/differ/wire.h"

#define EFLAGS_SEEN 0x00044dd5u /* flags of arithmetic, TF, DF, AC: IF and RF are the processor's */
#define REG(name)   offsetof(struct user_regs_struct, name)

static struct differ_case c;
static struct differ_seen seen;
static uint8_t *area;
static uint32_t vsyscall, behind; /* __kernel_vsyscall, and where SYSENTER comes back */
static bool sysenter;             /* it has it, and not SYSCALL */
static pid_t pid;

/* SYSENTER's return is the first pop behind it, wherever int $0x80 has been put. */
static void find_vsyscall(void)
{
	const uint8_t *code;

	vsyscall = getauxval(AT_SYSINFO);
	if (!vsyscall)
		exit(3);
	code = (const uint8_t *)vsyscall;
	for (unsigned i = 0; i < 32 && !behind; i++) /* the next function may have one, too */
		if (code[i] == 0xcd && code[i + 1] == 0x80)
			behind = vsyscall + i + 2;
	if (!behind)
		exit(3);
	for (const uint8_t *at = code; at < (const uint8_t *)behind - 2; at++)
		sysenter |= at[0] == 0x0f && at[1] == 0x34;
}

static int read_all(void *to, size_t size)
{
	for (size_t n = 0; n < size;) {
		ssize_t got = read(0, (char *)to + n, size - n);

		if (got <= 0)
			return 0;
		n += (size_t)got;
	}
	return 1;
}

static void write_all(const void *from, size_t size)
{
	for (size_t n = 0; n < size;) {
		ssize_t put = write(1, (const char *)from + n, size - n);

		if (put <= 0)
			exit(4);
		n += (size_t)put;
	}
}

static void lay_out(void)
{
	memcpy(area, c.area, DIFFER_AREA);
	for (uint32_t i = 0; i < c.n_relocs; i++) {
		uint32_t word;

		memcpy(&word, area + c.relocs[i], 4);
		word += (uint32_t)area;
		memcpy(area + c.relocs[i], &word, 4);
	}
	memcpy(area + DIFFER_SLOT, &vsyscall, 4);
	memcpy(area + DIFFER_OWN_PID, &pid, 4);
}

static uint32_t as_seen(uint32_t value)
{
	if (value - (uint32_t)area + 64 < DIFFER_AREA + 64) /* a restart goes back by two */
		return value - (uint32_t)area;
	if (value == (uint32_t)pid)
		return DIFFER_PID;
	return value == (uint32_t)getpid() ? DIFFER_TRACER : value;
}

static uint32_t eip_seen(uint32_t eip)
{
	if (eip - behind + 2 < 18) /* a restart goes back by two */
		return DIFFER_BEHIND_SYSENTER + (eip - behind);
	if (eip - vsyscall + 64 < 128)
		return DIFFER_VSYSCALL + (eip - vsyscall);
	return as_seen(eip);
}

static int wait_event(struct differ_event *e)
{
	int status;

	memset(e, 0, sizeof(*e));
	e->status = ~0u;
	if (waitpid(pid, &status, 0) != pid)
		return 0;
	e->status = (uint32_t)status & ~0x80u; /* a core or not is the host's business */
	if (WIFSTOPPED(status))
		e->status = (uint32_t)status;
	return WIFSTOPPED(status);
}

static void look(struct differ_event *e)
{
	struct user_regs_struct r;
	siginfo_t info;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &r))
		return;
	e->eip = eip_seen((uint32_t)r.eip);
	e->eax = as_seen((uint32_t)r.eax);
	e->orig_eax = (uint32_t)r.orig_eax;
	e->ebx = as_seen((uint32_t)r.ebx);
	e->ecx = as_seen((uint32_t)r.ecx);
	e->edx = as_seen((uint32_t)r.edx);
	e->esi = as_seen((uint32_t)r.esi);
	e->edi = as_seen((uint32_t)r.edi);
	e->ebp = as_seen((uint32_t)r.ebp);
	e->eflags = (uint32_t)r.eflags & EFLAGS_SEEN;
	if (!ptrace(PTRACE_GETSIGINFO, pid, NULL, &info)) {
		e->si_signo = (uint32_t)info.si_signo;
		e->si_code = (uint32_t)info.si_code;
	}
}

static void poke(size_t reg, uint32_t value)
{
	ptrace(PTRACE_POKEUSER, pid, reg, value);
}

static uint32_t peek(size_t reg)
{
	return (uint32_t)ptrace(PTRACE_PEEKUSER, pid, reg, NULL);
}

static void answer(const struct differ_stop *s, struct differ_event *e)
{
	if (s->set & SET_EAX)
		poke(REG(eax), s->eax);
	if (s->set & SET_ORIG_EAX)
		poke(REG(orig_eax), s->orig_eax);
	if (s->set & SET_BACK)
		poke(REG(eip), peek(REG(eip)) - 2);
	if (s->set & (SET_TF | CLEAR_TF))
		poke(REG(eflags), s->set & SET_TF ? peek(REG(eflags)) | DIFFER_TF :
						    peek(REG(eflags)) & ~DIFFER_TF);
	if (s->signal)
		kill(pid, (int)s->signal);
	errno = 0;
	ptrace((enum __ptrace_request)s->request, pid, NULL, s->data);
	e->result = (uint32_t)-errno;
}

static void begin(void)
{
	struct user_regs_struct r;
	int status;

	pid = fork();
	if (pid < 0)
		exit(5);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setpgid(0, 0);
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		kill(getpid(), SIGSTOP);
		_exit(99);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_GETREGS, pid, NULL, &r))
		exit(6);
	r.eax = r.edx = r.esi = r.edi = r.ebp = 0;
	r.ebx = 0x22222222;
	r.ecx = 0x33333333;
	r.esp = (long)(area + DIFFER_STACK);
	r.eip = (long)area;
	r.eflags = 0x202;
	r.orig_eax = -1;
	ptrace(PTRACE_SETREGS, pid, NULL, &r);
	ptrace(PTRACE_SETOPTIONS, pid, NULL, c.sysgood ? PTRACE_O_TRACESYSGOOD : 0);
}

static void play(void)
{
	struct differ_event start;

	memset(&seen, 0, sizeof(seen));
	begin();
	lay_out(); /* which has the child's pid in it */
	answer(&c.stops[0], &start);
	for (uint32_t i = 1; i <= c.n_stops; i++) {
		struct differ_event *e = &seen.events[seen.n++];

		alarm(20);
		if (!wait_event(e)) {
			pid = 0;
			break;
		}
		look(e);
		if (i < c.n_stops)
			answer(&c.stops[i], e);
	}
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
}

static void burn_pids(void)
{
	for (int i = 0; i < 2000; i++) {
		pid_t burnt = fork();

		if (burnt == 0)
			_exit(0);
		waitpid(burnt, NULL, 0);
	}
}

/* In a namespace of its own, behind so many others that no pid is a number of another meaning. */
static void be_alone(void)
{
	int status;
	pid_t inner;

	if (unshare(CLONE_NEWUSER | CLONE_NEWPID) && unshare(CLONE_NEWPID))
		exit(7);
	for (int level = 0; level < 2; level++) {
		inner = fork(); /* the first is its init, the second plays */
		if (inner < 0)
			exit(7);
		if (inner) {
			while (waitpid(inner, &status, 0) != inner)
				;
			_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 6);
		}
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (level == 0)
			burn_pids();
	}
	setpgid(0, 0);
}

/* A booted kernel's first program has no files: /dev/ttyS1. */
static void be_first(void)
{
	struct termios t;
	int line;

	if (mknod("/line", S_IFCHR | 0600, makedev(4, 65)))
		exit(8);
	line = open("/line", O_RDWR | O_NOCTTY);
	if (line < 0 || tcgetattr(line, &t))
		exit(8);
	cfmakeraw(&t);
	t.c_cflag |= CLOCAL;
	cfsetspeed(&t, B115200);
	tcsetattr(line, TCSANOW, &t);
	dup2(line, 0);
	dup2(line, 1);
}

static void answer_case(const struct wire_head *head)
{
	static struct wire w = { 0 };

	w.n = head->size;
	w.at = 0;
	if (w.n > sizeof(w.bytes) || !read_all(w.bytes, w.n) || !wire_take_case(&w, &c))
		exit(9);
	play();
	write_all(&seen, sizeof(seen.n) + seen.n * sizeof(seen.events[0]));
}

static void answer_batch(const struct wire_head *head)
{
	uint64_t seed, digest;

	if (head->size != sizeof(seed) || !read_all(&seed, sizeof(seed)))
		exit(9);
	for (uint32_t i = 0; i < head->cases; i++) {
		struct differ_plan plan;

		differ_plan(&plan, random_next(&seed), !sysenter);
		differ_make(&plan, &c);
		play();
		digest = differ_digest(&c, &seen);
		write_all(&digest, sizeof(digest));
	}
}

int main(void)
{
	struct wire_head head;

	if (getpid() == 1)
		be_first();
	find_vsyscall();
	be_alone();
	area = mmap((void *)0x08048000, DIFFER_AREA, PROT_READ | PROT_WRITE | PROT_EXEC,
		    MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (area == MAP_FAILED)
		return 2;
	write_all(DIFFER_HELLO, sizeof(DIFFER_HELLO) - 1);
	write_all(&sysenter, 1);
	while (read_all(&head, sizeof(head)))
		if (head.cases)
			answer_batch(&head);
		else
			answer_case(&head);
	return 0;
}
