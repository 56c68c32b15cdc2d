/* SPDX-License-Identifier: GPL-2.0-only */
/* proc_ids.c: users and groups as credentials(7) and setreuid(2) say; prctl(2). */
#include "proc.h"

#include <sys/prctl.h>
#include <sys/syscall.h>

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

int main(void)
{
	hurry();
	users();
	rights();
	prctls();
	return 0;
}
