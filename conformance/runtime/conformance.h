/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * conformance.h: plays the rows of a scenario on the kernel that it runs on, and says in KTAP how they
 * fared. A test is a file that defines a program (PROGRAM), rows, verdicts and `scenario`, and includes
 * this one first. It needs fork, ptrace, wait4, kill, alarm, write and exit of the kernel and nothing of
 * a C library; with -DNO_LIBC it starts by itself.
 *
 * A row is the event that is expected next, with what the tracer sees then, and what the tracer does
 * about it. `break` and `limit` are reached by a breakpoint in the program's code, from which it goes on
 * by the request that is in force. Read next: tracer.h, rows.h.
 */
#ifndef CONFORMANCE_H
#define CONFORMANCE_H

#include "machine.h"

/* ---- a program: labels L_ (a step), I_ (its entering instruction), A_ (behind it), N_ (the next) ---- */

#define AT(name) #name ":\n"
/* It never goes on from here: the event `limit`. An instruction first, for who still steps. */
#define LOOP     NOP INT3 NOP
#define PROGRAM(text)                                                               \
	__asm__(".pushsection .program, \"awx\"\n.balign 16\nprogram_begin:\n" text \
		".balign 8\nprogram_end:\n.popsection\n")
extern char program_begin[], program_end[];

/* The pids, for the program's own use. */
long conformance_pid __attribute__((used)), conformance_parent __attribute__((used));
/* The entry of the kernel's page; 0: it has none. */
long conformance_vsyscall __attribute__((used));

/* ---- what a row may say ---- */

enum event { EVENT_ANY, EVENT_STOP, EVENT_EXIT, EVENT_KILLED, EVENT_BREAK, EVENT_LIMIT };
enum {
	PTRACE_CONT = 7,
	PTRACE_KILL = 8,
	PTRACE_SINGLESTEP = 9,
	PTRACE_ATTACH = 16,
	PTRACE_DETACH = 17,
	PTRACE_OLDSETOPTIONS = 21,
	PTRACE_SYSCALL = 24,
	PTRACE_SYSEMU = 31,
	PTRACE_SYSEMU_SINGLESTEP = 32,
	PTRACE_SETOPTIONS = 0x4200,
	PTRACE_GETSIGINFO = 0x4202,
	PTRACE_GET_SYSCALL_INFO = 0x420e
};
enum { PTRACE_TRACEME = 0, PTRACE_PEEKDATA = 2, PTRACE_POKEDATA = 5 };
enum check_kind {
	CHECK_REG,
	CHECK_FLAGS,
	CHECK_ENTRY,
	CHECK_EXIT,
	CHECK_SIGNAL,
	CHECK_RAN_NONE,
	CHECK_RAN
};
enum value_kind { VALUE, VALUE_PID, VALUE_PARENT, VALUE_AFTER };

struct check {
	int kind, reg, value_kind;
	long mask, value;
};

enum action_kind {
	DO_RESUME,
	DO_REQUEST,
	DO_SET,
	DO_ADD,
	DO_FLAGS,
	DO_PEEK_REG,
	DO_POKE_REG,
	DO_SIGNAL,
	DO_BREAK
};

struct action {
	int kind, request, any, value_kind;
	long addr, data, result;
};

struct row {
	const char *name;
	int event, status;
	const struct check *checks;
	int n_checks;
	const struct action *actions;
	int n_actions;
};

/* row -1: it passes; on: which field is to differ; hidden: no tracer sees it. */
struct verdict {
	const char *era;
	int row;
	const char *on;
	int hidden;
};

struct scenario {
	const char *name, *area, *needs; /* needs: why not on this machine; NULL: it can be */
	const char *loops;               /* unused */
	int traced, n_rows, n_seen_rows, n_verdicts;
	int kernel32; /* a 64-bit kernel says it otherwise to 32-bit programs, too */
	const struct row *rows;
	const struct verdict *verdicts;
	const char *era; /* unless another is asked for */
};
static const struct scenario scenario;

#include "rows.h"

/* ---- a test ---- */

#define AT_SYSINFO 32

/* Behind the environment the kernel has told what the program should know. */
static void find_vsyscall(char **environment)
{
	while (*environment)
		environment++;
	for (long *pair = (long *)(environment + 1); pair[0]; pair += 2)
		if (pair[0] == AT_SYSINFO)
			conformance_vsyscall = pair[1];
}

/* One call of a child, to see where it comes back. */
static void find_landing(void)
{
#if defined(VSYSCALL) && defined(__i386__)
	t.pid = sys_fork();
	if (t.pid == 0) {
		long result = NR_getpid;

		ptrace(PTRACE_TRACEME, 0, 0, 0);
		sys(NR_kill, sys(NR_getpid, 0, 0, 0, 0), 19, 0, 0);
		__asm__ volatile("call *conformance_vsyscall" : "+a"(result) : : "memory");
		sys(NR_exit, 0, 0, 0, 0);
	}
	next_event();
	ptrace(PTRACE_SYSCALL, t.pid, 0, 0);
	next_event();
	t.landing = t.has_regs ? *machine_reg(&t.regs, REG_EIP) : 0;
	sys(NR_kill, t.pid, 9, 0, 0);
	while (t.event == EVENT_STOP && !t.failed) {
		ptrace(PTRACE_KILL, t.pid, 0, 0);
		next_event();
	}
#endif
}

#define NO_PTRACE 98

