/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * proc_ids.c: users and groups as credentials(7) and setreuid(2) say; prctl(2). And calls that are drawn, each answer held
 * against a model of the manual: who may become whom, who may signal whom, process groups and sessions.
 */
#include "proc.h"

#include <sys/prctl.h>
#include <sys/syscall.h>

#ifndef SYS_setuid32 /* where they are wide anyway */
#define SYS_setuid32    SYS_setuid
#define SYS_setreuid32  SYS_setreuid
#define SYS_setresuid32 SYS_setresuid
#define SYS_getresuid32 SYS_getresuid
#define SYS_getuid32    SYS_getuid
#define SYS_geteuid32   SYS_geteuid
#define SYS_setgid32    SYS_setgid
#define SYS_setregid32  SYS_setregid
#define SYS_setresgid32 SYS_setresgid
#define SYS_getresgid32 SYS_getresgid
#define SYS_getgid32    SYS_getgid
#define SYS_getegid32   SYS_getegid
#endif

/* The calls themselves: the C library's change all threads, and stops where one fails. */
static int set3(int nr, int r, int e, int s)
{
	return (int)syscall(nr, r, e, s);
}

static void are(int nr, unsigned r, unsigned e, unsigned s)
{
	unsigned a = 99, b = 99, c = 99;

	CHECK(!syscall(nr, &a, &b, &c) && a == r && b == e && c == s);
}

struct calls {
	int set, setre, setres, getres, get, gete;
};
static const struct calls uids = { SYS_setuid32,    SYS_setreuid32, SYS_setresuid32,
				   SYS_getresuid32, SYS_getuid32,   SYS_geteuid32 };
static const struct calls gids = { SYS_setgid32,    SYS_setregid32, SYS_setresgid32,
				   SYS_getresgid32, SYS_getgid32,   SYS_getegid32 };
static const struct calls old_uids = { SYS_setuid,      SYS_setreuid, SYS_setresuid,
				       SYS_getresuid32, SYS_getuid,   SYS_geteuid };

/* What a process without privilege may: exchange its real, effective and saved one. */
static void without_privilege(const struct calls *c)
{
	CHECK(!set3(c->setres, 10, 20, 30));
	are(c->getres, 10, 20, 30);
	if (c != &gids)
		return;
	CHECK(syscall(c->get) == 10 && syscall(c->gete) == 20);
}

static void exchanges(const struct calls *c)
{
	are(c->getres, 10, 20, 30);
	CHECK(syscall(c->get) == 10 && syscall(c->gete) == 20);
	FAILS(set3(c->setres, -1, 40, -1), EPERM);
	FAILS(set3(c->setres, 40, -1, -1), EPERM);
	FAILS(set3(c->setres, -1, -1, 40), EPERM);
	are(c->getres, 10, 20, 30);
	CHECK(!set3(c->setres, -1, 30, -1));
	are(c->getres, 10, 30, 30);
	CHECK(!set3(c->setres, 30, 10, 30));
	are(c->getres, 30, 10, 30);
	FAILS((int)syscall(c->set, 20), EPERM); /* the saved one is another now */
	CHECK(!syscall(c->set, 30));            /* the effective one alone */
	are(c->getres, 30, 30, 30);
	FAILS(set3(c->setre, -1, 10, 0), EPERM);
	FAILS(set3(c->setre, 10, -1, 0), EPERM);
	CHECK(!set3(c->setre, 30, -1, 0));
	CHECK(!set3(c->setre, -1, -1, 0));
	are(c->getres, 30, 30, 30);
	FAILS((int)syscall(c->getres, nowhere, nowhere, nowhere), EFAULT);
}

/* setreuid: "if the real user ID is set or the effective user ID is set to a value not equal to
 * the previous real user ID, the saved set-user-ID will be set to the new effective user ID" */
static void saved_ones(const struct calls *c)
{
	CHECK(!set3(c->setres, 1, 2, 3));
	CHECK(!set3(c->setre, -1, 1, 0));
	are(c->getres, 1, 1, 3);
}

static void saved_by_real(const struct calls *c)
{
	CHECK(!set3(c->setres, 1, 2, 3));
	CHECK(!set3(c->setre, 2, -1, 0));
	are(c->getres, 2, 2, 2);
}

