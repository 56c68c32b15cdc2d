/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What debug registers tell a tracer: for each kind of instruction, every byte that it reads or
 * writes and none beside them; breakpoints; with single steps; at fork, at execve, and of whom.
 */
#include "proc.h"

#include <sched.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/utsname.h>

enum { EXECUTE = 0, WRITE = 1, ACCESS = 3 };
enum { READS = 1, WRITES = 2 };

static uint8_t area[1024] __attribute__((aligned(64), used));
#define MIDDLE (area + 512)

/* Each is one instruction, and an int3. esi, edi and ebx are at MIDDLE, esp 128 below, ebp 128
 * above; eax is 8, ecx 1, edx 2. */
#define CASES(X)                                          \
	X("movl %eax, (%esi)", WRITES, 0, 4)              \
	X("movb %al, 3(%esi)", WRITES, 3, 1)              \
	X("movw %ax, -1(%esi)", WRITES, -1, 2)            \
	X("movl (%esi), %eax", READS, 0, 4)               \
	X("movl %es:2(%esi,%edx,2), %eax", READS, 6, 4)   \
	X("movzbl (%esi), %eax", READS, 0, 1)             \
	X("movswl (%esi), %eax", READS, 0, 2)             \
	X("movl area+512, %eax", READS, 0, 4)             \
	X("movb %al, area+511", WRITES, -1, 1)            \
	X("addl %eax, (%esi)", READS | WRITES, 0, 4)      \
	X("addl (%esi), %eax", READS, 0, 4)               \
	X("lock incw (%esi)", READS | WRITES, 0, 2)       \
	X("negb (%esi)", READS | WRITES, 0, 1)            \
	X("cmpl $1, (%esi)", READS, 0, 4)                 \
	X("testb $1, (%esi)", READS, 0, 1)                \
	X("shll %cl, (%esi)", READS | WRITES, 0, 4)       \
	X("rclw (%esi)", READS | WRITES, 0, 2)            \
	X("shldl $3, %eax, (%esi)", READS | WRITES, 0, 4) \
	X("btl $5, (%esi)", READS, 0, 4)                  \
	X("btl %eax, 1(%esi)", READS, 1, 4)               \
	X("btsl $5, (%esi)", READS | WRITES, 0, 4)        \
	X("xchgl %eax, (%esi)", READS | WRITES, 0, 4)     \
	X("xaddl %eax, (%esi)", READS | WRITES, 0, 4)     \
	X("cmpxchg8b (%esi)", READS | WRITES, 0, 8)       \
	X("setnz (%esi)", WRITES, 0, 1)                   \
	X("imull (%esi), %eax", READS, 0, 4)              \
	X("mull (%esi)", READS, 0, 4)                     \
	X("bsfl (%esi), %eax", READS, 0, 4)               \
	X("leal (%esi), %eax", 0, 0, 4)                   \
	X("nopl (%esi)", 0, 0, 4)                         \
	X("prefetcht0 (%esi)", 0, 0, 4)                   \
	X("movw %ds, (%esi)", WRITES, 0, 2)               \
	X("pushl %eax", WRITES, -132, 4)                  \
	X("pushw %ax", WRITES, -130, 2)                   \
	X("pushl (%esi)", READS, 0, 4)                    \
	X("pushfl", WRITES, -132, 4)                      \
	X("pusha", WRITES, -160, 32)                      \
	X("popl %eax", READS, -128, 4)                    \
	X("popl (%esi)", WRITES, 0, 4)                    \
	X("popa", READS, -128, 32)                        \
	X("leave", READS, 128, 4)                         \
	X("enter $16, $0", WRITES, -132, 4)               \
	X("xlat", READS, 8, 1)                            \
	X("movsl", READS | WRITES, 0, 4)                  \
	X("stosb", WRITES, 0, 1)                          \
	X("stosw", WRITES, 0, 2)                          \
	X("lodsl", READS, 0, 4)                           \
	X("scasb", READS, 0, 1)                           \
	X("cmpsw", READS, 0, 2)                           \
	X("flds (%esi)", READS, 0, 4)                     \
	X("fldl (%esi)", READS, 0, 8)                     \
	X("fldt (%esi)", READS, 0, 10)                    \
	X("fildll (%esi)", READS, 0, 8)                   \
	X("fnstcw (%esi)", WRITES, 0, 2)                  \
	X("fnstenv (%esi)", WRITES, 0, 28)                \
	X("fstl (%esi)", WRITES, 0, 8)                    \
	X("movd (%esi), %mm0", READS, 0, 4)               \
	X("movq (%esi), %mm0", READS, 0, 8)               \
	X("movd %xmm0, (%esi)", WRITES, 0, 4)             \
	X("movq %xmm0, (%esi)", WRITES, 0, 8)             \
	X("movq (%esi), %xmm0", READS, 0, 8)              \
	X("movss (%esi), %xmm0", READS, 0, 4)             \
	X("movsd %xmm0, (%esi)", WRITES, 0, 8)            \
	X("movhps (%esi), %xmm0", READS, 0, 8)            \
	X("movlpd %xmm0, (%esi)", WRITES, 0, 8)           \
	X("movdqu (%esi), %xmm0", READS, 0, 16)           \
	X("movdqu %xmm0, 5(%esi)", WRITES, 5, 16)         \
	X("addss (%esi), %xmm0", READS, 0, 4)             \
	X("mulsd (%esi), %xmm0", READS, 0, 8)             \
	X("pcmpeqb (%esi), %xmm0", READS, 0, 16)          \
	X("cvtsi2sdl (%esi), %xmm0", READS, 0, 4)         \
	X("cvtps2pd (%esi), %xmm0", READS, 0, 8)          \
	X("ucomisd (%esi), %xmm0", READS, 0, 8)           \
	X("pinsrw $1, (%esi), %xmm0", READS, 0, 2)        \
	X("movnti %eax, (%esi)", WRITES, 0, 4)            \
	X("stmxcsr (%esi)", WRITES, 0, 4)

