/* SPDX-License-Identifier: GPL-2.0-only */
/* tracer.h: the program under a tracer, from event to event. A part of conformance.h. */
#ifndef CONFORMANCE_TRACER_H
#define CONFORMANCE_TRACER_H

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
	int code;                       /* its siginfo's */
	long landing;                   /* where a call by the page comes back; 0: by no page */
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
	/* In the kernel by the page, a call's eip lies behind the page's own instruction. */
	if (kind == VALUE_AFTER && t.landing && t.event != EVENT_BREAK)
		return t.landing;
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

#endif