static void saved_by_effective(const struct calls *c)
{
	CHECK(!set3(c->setres, 1, 2, 3));
	CHECK(!set3(c->setre, -1, 3, 0));
	are(c->getres, 1, 3, 3);
	CHECK(!set3(c->setre, -1, 1, 0)); /* the real one: the saved stays */
	are(c->getres, 1, 1, 3);
}

/* Each place takes its own, -1 leaves it; and where one is bad nothing is changed. */
static void one_at_a_time(const struct calls *c)
{
	uint32_t word;

	CHECK(!set3(c->setres, 11, -1, -1));
	are(c->getres, 11, 0, 0);
	CHECK(!set3(c->setres, -1, -1, 13));
	are(c->getres, 11, 0, 13);
	CHECK(!set3(c->setres, -1, 12, -1) && syscall(c->get) == 11 && syscall(c->gete) == 12);
	are(c->getres, 11, 12, 13);
	FAILS((int)syscall(c->getres, nowhere, &word, &word), EFAULT);
	FAILS((int)syscall(c->getres, &word, nowhere, &word), EFAULT);
	FAILS((int)syscall(c->getres, &word, &word, nowhere), EFAULT);
}

static void users(void)
{
	pid_t pid;

	CHECK(getuid() == (unsigned)syscall(SYS_getuid32) &&
	      getegid() == (unsigned)syscall(SYS_getegid32));
	if (geteuid() != 0)
		return;
	CHILD(pid)
	{
		without_privilege(&gids);
		without_privilege(&uids);
		exchanges(&uids);
		exchanges(&gids);
		FAILS((int)syscall(SYS_setuid32, 0), EPERM);
	}
	expect_exit(pid, 0);
	CHILD(pid)
	{
		CHECK(!set3(SYS_setresuid, 10, 20, 30));
		exchanges(&old_uids);
	}
	expect_exit(pid, 0);
	CHILD(pid) saved_ones(&uids);
	expect_exit(pid, 0);
	CHILD(pid) saved_by_real(&uids);
	expect_exit(pid, 0);
	CHILD(pid) saved_ones(&gids);
	expect_exit(pid, 0);
	CHILD(pid) saved_by_real(&gids);
	expect_exit(pid, 0);
	CHILD(pid) saved_by_effective(&uids);
	expect_exit(pid, 0);
	CHILD(pid) saved_by_effective(&gids);
	expect_exit(pid, 0);
	CHILD(pid) one_at_a_time(&uids);
	expect_exit(pid, 0);
	CHILD(pid) one_at_a_time(&gids);
	expect_exit(pid, 0);
	CHILD(pid)
	{
		CHECK(!syscall(SYS_setuid32, 77)); /* root: all three */
		are(SYS_getresuid32, 77, 77, 77);
	}
	expect_exit(pid, 0);
	CHILD(pid)
	{
		CHECK(!syscall(SYS_setgid32, 77));
		are(SYS_getresgid32, 77, 77, 77);
	}
	expect_exit(pid, 0);
	are(SYS_getresuid32, 0, 0, 0);
}

/* kill(2): "the real or effective user ID of the sending process must equal the real or saved
 * set-user-ID of the target process"; SIGCONT within a session. */
static void rights(void)
{
	pid_t pid, sender;

	if (geteuid() != 0)
		return;
	CHILD(pid)
	{
		CHECK(!set3(SYS_setresuid32, 5, 6, 7));
		pause();
	}
	sleep_ms(30);
	for (int i = 0; i < 5; i++) {
		static const struct {
			int r, e, may;
		} who[] = { { 5, 9, 1 }, { 9, 5, 1 }, { 9, 7, 1 }, { 9, 6, 0 }, { 6, 8, 0 } };

		CHILD(sender)
		{
			CHECK(!set3(SYS_setresuid32, who[i].r, who[i].e, 9));
			if (who[i].may)
				CHECK(!kill(pid, 0));
			else
				FAILS(kill(pid, 0), EPERM);
			CHECK(!kill(pid, SIGCONT));
		}
		expect_exit(sender, 0);
	}
	CHECK(!kill(pid, SIGKILL));
	CHECK(waitpid(pid, NULL, 0) == pid);
}