/* Their addresses, and ends, in a table. */
#define CODE(text, ...)              \
	"	.pushsection .text\n"      \
	"1:	" text "\n2:	int3\n" \
	"	.popsection\n	.long 1b, 2b\n"
asm("	.section .rodata\n	.globl snippets\nsnippets:\n" CASES(CODE) "	.text");
extern const struct {
	uint32_t at, end;
} snippets[];

static const struct {
	const char *text;
	int use, from, size;
} cases[] = {
#define ROW(text, use, from, size) { text, use, from, size },
	CASES(ROW)
};
enum { NCASES = sizeof(cases) / sizeof(cases[0]) };

/* ---- a tracee that has nothing of its own to do ---- */

static pid_t tracee;

static int stop_of(pid_t pid)
{
	int status;

	CHECK(waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status));
	return status >> 8;
}

static void start_tracee(void)
{
	CHILD(tracee)
	{
		CHECK(!ptrace(PTRACE_TRACEME, 0, 0, 0));
		raise(SIGSTOP);
		for (;;)
			pause();
	}
	CHECK(stop_of(tracee) == SIGSTOP);
}

static void end_tracee(void)
{
	CHECK(!kill(tracee, SIGKILL) && waitpid(tracee, NULL, __WALL) == tracee);
}

static size_t user_offset(int n)
{
	return offsetof(struct user, u_debugreg) + 4 * (size_t)n;
}

static void poke_of(pid_t pid, int n, uint32_t value)
{
	CHECK(!ptrace(PTRACE_POKEUSER, pid, user_offset(n), value));
}

static uint32_t peek_of(pid_t pid, int n)
{
	errno = 0;
	uint32_t value = (uint32_t)ptrace(PTRACE_PEEKUSER, pid, user_offset(n), 0);
	CHECK(!errno);
	return value;
}

static void watch(pid_t pid, int n, const void *at, uint32_t type, uint32_t bytes)
{
	poke_of(pid, 7, 0);
	poke_of(pid, 6, 0);
	poke_of(pid, n, (uint32_t)at);
	poke_of(pid, 7, (type | (bytes - 1) << 2) << (16 + 4 * n) | 1u << 2 * n);
}

static struct user_regs_struct regs_of(pid_t pid)
{
	struct user_regs_struct regs;

	CHECK(!ptrace(PTRACE_GETREGS, pid, 0, &regs));
	return regs;
}

static void set_place(uint32_t eip)
{
	struct user_regs_struct r = regs_of(tracee);

	r.esi = r.edi = r.ebx = (long)MIDDLE;
	r.esp = (long)(MIDDLE - 128);
	r.ebp = (long)(MIDDLE + 128);
	r.eax = 8;
	r.ecx = 1;
	r.edx = 2;
	r.eflags &= ~0x400L;
	r.eip = (long)eip;
	r.orig_eax = -1;
	CHECK(!ptrace(PTRACE_SETREGS, tracee, 0, &r));
}

