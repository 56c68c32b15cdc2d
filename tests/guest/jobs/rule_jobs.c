/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rule_jobs.c: two sessions at two terminals, whose processes do at random what job control is about; a model says what each
 * call returns, whose each terminal is, who is stopped, and who hears of which signal, by ioctl_tty(2), setsid(2),
 * setpgid(2), tty(4), termios(3), credentials(7) and POSIX' General Terminal Interface.
 */
#include "jobs.h"

enum { ROUNDS = 24, EARLY = 12, STEPS = 60 };

/* ---- the model ---- */

static struct process {
	int there, tty, waits[2]; /* its own, -1: none; signals that are blocked */
	pid_t pid, pgrp;
	enum how how[2];
	int heard[SIGS];
} process[ALL];

static struct terminal {
	int session, lines, tostop; /* session: its leader, -1: none */
	struct winsize size;
	cc_t stop_key;
	pid_t pgrp;
} terminal[TTYS];

static uint32_t seed = 1971;

static uint32_t draw(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static int leader_of(int who)
{
	return who - who % OF_ONE;
}

static int leads(int who)
{
	return who % OF_ONE == 0;
}

static int is_own(int who, int tty)
{
	return process[who].tty == tty;
}

static void all_hear(pid_t pgrp, int sig)
{
	for (int i = 0; pgrp && i < ALL; i++) {
		struct process *p = &process[i];

		if (!p->there || p->pgrp != pgrp)
			continue;
		if (sig == CONT)
			p->waits[IN] = p->waits[OUT] = 0;
		if (sig > OUT || p->how[sig] == CATCHES)
			p->heard[sig]++;
		else if (p->how[sig] == BLOCKS)
			p->waits[sig] = 1;
	}
}

static int in_session(pid_t pgrp, int session)
{
	for (int i = session; i < session + OF_ONE; i++)
		if (process[i].there && process[i].pgrp == pgrp)
			return 1;
	return 0;
}

/* ---- orders, and what comes of them ---- */

static void tell(int who, int what, int tty, int arg)
{
	const struct order o = { what, tty, arg };

	CHECK(write(orders[who][1], &o, sizeof(o)) == sizeof(o));
}

static struct reply answer_of(int who)
{
	struct reply r;

	CHECK(read(replies[who][0], &r, sizeof(r)) == sizeof(r));
	return r;
}

static void does(int who, int what, int tty, int arg, int result)
{
	struct reply r;

	tell(who, what, tty, arg);
	r = answer_of(who);
	CHECK(r.result == result && !r.error);
}

/* Each has heard of what the model says, and of nothing else. */
static void is_so(void)
{
	for (int i = 0; i < ALL; i++)
		for (int k = 0; k < SIGS; k++)
			for (int tries = 0;
			     process[i].there && process[i].heard[k] != shared->heard[i][k];
			     tries++) {
				CHECK(tries < 1000);
				sched_yield();
				if (tries > 100)
					sleep_ms(1);
			}
}

/* Those of the group that the signal has stopped go on. */
static void let_go_on(int leader, pid_t pgrp, int sig, int tty)
{
	for (int i = leader; i < leader + OF_ONE; i++)
		if (process[i].pgrp == pgrp && process[i].how[sig] == STOPS)
			does(leader, SEE_STOPPED, sig, i, 0);
	is_so();
	if (tty >= 0) {
		does(leader, GRAB, tty, pgrp, 0);
		terminal[tty].pgrp = pgrp;
	}
	does(leader, CONTINUE, 0, pgrp, 0);
	all_hear(pgrp, CONT);
}

enum { MAY, SIGNALLED, REFUSED };

/* A process of the background: "its group is sent a signal", but if it ignores that, or nobody could let it go on. */
static int in_background(int who, int tty, int sig)
{
	const struct process *p = &process[who];
	const struct terminal *t = &terminal[tty];

	if (!is_own(who, tty) || !t->pgrp || t->pgrp == p->pgrp)
		return MAY;
	if (p->how[sig] == IGNORES || p->how[sig] == BLOCKS)
		return sig == IN ? REFUSED : MAY;
	if (p->pgrp ==
	    process[leader_of(who)].pid) /* whose parents are of it, or of another session */
		return REFUSED;
	all_hear(p->pgrp, sig);
	return SIGNALLED;
}

/* What may be done, and has no effect if it may not. */
static int guarded(int who, int what, int tty, int arg, int sig, int refused, struct reply *r)
{
	const int how = sig < 0 ? MAY : in_background(who, tty, sig);

	tell(who, what, tty, arg);
	if (how == SIGNALLED)
		let_go_on(leader_of(who), process[who].pgrp, sig,
			  process[who].how[sig] == STOPS ? tty : -1);
	*r = answer_of(who);
	if (how == REFUSED)
		CHECK(r->result == -1 && r->error == refused);
	if (how == SIGNALLED && process[who].how[sig] == CATCHES) {
		CHECK(r->result == -1 && r->error == EINTR);
		return 0;
	}
	return how != REFUSED;
}

static void expect(const struct reply *r, int result, int error)
{
	CHECK(r->result == result && r->error == error);
}

static void get_and_set(int who, int what, int tty)
{
	struct terminal *t = &terminal[tty];
	const int groups[] = { process[draw(ALL)].pgrp, process[leader_of(who)].pid,
			       process[who].pid, process[who].pgrp, -5 };
	int arg = groups[draw(5)];
	struct reply r;

	if (arg == process[who].pid && !in_session(arg, leader_of(who)))
		arg = process[who].pgrp; /* Linux takes a process for a group then */
	if (!guarded(who, what, tty, arg, what == SET_GROUP ? OUT : -1, ENOTTY, &r))
		return;
	if (!is_own(who, tty) && arg < 0 && r.error == EINVAL && getenv("REAL_MACHINE"))
		return; /* younger kernels look at the number first */
	if (!is_own(who, tty)) {
		expect(&r, -1, ENOTTY);
	} else if (what != SET_GROUP) {
		expect(&r, what == GET_GROUP ? t->pgrp : process[t->session].pid, 0);
	} else if (arg < 0) {
		expect(&r, -1, EINVAL);
	} else if (!in_session(arg, leader_of(who))) {
		CHECK(r.result == -1 &&
		      (r.error == EPERM || (r.error == ESRCH && getenv("REAL_MACHINE"))));
	} else {
		expect(&r, 0, 0);
		t->pgrp = arg;
	}
}

static void read_and_write(int who, int what, int tty)
{
	struct terminal *t = &terminal[tty];
	int key = (int)draw(9) + 200;
	struct reply r;

	if (!guarded(who, what, tty, key,
		     what == READ                ? IN :
		     what == WRITE && !t->tostop ? -1 :
						   OUT,
		     EIO, &r))
		return;
	if (what == SET_STOP_KEY)
		t->stop_key = (cc_t)key;
	if (what != READ)
		expect(&r, what == WRITE, 0);
	else if (t->lines)
		expect(&r, 2, 0), t->lines--;
	else
		expect(&r, -1, EAGAIN);
}

/* Before 2.6.27 that of a pseudo terminal, of which nothing comes, asked for nothing. */
static int breaks_ask(void)
{
	static int version[3];
	FILE *f;

	if (!version[0]) {
		CHECK((f = fopen("/proc/version", "r")) != NULL);
		CHECK(fscanf(f, "Linux version %d.%d.%d", &version[0], &version[1], &version[2]) ==
		      3);
		fclose(f);
	}
	return version[0] > 2 || version[1] > 6 || version[2] >= 27;
}

/* What is there to be read stays; a key that is sent goes to the master, which throws it away. */
static void changes_flow(int who, int what, int tty)
{
	const int bad = what != BREAK && draw(4) == 0, arg = bad           ? 4 :
							     what == FLUSH ? TCOFLUSH :
							     what == FLOW  ? TCIOFF + (int)draw(2) :
									     (int)draw(2);
	struct reply r;

	if (guarded(who, what, tty, arg, what == BREAK && !breaks_ask() ? -1 : OUT, EIO, &r))
		expect(&r, bad ? -1 : 0, bad ? EINVAL : 0);
}

/* "The processes of the session lose it." */
static void becomes_nobodys(int tty)
{
	for (int i = 0; i < ALL; i++)
		if (process[i].tty == tty)
			process[i].tty = -1;
	terminal[tty].session = -1;
	terminal[tty].pgrp = 0;
}

/* A leader's alone: those that are there before have none. */
static void becomes_own(int who, int tty)
{
	becomes_nobodys(tty);
	process[who].tty = tty;
	terminal[tty].session = who;
	terminal[tty].pgrp = process[who].pgrp;
}

static void take(int who, int what, int tty)
{
	struct terminal *t = &terminal[tty];
	const int none = leads(who) && process[who].tty < 0;
	int arg = (int)draw(2),
	    may = none && (t->session < 0 || (what == TAKE && arg == 1 && !geteuid()));
	struct reply r;

	if (may && t->session >= 0 && getenv("REAL_MACHINE")) /* that asks for a privilege */
		return;
	if (what == OPEN)
		arg = arg ? O_NOCTTY : 0;
	tell(who, what, tty, arg);
	r = answer_of(who);
	if (what == OPEN) {
		expect(&r, 0, 0);
		if (none && t->session < 0 && !arg)
			becomes_own(who, tty);
	} else if (may) {
		expect(&r, 0, 0);
		becomes_own(who, tty);
	} else if (leads(who) && is_own(who, tty)) {
		expect(&r, 0, 0);
	} else {
		expect(&r, -1, EPERM);
	}
}

static void leave(int tty, int ends)
{
	pid_t pgrp = terminal[tty].pgrp;

	becomes_nobodys(tty);
	all_hear(pgrp, HUP);
	if (!ends)
		all_hear(pgrp, CONT);
}

static void give_up(int who, int tty)
{
	struct reply r;

	tell(who, GIVE_UP, tty, 0);
	r = answer_of(who);
	if (!is_own(who, tty)) {
		expect(&r, -1, ENOTTY);
		return;
	}
	expect(&r, 0, 0);
	if (leads(who))
		leave(tty, 0);
	else
		process[who].tty = -1;
}

static void open_own(int who)
{
	struct reply r;

	tell(who, OPEN_OWN, 0, 0);
	r = answer_of(who);
	expect(&r, process[who].tty < 0 ? -1 : 0, process[who].tty < 0 ? ENXIO : 0);
}

static void join(int who)
{
	const struct process *other =
		&process[draw(2) ? leader_of(who) + (int)draw(OF_ONE) : (int)draw(ALL)];
	pid_t pgrp = draw(3) ? other->pgrp : 0;
	struct reply r;

	if (!process[who].there || !other->there)
		return;
	tell(who, JOIN, 0, pgrp);
	r = answer_of(who);
	if (leads(who) || (pgrp && pgrp != process[who].pid && !in_session(pgrp, leader_of(who)))) {
		expect(&r, -1, EPERM);
		return;
	}
	expect(&r, 0, 0);
	process[who].pgrp = pgrp ? pgrp : process[who].pid;
}

/* What waits is taken, or forgotten; it is not asked what stops by it. */
static void new_disposition(int who)
{
	struct process *p = &process[who];
	const int sig = (int)draw(2);
	enum how how = (enum how)draw(4);

	if (how == STOPS && (p->waits[sig] || leads(who)))
		how = CATCHES;
	does(who, DISPOSE, sig, (int)how, 0);
	if (how == CATCHES)
		p->heard[sig] += p->waits[sig];
	if (how != BLOCKS)
		p->waits[sig] = 0;
	p->how[sig] = how;
}

static void acts(int who, int alone)
{
	const int what = (int)draw(DRAWN + 2), own = process[leader_of(who)].tty,
		  tty = draw(3) && own >= 0 ? own : (int)draw(TTYS);

	switch (what) {
	case GET_GROUP:
	case GET_SESSION:
	case SET_GROUP: get_and_set(who, what, tty); break;
	case READ:
	case WRITE:
	case SET_STOP_KEY: read_and_write(who, what, tty); break;
	case FLUSH:
	case FLOW:
	case BREAK: changes_flow(who, what, tty); break;
	case TAKE:
	case OPEN: take(who, what, tty); break;
	case GIVE_UP:
		if (alone || draw(8) == 0)
			give_up(who, tty);
		break;
	case OPEN_OWN: open_own(who); break;
	case JOIN: join(who); break;
	default: new_disposition(who);
	}
}

/* ---- what comes from outside ---- */

static void set_tostop(int tty)
{
	struct termios t;

	terminal[tty].tostop = !terminal[tty].tostop;
	CHECK(!tcgetattr(slave[tty], &t) && t.c_cc[VSTOP] == terminal[tty].stop_key);
	t.c_lflag = ICANON | ISIG | NOFLSH | (terminal[tty].tostop ? TOSTOP : 0u);
	CHECK(!tcsetattr(slave[tty], TCSANOW, &t));
}

static void from_outside(int tty)
{
	static const char keys[] = { 3, 28, 26 };
	struct terminal *t = &terminal[tty];
	struct pollfd p = { .fd = slave[tty], .events = POLLIN };
	struct winsize size;
	pid_t pgrp = -1;
	char c[64];
	int k = (int)draw(3);

	switch (draw(4)) {
	case 0:
		if (!t->pgrp) /* another kernel may look at it when there is somebody */
			break;
		CHECK(write(master[tty], &keys[k], 1) == 1);
		all_hear(t->pgrp, INT + k);
		break;
	case 1:
		CHECK(write(master[tty], "l\n", 2) == 2 && poll(&p, 1, 20000) == 1);
		t->lines++;
		break;
	case 2:
		size = t->size;
		*(&size.ws_row + draw(4)) = (unsigned short)(k << draw(2) * 8);
		CHECK(!ioctl(draw(2) ? master[tty] : slave[tty], TIOCSWINSZ, &size));
		if (memcmp(&t->size, &size, sizeof(size)))
			all_hear(t->pgrp, WINCH);
		t->size = size;
		CHECK(!ioctl(slave[tty], TIOCGWINSZ, &size) &&
		      !memcmp(&t->size, &size, sizeof(size)));
		break;
	default: set_tostop(tty);
	}
	while (read(master[tty], c, sizeof(c)) > 0)
		;
	CHECK(errno == EAGAIN);
	CHECK(!ioctl(master[tty], TIOCGPGRP, &pgrp) &&
	      pgrp == t->pgrp); /* of a master, whoever asks */
}

/* ---- a round ---- */

static void sessions_begin(void)
{
	CHECK(!pipe(life));
	memset(process, 0, sizeof(process));
	memset((void *)shared, 0, sizeof(*shared));
	for (int i = 0; i < ALL; i++)
		CHECK(!pipe(orders[i]) && !pipe(replies[i]));
	for (int i = 0; i < ALL; i += OF_ONE) {
		pid_t pid = start_child();

		if (pid == 0) {
			own = i;
			for (int k = 0; k < ALL; k++)
				close(orders[k][1]); /* they end with who gives them */
			CHECK(setsid() == getpid());
			live();
		}
		process[i] = (struct process){
			.there = 1, .tty = -1, .pid = pid, .pgrp = pid, .how = { CATCHES, CATCHES }
		};
		while (!shared->pid[i])
			sched_yield();
	}
	CHECK(!close(life[1]));
}

static void are_born(int leader)
{
	does(leader, BEAR, 0, 0, 0);
	for (int i = leader + 1; i < leader + OF_ONE; i++)
		process[i] = (struct process){ .there = 1,
					       .tty = process[leader].tty,
					       .pid = shared->pid[i],
					       .pgrp = process[leader].pgrp,
					       .how = { CATCHES, CATCHES } };
}

/* A leader's end is the end of its terminal's being its session's; the others go on. */
static void sessions_end(void)
{
	char c;

	for (int i = 0; i < ALL; i += OF_ONE) {
		const int tty = process[i].tty;

		tell(i, END, 0, 0);
		expect_exit(process[i].pid, 0);
		process[i].there = 0;
		if (tty >= 0)
			leave(tty, 1);
		is_so();
		for (int k = i + 1; k < i + OF_ONE; k++) {
			get_and_set(k, GET_GROUP, (int)draw(TTYS));
			open_own(k);
			read_and_write(k, READ, (int)draw(TTYS));
		}
	}
	for (int i = 0; i < ALL; i++)
		if (!leads(i))
			tell(i, END, 0, 0);
	CHECK(read(life[0], &c, 1) == 0);
	close(life[0]);
	for (int i = 0; i < ALL; i++)
		for (int k = 0; k < 2; k++)
			close(orders[i][k]), close(replies[i][k]);
}

int main(void)
{
	if (getenv("REAL_MACHINE"))
		hurry();
	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(shared != MAP_FAILED);
	for (int i = 0; i < TTYS; i++) {
		master[i] = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
		CHECK(master[i] >= 0 && !ptsname_r(master[i], name[i], sizeof(name[i])) &&
		      !unlockpt(master[i]));
		slave[i] = open(name[i], O_RDWR | O_NOCTTY | O_NONBLOCK);
		CHECK(slave[i] >= 0);
		terminal[i] = (struct terminal){ .session = -1, .stop_key = 19 };
		set_tostop(i);
	}
	for (int round = 0; round < ROUNDS; round++) {
		sessions_begin();
		for (int k = 0; k < EARLY; k++) {
			acts((int)draw(LEADERS) * OF_ONE, 1);
			is_so();
		}
		for (int i = 0; i < ALL; i += OF_ONE)
			are_born(i);
		for (int k = 0; k < STEPS; k++) {
			if (draw(4))
				acts((int)draw(ALL), 0);
			else
				from_outside((int)draw(TTYS));
			is_so();
		}
		sessions_end();
	}
	return 0;
}