static void prctls(void)
{
	char name[17] = { 0 }, longer[] = "a name of twenty byt";
	int signal = 0, p[2];
	pid_t pid;
	char c;

	CHECK(!prctl(PR_SET_NAME, longer, 0, 0, 0) && !prctl(PR_GET_NAME, name, 0, 0, 0));
	CHECK(!strcmp(name, "a name of twent"));
	FAILS(prctl(PR_SET_NAME, nowhere, 0, 0, 0), EFAULT);
	FAILS(prctl(PR_SET_PDEATHSIG, 65, 0, 0, 0), EINVAL);
	CHECK(!prctl(PR_SET_PDEATHSIG, SIGUSR1, 0, 0, 0) &&
	      !prctl(PR_GET_PDEATHSIG, &signal, 0, 0, 0));
	CHECK(signal == SIGUSR1);
	CHECK(!prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0));
	CHECK(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1);
	CHECK(!prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
	CHECK(!prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
	FAILS(prctl(PR_SET_DUMPABLE, 3, 0, 0, 0), EINVAL);
	CHECK(prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0) == 0 && !prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
	CHECK(prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0) == 1);
	FAILS(prctl(PR_SET_KEEPCAPS, 2, 0, 0, 0), EINVAL);
	FAILS(prctl(99999, 0, 0, 0, 0), EINVAL);
	/* A parent's death is told, by that signal. */
	CHECK(!pipe(p));
	CHILD(pid)
	{
		pid_t grandchild;
		int started[2];

		CHECK(!pipe(started));
		CHILD(grandchild)
		{
			catch (SIGUSR2, 0);
			CHECK(!prctl(PR_GET_PDEATHSIG, &signal, 0, 0, 0) &&
			      signal == 0); /* not inherited */
			CHECK(!prctl(PR_SET_PDEATHSIG, SIGUSR2, 0, 0, 0));
			CHECK(write(started[1], "s", 1) == 1);
			while (!caught)
				nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
			CHECK(write(p[1], "d", 1) == 1);
		}
		CHECK(read(started[0], &c, 1) == 1);
	}
	expect_exit(pid, 0);
	CHECK(read(p[0], &c, 1) == 1 && c == 'd');
}

/* ---- drawn ---- */

static unsigned state = 1;

static unsigned draw(unsigned n)
{
	state = state * 1103515245 + 12345;
	return (state >> 16) % n;
}

static const int somebody[] = { -1, -1, 0, 1, 2, 3, 70000 };
enum { SOMEBODY = sizeof(somebody) / sizeof(somebody[0]) };

static int is_own(const int own[3], int places, int id)
{
	return id == -1 || id == own[0] || id == own[1] || (places == 3 && id == own[2]);
}

/* One call, and what setuid(2), setreuid(2) and setresuid(2) say of it; 0 or EPERM. */
static int becomes(int call, const int id[3], int own[3], int privileged)
{
	const int before = own[0];

	if (call ==
	    0) { /* setuid: its real and its saved one alone, and then the effective is changed */
		if (!privileged && id[0] != own[0] && id[0] != own[2])
			return EPERM;
		own[1] = id[0];
		if (privileged)
			own[0] = own[2] = id[0];
		return 0;
	}
	if (call == 1) {
		if (!privileged && (!is_own(own, 2, id[0]) || !is_own(own, 3, id[1])))
			return EPERM;
	} else if (!privileged &&
		   !(is_own(own, 3, id[0]) && is_own(own, 3, id[1]) && is_own(own, 3, id[2]))) {
		return EPERM;
	}
	for (int i = 0; i < (call == 1 ? 2 : 3); i++)
		if (id[i] != -1)
			own[i] = id[i];
	if (call == 1 && (id[0] != -1 || (id[1] != -1 && id[1] != before)))
		own[2] = own[1];
	return 0;
}