static uint32_t go(int request)
{
	CHECK(!ptrace(request, tracee, 0, 0));
	CHECK(stop_of(tracee) == SIGTRAP);
	return (uint32_t)regs_of(tracee).eip;
}

/* ---- data ---- */

static void each_byte_of_its_own_and_no_other(void)
{
	static const uint32_t types[] = { WRITE, ACCESS };
	int wrong = 0;

	start_tracee();
	for (int i = 0; i < NCASES; i++)
		for (int byte = -3; byte < cases[i].size + 3; byte++)
			for (int t = 0; t < 2; t++) {
				int use = cases[i].use;
				int hit = byte >= 0 && byte < cases[i].size &&
					  (types[t] == WRITE ? use & WRITES : use) != 0;
				uint32_t eip;

				watch(tracee, 1, MIDDLE + cases[i].from + byte, types[t], 1);
				set_place(snippets[i].at);
				eip = go(PTRACE_CONT);
				if (eip == snippets[i].end + !hit &&
				    (peek_of(tracee, 6) & 0xf) == (hit ? 2 : 0))
					continue;
				wrong++;
				dprintf(2, "%s: byte %d, type %u: at +%d, DR6 %x\n", cases[i].text,
					byte, types[t], (int)(eip - snippets[i].at),
					peek_of(tracee, 6));
			}
	end_tracee();
	CHECK(wrong == 0);
}

/* Two and four bytes lie on their own boundaries, whatever the lowest bits say. */
static void lengths_are_aligned(void)
{
	start_tracee();
	for (uint32_t at = 0; at < 8; at++)
		for (uint32_t size = 1; size <= 4; size *= 2) {
			int hit = at / size == 5 / size; /* movb to byte 5 */
			struct user_regs_struct r;

			/* Today's kernel refuses what is not aligned; the processor ignores it. */
			if (at % size)
				continue;
			watch(tracee, 3, MIDDLE + at, WRITE, size);
			set_place(snippets[1].at); /* movb %al, 3(%esi) */
			r = regs_of(tracee);
			r.esi += 2;
			CHECK(!ptrace(PTRACE_SETREGS, tracee, 0, &r));
			CHECK(go(PTRACE_CONT) == snippets[1].end + !hit);
			CHECK((peek_of(tracee, 6) & 0xf) == (hit ? 8 : 0));
		}
	end_tracee();
}

static void two_at_once_are_told_at_once(void)
{
	start_tracee();
	watch(tracee, 0, MIDDLE, WRITE, 1);
	poke_of(tracee, 2, (uint32_t)MIDDLE + 2);
	poke_of(tracee, 3, (uint32_t)MIDDLE + 3); /* not enabled */
	poke_of(tracee, 7, 0x05010000 | 1 << 0 | 1 << 5);
	set_place(snippets[0].at);
	CHECK(go(PTRACE_CONT) == snippets[0].end);
	CHECK((peek_of(tracee, 6) & 7) == 5);
	end_tracee();
}

static void with_a_single_step_it_is_one_trap(void)
{
	start_tracee();
	watch(tracee, 0, MIDDLE, WRITE, 4);
	set_place(snippets[0].at);
	CHECK(go(PTRACE_SINGLESTEP) == snippets[0].end);
	CHECK((peek_of(tracee, 6) & 0x400f) == 0x4001);
	CHECK(go(PTRACE_CONT) == snippets[0].end + 1);
	/* A step over another instruction hits nothing. */
	poke_of(tracee, 6, 0);
	set_place(snippets[3].at);
	CHECK(go(PTRACE_SINGLESTEP) == snippets[3].end);
	CHECK((peek_of(tracee, 6) & 0x400f) == 0x4000);
	end_tracee();
}

/* ---- execution ---- */

static void a_breakpoint_stops_before(void)
{
	uint32_t lock = snippets[11].at; /* lock incw: three bytes */

	start_tracee();
	watch(tracee, 2, (void *)lock, EXECUTE, 1);
	set_place(lock);
	area[512] = 0;
	CHECK(go(PTRACE_CONT) == lock);
	CHECK((peek_of(tracee, 6) & 0xf) == 4);
	errno = 0;
	CHECK((ptrace(PTRACE_PEEKDATA, tracee, MIDDLE, 0) & 0xffff) == 0 && !errno);
	poke_of(tracee, 7, 0);
	CHECK(go(PTRACE_CONT) == snippets[11].end + 1);
	/* In the middle of an instruction it is none. */
	watch(tracee, 2, (void *)(lock + 1), EXECUTE, 1);
	set_place(lock);
	CHECK(go(PTRACE_CONT) == snippets[11].end + 1);
	/* Nor for who reads it. */
	watch(tracee, 2, MIDDLE, EXECUTE, 1);
	set_place(snippets[3].at);
	CHECK(go(PTRACE_CONT) == snippets[3].end + 1);
	end_tracee();
}