static void child(void)
{
	if (scenario.traced && ptrace(PTRACE_TRACEME, 0, 0, 0) < 0)
		sys(NR_exit, NO_PTRACE, 0, 0, 0);
	conformance_pid = sys(NR_getpid, 0, 0, 0, 0);
	conformance_parent = sys(NR_getppid, 0, 0, 0, 0);
	sys_alarm(5); /* whoever hangs is stopped by a signal that nobody expects */
	if (scenario.traced)
		sys(NR_kill, conformance_pid, 19, 0, 0);
	((void (*)(void))(unsigned long)program_begin)();
	sys(NR_exit, 99, 0, 0, 0);
}

/* The program begins with empty registers, and outside of any call. */
static void launch(void)
{
	long esp;

	if (!t.has_regs)
		return;
	esp = *machine_reg(&t.regs, REG_ESP);
	for (int reg = REG_EBX; reg <= REG_EAX; reg++)
		*machine_reg(&t.regs, reg) = 0;
	*machine_reg(&t.regs, REG_ESP) = esp & -16l;
	*machine_reg(&t.regs, REG_ORIG_EAX) = -1;
	*machine_reg(&t.regs, REG_EIP) = (long)program_begin;
	machine_set(t.pid, &t.regs);
}

static const struct verdict *verdict_of(const char *era)
{
	for (int i = 0; i < scenario.n_verdicts; i++)
		if (same(scenario.verdicts[i].era, era))
			return &scenario.verdicts[i];
	return 0;
}

static void plan(long rows, const char *era)
{
	say("KTAP version 1\n1.."), say_number(rows), say("\n# "), say(scenario.area);
	say(" "), say(scenario.name), say(" on " MACHINE ", era "), say(era), say("\n");
}

static void result(int good, int number, const struct row *row, const char *why)
{
	say(good ? "ok " : "not ok "), say_number(number), say(" "), say(scenario.name), say(".");
	if (row->name)
		say(row->name);
	else
		say("row"), say_number(number);
	say(why), say("\n");
}

static int play_row(const struct row *row, const char *on, int *on_differs)
{
	const char *field;

	if (row != scenario.rows)
		next_event();
	else if (scenario.traced)
		launch();
	field = differs(row, on, on_differs);
	if (!*field && !t.failed) {
		if (t.has_regs)
			t.eax = *machine_reg(&t.regs, REG_EAX);
		if (act_all(row))
			return 1;
		*on_differs = on && same(on, "result");
	}
	return 0;
}

static void finish(void)
{
	int status;

	sys(NR_kill, t.pid, 9, 0, 0);
	if (t.event != EVENT_EXIT && t.event != EVENT_KILLED)
		while (sys(NR_wait4, t.pid, (long)&status, 0x40000000, 0) == t.pid &&
		       (status & 0x7f) == 0x7f)
			ptrace(PTRACE_KILL, t.pid, 0, 0);
}

static int skip(const char *why)
{
	say("KTAP version 1\n1..0 # SKIP "), say(why), say("\n");
	return 4; /* as the kernel's own tests say it */
}

static int play(const struct verdict *v)
{
	int bad = 0, ended = 0;

	find_landing();
	t.pid = sys_fork();
	if (t.pid == 0)
		child();
	next_event();
	if (t.event == EVENT_EXIT && t.status == NO_PTRACE)
		return skip("this kernel has no ptrace");
	plan(scenario.n_rows, v->era);
	for (int i = 0; i < scenario.n_rows; i++) {
		const struct row *row = &scenario.rows[i];
		int on_differs = 0, good;

		if (ended || i >= scenario.n_seen_rows) {
			result(1, i + 1, row,
			       ended ? " # SKIP not reached" : " # SKIP no tracer sees it");
			continue;
		}
		good = play_row(row, v->on, &on_differs);
		say_expected(row);
		say_seen(row);
		if (v->row != i) {
			bad += !good;
			result(good, i + 1, row, "");
		} else {
			bad += good || (v->on && !on_differs);
			result(!good && (!v->on || on_differs), i + 1, row,
			       good                 ? ", which was otherwise in this era" :
			       !v->on || on_differs ? ", as in this era" :
						      ", otherwise than in this era");
		}
		ended = !good || v->row == i;
	}
	finish();
	return bad ? 1 : 0;
}

static int conformance(int argc, char **argv)
{
	const char *era = argc > 1 ? argv[1] : scenario.era;
	const struct verdict *v = verdict_of(era);

	conformance_pid = sys(NR_getpid, 0, 0, 0, 0);
	find_vsyscall(argv + argc + 1);
	if (scenario.needs)
		return skip(scenario.needs);
	if (scenario.kernel32 && machine_kernel_is_64())
		return skip("a 64-bit kernel says it otherwise");
	if (BY_VSYSCALL && (!conformance_vsyscall || !HAS_I386))
		return skip("there is no vsyscall page");
	if (!v)
		return skip("nothing is stated of this era");
	if (v->hidden)
		return skip("what this era did otherwise no tracer sees");
	return play(v);
}

#ifdef NO_LIBC
START;

void conformance_start(long *stack);
void __attribute__((used)) conformance_start(long *stack)
{
	sys(NR_exit, conformance((int)stack[0], (char **)(stack + 1)), 0, 0, 0);
}
#else
int main(int argc, char **argv)
{
	return conformance(argc, argv);
}
#endif

#endif