/* Whoever has become another one cannot be looked into any more: prctl(2), PR_SET_DUMPABLE. */
static void drawn_users(void)
{
	int own[2][3] = { { 0 } }; /* of users, and of groups */

	for (int i = 0; i < 14; i++) {
		const int group = draw(2) != 0, call = (int)draw(3);
		const struct calls *c = group ? &gids : &uids;
		const int nr[3] = { c->set, c->setre, c->setres };
		int id[3], error, before = own[group][1];

		for (int j = 0; j < 3; j++)
			id[j] = somebody[draw(SOMEBODY)];
		if (call == 0 && id[0] == -1)
			id[0] = 2;
		if (!group && i < 6)
			id[1] = -1; /* or it is root no more too soon */
		CHECK(!prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
		error = becomes(call, id, own[group], own[0][1] == 0);
		if (error)
			FAILS(set3(nr[call], id[0], id[1], id[2]), error);
		else
			CHECK(!set3(nr[call], id[0], id[1], id[2]));
		are(c->getres, (unsigned)own[group][0], (unsigned)own[group][1],
		    (unsigned)own[group][2]);
		CHECK((int)syscall(c->get) == own[group][0] &&
		      (int)syscall(c->gete) == own[group][1]);
		CHECK((prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1) == (before == own[group][1]));
	}
}

static void drawn_rights(void)
{
	const int r = (int)draw(3), e = (int)draw(3), s = (int)draw(3);
	const int to[3] = { 1 + (int)draw(3), 1 + (int)draw(3), 1 + (int)draw(3) };
	const int may = e == 0 || e == to[0] || e == to[2] || r == to[0] || r == to[2];
	int ready[2];
	pid_t pid, sender;
	char c;

	CHECK(!pipe(ready));
	CHILD(pid)
	{
		CHECK(!set3(SYS_setresuid32, to[0], to[1], to[2]) && write(ready[1], "r", 1) == 1);
		for (;;)
			pause();
	}
	CHECK(read(ready[0], &c, 1) == 1);
	CHILD(sender)
	{
		const int calls[] = { 0, SIGCHLD, SIGCONT };

		if (draw(2))
			CHECK(setsid() > 0);
		CHECK(!set3(SYS_setresuid32, r, e, s));
		for (int i = 0; i < 3; i++) {
			const int known = calls[i] == SIGCONT && getsid(pid) == getsid(0);

			if (may || known)
				CHECK(!kill(pid, calls[i]) && !syscall(SYS_tkill, pid, calls[i]));
			else
				FAILS(kill(pid, calls[i]), EPERM);
		}
	}
	expect_exit(sender, 0);
	CHECK(!kill(pid, SIGKILL) && waitpid(pid, NULL, 0) == pid);
	CHECK(!close(ready[0]) && !close(ready[1]));
}

/* ---- process groups and sessions ---- */

enum { MEMBERS = 5 }; /* the first is the others' parent, and the leader of their session */

struct order {
	int what, pid, group;
};
struct answer {
	int result, error, times;
};
static struct {
	int pid, group, session,
		times; /* times: so often it has been sent SIGRTMIN, of which none is lost */
	int order[2], answer[2];
} member[MEMBERS];

static struct answer obey(const struct order *o)
{
	struct answer a = { .error = 0 };

	errno = 0;
	switch (o->what) {
	case 0:
	case 1: a.result = setpgid(o->pid, o->group); break;
	case 2: a.result = setsid(); break;
	case 3: a.result = getpgid(o->pid); break;
	case 4: a.result = getsid(o->pid); break;
	case 5: a.result = kill(-o->group, 0); break;
	case 6: a.result = kill(-o->group, SIGRTMIN); break;
	default: a.result = kill(0, SIGRTMIN); break;
	}
	a.error = a.result < 0 ? errno : 0;
	a.times = caught_times;
	return a;
}

static int find(int pid)
{
	for (int i = 0; i < MEMBERS; i++)
		if (member[i].pid == pid)
			return i;
	return -1;
}

static int is_group(int group)
{
	for (int i = 0; i < MEMBERS; i++)
		if (member[i].group == group)
			return 1;
	return 0;
}

static int is_group_of(int group, int session)
{
	for (int i = 0; i < MEMBERS; i++)
		if (member[i].group == group && member[i].session == session)
			return 1;
	return 0;
}

/* setpgid(2) */
static int moved(int caller, const struct order *o)
{
	const int t = o->pid ? find(o->pid) : caller;
	const int group = o->group || t < 0 ? o->group : member[t].pid;

	if (o->group < 0)
		return EINVAL;
	if (t < 0 || (t != caller && caller != 0))
		return ESRCH; /* itself and its children */
	if (member[t].session != member[caller].session || member[t].session == member[t].pid)
		return EPERM;
	if (group != member[t].pid && !is_group_of(group, member[caller].session))
		return EPERM;
	member[t].group = group;
	return 0;
}

static struct answer foretold(int caller, const struct order *o)
{
	struct answer a = { .error = 0 };
	const int t = o->pid ? find(o->pid) : caller;
	const int group = o->what == 7 ? member[caller].group : o->group;

	if (o->what <= 1) {
		a.error = moved(caller, o);
	} else if (o->what == 2) {
		if (is_group(member[caller].pid))
			a.error = EPERM;
		else
			a.result = member[caller].group = member[caller].session =
				member[caller].pid;
	} else if (o->what <= 4) {
		a.error = t < 0 ? ESRCH : 0;
		if (t >= 0)
			a.result = o->what == 3 ? member[t].group : member[t].session;
	} else {
		a.error = is_group(group) ? 0 : ESRCH;
		for (int i = 0; i < MEMBERS; i++)
			member[i].times += o->what != 5 && member[i].group == group;
	}
	if (a.error)
		a.result = -1;
	a.times = member[caller].times;
	return a;
}

static struct order drawn_order(void)
{
	const int of_one = member[draw(MEMBERS)].pid, own = member[draw(MEMBERS)].group;
	struct order o = { .what = (int)draw(8), .pid = member[draw(MEMBERS)].pid };

	o.group = draw(2) ? own : of_one;
	if (!draw(4))
		o.pid = 0;
	else if (!draw(10))
		o.pid = 32767 * 3; /* nobody */
	if (o.what <= 1 && !draw(4))
		o.group = 0;
	else if (o.what <= 1 && !draw(10))
		o.group = draw(2) ? -1 : 32767 * 3;
	return o;
}

static void drawn_groups(void)
{
	struct order o;
	struct answer a;

	catch (SIGRTMIN, SA_RESTART);
	CHECK(setsid() == getpid());
	for (int i = 0; i < MEMBERS; i++) {
		member[i].session = member[i].group = getpid();
		member[i].pid = getpid();
		CHECK(!pipe(member[i].order) && !pipe(member[i].answer));
		if (i == 0)
			continue;
		CHILD(member[i].pid)
		{
			while (read(member[i].order[0], &o, sizeof(o)) == sizeof(o)) {
				a = obey(&o);
				CHECK(write(member[i].answer[1], &a, sizeof(a)) == sizeof(a));
			}
		}
	}
	for (int n = 0; n < 70; n++) {
		const int who = (int)draw(MEMBERS);
		struct answer is;

		o = drawn_order();
		a = foretold(who, &o);
		if (who) {
			CHECK(write(member[who].order[1], &o, sizeof(o)) == sizeof(o));
			CHECK(read(member[who].answer[0], &is, sizeof(is)) == sizeof(is));
		} else {
			is = obey(&o);
		}
		CHECK(is.result == a.result && is.error == a.error && is.times == a.times);
	}
	for (int i = 1; i < MEMBERS; i++)
		CHECK(!kill(member[i].pid, SIGKILL) &&
		      waitpid(member[i].pid, NULL, 0) == member[i].pid);
}

static void drawn(void)
{
	pid_t pid;

	for (int i = 0; i < 12; i++, draw(2)) {
		if (geteuid() != 0)
			break;
		CHILD(pid) drawn_users();
		expect_exit(pid, 0);
		drawn_rights();
	}
	for (int i = 0; i < 3; i++, draw(2)) {
		CHILD(pid) drawn_groups();
		expect_exit(pid, 0);
	}
}

int main(void)
{
	hurry();
	users();
	rights();
	prctls();
	drawn();
	return 0;
}