/* ---- whose they are ---- */

static int is_old(void) /* 2.6.33 and later take them from a child */
{
	struct utsname u;
	int a, b, c;

	CHECK(!uname(&u));
	CHECK(sscanf(u.release, "%d.%d.%d", &a, &b, &c) == 3);
	return a * 10000 + b * 100 + c < 20633;
}

static void store(void)
{
	*(volatile uint32_t *)MIDDLE = 1;
}

static void of_a_child(pid_t child)
{
	int status;

	CHECK(stop_of(child) == SIGSTOP);
	CHECK(!ptrace(PTRACE_CONT, child, 0, 0));
	if (is_old()) {
		CHECK(stop_of(child) == SIGTRAP);
		CHECK((peek_of(child, 6) & 0xf) == 1);
		CHECK(!ptrace(PTRACE_CONT, child, 0, 0));
	}
	CHECK(waitpid(child, &status, __WALL) == child && status == 0);
}

static void fork_and_execve(char **argv)
{
	char *again[] = { argv[0], "nothing", NULL };
	unsigned long message;
	pid_t pid;

	CHILD(pid)
	{
		CHECK(!ptrace(PTRACE_TRACEME, 0, 0, 0));
		signal(SIGCHLD, SIG_IGN);
		raise(SIGSTOP);
		if (!fork()) {
			store();
			_exit(0);
		}
		execv(argv[0], again);
	}
	CHECK(stop_of(pid) == SIGSTOP);
	CHECK(!ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACEFORK));
	watch(pid, 0, MIDDLE, WRITE, 4);
	CHECK(!ptrace(PTRACE_CONT, pid, 0, 0));
	CHECK(stop_of(pid) == (SIGTRAP | PTRACE_EVENT_FORK << 8));
	CHECK(!ptrace(PTRACE_GETEVENTMSG, pid, 0, &message));
	of_a_child((pid_t)message);
	CHECK(!ptrace(PTRACE_CONT, pid, 0, 0));
	int sig = stop_of(pid);
	if (sig == SIGCHLD) {
		CHECK(!ptrace(PTRACE_CONT, pid, 0, 0));
		sig = stop_of(pid);
	}
	CHECK(sig == SIGTRAP); /* execve's */
	CHECK(peek_of(pid, 7) == 0 && peek_of(pid, 0) == 0);
	CHECK(!kill(pid, SIGKILL) && waitpid(pid, NULL, __WALL) == pid);
}

/* Both run in the same addresses, and take turns. */
static void each_task_has_its_own(void)
{
	pid_t pids[2];

	for (int i = 0; i < 2; i++) {
		CHILD(pids[i])
		{
			volatile uint32_t *p = (void *)MIDDLE;

			CHECK(!ptrace(PTRACE_TRACEME, 0, 0, 0));
			raise(SIGSTOP);
			for (;;) {
				p[0]++;
				sched_yield();
				p[1]++;
				sched_yield();
			}
		}
		CHECK(stop_of(pids[i]) == SIGSTOP);
	}
	for (int i = 0; i < 2; i++)
		watch(pids[i], i, MIDDLE + 4 * i, WRITE, 4);
	for (int n = 0; n < 20; n++) {
		for (int i = 0; i < 2; i++)
			CHECK(!ptrace(PTRACE_CONT, pids[i], 0, 0));
		for (int i = 0; i < 2; i++) {
			CHECK(stop_of(pids[i]) == SIGTRAP);
			CHECK((peek_of(pids[i], 6) & 0xf) == 1u << i);
		}
	}
	for (int i = 0; i < 2; i++)
		CHECK(!kill(pids[i], SIGKILL) && waitpid(pids[i], NULL, __WALL) == pids[i]);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return 0;
	hurry();
	each_byte_of_its_own_and_no_other();
	lengths_are_aligned();
	two_at_once_are_told_at_once();
	with_a_single_step_it_is_one_trap();
	a_breakpoint_stops_before();
	fork_and_execve(argv);
	each_task_has_its_own();
	return 0;
}
