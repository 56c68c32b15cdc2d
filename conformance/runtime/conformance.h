/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * conformance.h: plays the rows of a scenario on the kernel that it runs on, and says in KTAP how they
 * fared. A test is a file that defines a program (PROGRAM), rows, verdicts and `scenario`, and includes
 * this one first. It needs fork, ptrace, wait4, kill, alarm, write and exit of the kernel and nothing of
 * a C library; with -DNO_LIBC it starts by itself.
 *
 * A row is the event that is expected next, with what the tracer sees then, and what the tracer does
 * about it. `break` and `limit` are reached by a breakpoint in the program's code, from which it goes on
 * by the request that is in force.
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
enum value_kind { VALUE, VALUE_PID, VALUE_PARENT };

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
	const struct row *rows;
	const struct verdict *verdicts;
	const char *era; /* unless another is asked for */
};
static const struct scenario scenario;

/* ---- saying ---- */

static int same(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

static void say_number(long value)
{
	char text[24];
	unsigned long n = value < 0 && value > -4096 ? -(unsigned long)value : (unsigned long)value;
	int at = sizeof(text) - 1, base = n > 65535 ? 16 : 10;

	text[at] = 0;
	do {
		text[--at] = "0123456789abcdef"[n % (unsigned long)base];
		n /= (unsigned long)base;
	} while (n);
	say(value < 0 && value > -4096 ? "-" : base == 16 ? "0x" : "");
	say(text + at);
}

static const char *const reg_names[17] = { "ebx", "ecx", "edx",    "esi", "edi", "ebp",
					   "eax", "ds",  "es",     "fs",  "gs",  "orig_eax",
					   "eip", "cs",  "eflags", "esp", "ss" };
static const char *const event_names[] = { "any", "stop", "exit", "killed", "break", "limit" };

static void say_event(int event, int status)
{
	say(event_names[event]);
	if (event == EVENT_STOP || event == EVENT_EXIT || event == EVENT_KILLED)
		say(" "), say_number(status);
}

/* ---- the tracer ---- */

#define BREAKS_MAX 32
#define SIGTRAP    5
#define TRAP_BRKPT 1

static struct {
	long pid, request; /* in force */
	struct machine_regs regs;
	int event, status, has_regs;
	int is_call, is_entry, is_exit; /* the stop; */
	int code;                       /* its siginfo\'s */
	long eax;                       /* at the last event, or what the tracer wrote then */
	struct {
		long addr, word;
	} breaks[BREAKS_MAX];
	int n_breaks;
	int held; /* at a breakpoint or limit: nobody has resumed it */
	int free; /* not traced */
	int failed;
} t;

static long value_of(int kind, long value)
{
	return kind == VALUE_PID ? t.pid : kind == VALUE_PARENT ? conformance_pid : value;
}

static int plant(long addr)
{
	long word;

	if (t.n_breaks == BREAKS_MAX || ptrace(PTRACE_PEEKDATA, t.pid, addr, &word) < 0)
		return 0;
	t.breaks[t.n_breaks].addr = addr;
	t.breaks[t.n_breaks++].word = word;
	return ptrace(PTRACE_POKEDATA, t.pid, addr,
		      (void *)((word & ~(long)BREAK_MASK) | (long)BREAK_INSN)) >= 0;
}

/* Is it at a breakpoint of ours? Then the instruction is what it was, and is next. */
static int take_break(void)
{
	long at = *machine_reg(&t.regs, REG_EIP) - BREAK_BEHIND, word;

	for (int i = 0; i < t.n_breaks; i++) {
		if (t.breaks[i].addr != at)
			continue;
		/* Others may stand in the same word. */
		ptrace(PTRACE_PEEKDATA, t.pid, at, &word);
		word = (word & ~(long)BREAK_MASK) | (t.breaks[i].word & (long)BREAK_MASK);
		ptrace(PTRACE_POKEDATA, t.pid, at, (void *)word);
		t.breaks[i] = t.breaks[--t.n_breaks];
		*machine_reg(&t.regs, REG_EIP) = at;
		machine_set(t.pid, &t.regs);
		return 1;
	}
	return 0;
}

/* A signal's stop is not one of a call: the siginfo's code tells them apart. Which side of the call
 * it is newer kernels say themselves; else what is in the registers must do. */
static void find_side(void)
{
	int info[32] = { 0 };

	t.is_call = t.is_entry = t.is_exit = t.code = 0;
	if (t.status == SIGTRAP && ptrace(PTRACE_GETSIGINFO, t.pid, 0, info) >= 0)
		t.code = info[2];
	if (!(t.status & 0x80) && (t.status != SIGTRAP || t.code != SIGTRAP))
		return;
	t.is_call = 1;
	/* They say nothing (0) without TRACESYSGOOD. */
	if (ptrace(PTRACE_GET_SYSCALL_INFO, t.pid, sizeof(info), info) > 0 && (info[0] & 0xff)) {
		t.is_entry = (info[0] & 0xff) == 1;
		t.is_exit = (info[0] & 0xff) == 2;
		return;
	}
	t.is_entry = machine_is_entry(&t.regs);
	t.is_exit = HAS_X86 || !t.is_entry; /* -ENOSYS may be a result, too */
}

static int is_loop(void);

/* Waits for the next event, and looks. */
static void next_event(void)
{
	int status = 0;

	t.has_regs = 0;
	if (sys(NR_wait4, t.pid, (long)&status, 0x40000000 /* __WALL */, 0) != t.pid) {
		t.event = EVENT_ANY;
		t.failed = 1;
		return;
	}
	if ((status & 0x7f) != 0x7f) {
		t.event = status & 0x7f ? EVENT_KILLED : EVENT_EXIT;
		t.status = status & 0x7f ? status & 0x7f : status >> 8 & 0xff;
		return;
	}
	t.event = EVENT_STOP;
	t.status = status >> 8 & 0xff;
	t.has_regs = machine_get(t.pid, &t.regs) >= 0;
	find_side();
	if (!t.has_regs || t.status != SIGTRAP)
		return;
	/* Where the CPU stays at the breakpoint, a call's or a step's stop may be there, too. */
	if (t.is_call || (!BREAK_BEHIND && t.code != TRAP_BRKPT))
		return;
	if (take_break()) /* it may stand where a loop is */
		t.event = EVENT_BREAK;
	else if (is_loop())
		t.event = EVENT_LIMIT;
	t.held = t.event != EVENT_STOP;
}

extern const long conformance_loops[]; /* where a loop is; 0 ends them */

static int is_loop(void)
{
	for (const long *at = conformance_loops; *at; at++)
		if (*machine_reg(&t.regs, REG_EIP) - BREAK_BEHIND == *at)
			return 1;
	return 0;
}

/* ---- comparing ---- */

/* The result of a call that ran is the one that it alone can have; the tracer may have written over it. */
static int holds(const struct check *c, long *seen)
{
	long eax = t.has_regs ? *machine_reg(&t.regs, REG_EAX) : 0;

	if (!t.has_regs)
		return 1;
	switch (c->kind) {
	case CHECK_REG:
	case CHECK_FLAGS:
		if (!machine_reg(&t.regs, c->reg))
			return 1;
		if (!HAS_X86 && c->reg == REG_EAX && c->value == -ENOSYS)
			return 1; /* nothing is preset there */
		*seen = *machine_reg(&t.regs, c->reg) & c->mask;
		return *seen == (value_of(c->value_kind, c->value) & c->mask);
	case CHECK_ENTRY: return *seen = t.is_call, t.is_entry;
	case CHECK_EXIT: return *seen = t.is_call, t.is_exit;
	case CHECK_SIGNAL: return *seen = t.is_call, !t.is_call;
	case CHECK_RAN_NONE:
		*seen = eax;
		return eax == t.eax || (eax != t.pid && eax != conformance_pid);
	default: *seen = eax; return eax == value_of(c->value_kind, c->value);
	}
}

static const char *check_name(const struct check *c)
{
	switch (c->kind) {
	case CHECK_REG: return reg_names[c->reg];
	case CHECK_FLAGS: return "eflags";
	case CHECK_RAN_NONE:
	case CHECK_RAN: return "ran";
	default: return "place";
	}
}

static void say_check(const struct check *c)
{
	static const char *const words[] = { "", "", "entry", "exit", "signal", "none", "" };

	say(check_name(c));
	say("=");
	if (c->kind == CHECK_REG || c->kind == CHECK_FLAGS || c->kind == CHECK_RAN)
		say_number(value_of(c->value_kind, c->value) & c->mask);
	else
		say(words[c->kind]);
}

static void say_seen(const struct row *row)
{
	say("# seen: ");
	say_event(t.event, t.status);
	for (int i = 0; i < row->n_checks && t.has_regs; i++) {
		long seen = 0;
		int good = holds(&row->checks[i], &seen);

		say(good ? " " : " [");
		if (good) {
			say_check(&row->checks[i]);
			continue;
		}
		say(check_name(&row->checks[i]));
		say("=");
		say_number(seen);
		say("]");
	}
	say("\n");
}

static void say_expected(const struct row *row)
{
	say("# expected: ");
	say_event(row->event, row->status);
	for (int i = 0; i < row->n_checks; i++) {
		say(" ");
		say_check(&row->checks[i]);
	}
	say("\n");
}

/* The name of the first field that differs, "": none does; `on`: it is among them. */
static const char *differs(const struct row *row, const char *on, int *on_differs)
{
	const char *first = "";
	int event =
		row->event != EVENT_ANY &&
		(row->event != t.event || (row->event <= EVENT_KILLED && row->status != t.status));

	*on_differs = event && on && same(on, "event");
	if (event)
		first = "event";
	for (int i = 0; i < row->n_checks; i++) {
		long seen;

		if (holds(&row->checks[i], &seen))
			continue;
		if (on && same(on, check_name(&row->checks[i])))
			*on_differs = 1;
		if (!*first)
			first = check_name(&row->checks[i]);
	}
	return first;
}

/* ---- acting ---- */

static void set_reg(int reg, long value, int add)
{
	machine_get(t.pid, &t.regs);
	*machine_reg(&t.regs, reg) = (add ? *machine_reg(&t.regs, reg) : 0) + value;
	machine_set(t.pid, &t.regs);
	if (reg == REG_EAX)
		t.eax = value;
}

static long act(const struct action *a)
{
	long value = value_of(a->value_kind, a->data), word = 0, result = 0;

	switch (a->kind) {
	case DO_RESUME:
		result = ptrace(a->request, t.pid, a->addr, (void *)value);
		if (result >= 0) {
			t.held = 0;
			t.request = a->request;
			t.free = a->request == PTRACE_DETACH;
		}
		break;
	case DO_REQUEST: result = ptrace(a->request, t.pid, a->addr, (void *)value); break;
	case DO_SET: set_reg((int)a->addr, value, 0); break;
	case DO_ADD: set_reg((int)a->addr, value, 1); break;
	case DO_FLAGS:
		machine_get(t.pid, &t.regs);
		*machine_reg(&t.regs, REG_EFLAGS) =
			(*machine_reg(&t.regs, REG_EFLAGS) & a->addr) | a->data;
		machine_set(t.pid, &t.regs);
		break;
	case DO_PEEK_REG:
		result = machine_peek(t.pid, (int)a->addr, &word);
		if (result >= 0 && a->request && word != value) {
			say("# the word read is "), say_number(word), say("\n");
			return 1;
		}
		break;
	case DO_POKE_REG:
		result = machine_poke(t.pid, (int)a->addr, value);
		if (a->addr == REG_EAX)
			t.eax = value;
		break;
	case DO_SIGNAL: result = sys(NR_kill, t.pid, value, 0, 0); break;
	case DO_BREAK: result = plant(a->addr) ? 0 : -5; break;
	}
	if (a->any || result == a->result)
		return 0;
	say("# an action's result: expected "), say_number(a->result);
	say(", got "), say_number(result), say("\n");
	return 1;
}

/* True: all had their results. */
static int act_all(const struct row *row)
{
	for (int i = 0; i < row->n_actions; i++)
		if (act(&row->actions[i]))
			return 0;
	if (t.held)
		ptrace(t.request, t.pid, 0, 0);
	t.held = 0;
	return 1;
}

/* ---- a test ---- */

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
	if (scenario.needs)
		return skip(scenario.needs);
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
