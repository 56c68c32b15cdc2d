/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rule_owners.c: whose terminal a terminal is: each process's own, which its children get of it, by ioctl_tty(2), setsid(2),
 * credentials(7), tty(4); and what is left of that when it hangs up.
 */
#include "../rules/rule.h"

#include <sys/ioctl.h>
#include <termios.h>

static int master, slave;
static char name[64];

static void open_master(void)
{
	master = posix_openpt(O_RDWR | O_NOCTTY);
	CHECK(master >= 0 && !ptsname_r(master, name, sizeof(name)) && !unlockpt(master));
}

static volatile int ups, conts;

static void counts(int sig)
{
	ups += sig == SIGHUP;
	conts += sig == SIGCONT;
}

static void has_none(int fd)
{
	FAILS(open("/dev/tty", O_RDWR), ENXIO);
	FAILS(ioctl(fd, TIOCNOTTY, 0), ENOTTY);
	FAILS(tcgetpgrp(fd), ENOTTY);
}

static void has_no_more(int fd)
{
	FAILS(open("/dev/tty", O_RDWR), ENXIO);
	FAILS(ioctl(fd, TIOCNOTTY, 0), EIO);
}

static void hears_both(void)
{
	for (int i = 0; i < 2000 && !(ups && conts); i++)
		poll(NULL, 0, 1);
	CHECK(ups == 1 && conts == 1);
}

static void are_counted(void)
{
	signal(SIGHUP, counts), signal(SIGCONT, counts);
}

/* Each process has it for itself: who is there before does not get it, who gives it up takes it from nobody. */
static void of_each(void)
{
	pid_t leader, one;
	int p[2];
	char c;

	open_master();
	CHECK(!pipe(p));
	CHILD(leader)
	{
		CHECK(setsid() == getpid());
		are_counted();
		slave = open(name, O_RDWR | O_NOCTTY);
		CHILD(one)
		{
			CHECK(read(p[0], &c, 1) == 1);
			FAILS(ioctl(slave, TIOCSCTTY, 0), EPERM);
			FAILS(open("/dev/tty", O_RDWR), ENXIO);
			FAILS(tcgetpgrp(slave), ENOTTY);
			CHECK(!setpgid(0, 0) && !nonblocking(slave));
			FAILS(read(slave, &c, 1), EAGAIN); /* in no background */
			CHECK(!fcntl(slave, F_SETFL, O_RDWR) && !tcflush(slave, TCIFLUSH));
		}
		CHECK(!ioctl(slave, TIOCSCTTY, 0) && write(p[1], "g", 1) == 1);
		expect_exit(one, 0);
		CHILD(one)
		{
			CHECK(tcgetsid(slave) == getppid() && !ioctl(slave, TIOCNOTTY, 0));
			has_none(slave);
			CHILD(leader) has_none(slave);
			expect_exit(leader, 0);
		}
		expect_exit(one, 0);
		CHILD(one)
		{
			CHECK(setsid() == getpid());
			has_none(slave);
			FAILS(ioctl(slave, TIOCSCTTY, 0), EPERM); /* it is another's */
		}
		expect_exit(one, 0);
		CHECK(tcgetsid(slave) == getpid() && tcgetpgrp(slave) == getpid() && !ups);
		CHECK(!ioctl(slave, TIOCSCTTY, 0)); /* it is its own already */
		one = getpid();
		CHECK(!ioctl(master, TIOCGSID, &leader) && leader == one);
		CHECK(!ioctl(slave, TIOCNOTTY, 0));
		hears_both();
		has_none(slave);
	}
	expect_exit(leader, 0);
	FAILS(ioctl(master, TIOCGSID, &leader), ENOTTY);
	CHECK(!close(master) && !close(p[0]) && !close(p[1]));
}

/* Its leader hears at once, and those that were in front when he ends; nobody has it any more. */
static void hangs_up(void)
{
	pid_t leader, one, in_front;
	int p[2], ready[2];
	char c;

	open_master();
	CHECK(!pipe(p) && !pipe(ready));
	CHILD(leader)
	{
		CHECK(setsid() == getpid() && (slave = open(name, O_RDWR)) >= 0);
		are_counted();
		CHILD(in_front)
		{
			CHECK(!setpgid(0, 0) && !close(master));
			signal(SIGTTOU, SIG_IGN);
			CHECK(!tcsetpgrp(slave, getpid()) && write(p[1], "f", 1) == 1);
			hears_both();
			has_no_more(slave);
			CHECK(write(p[1], "e", 1) == 1);
		}
		CHECK(read(p[0], &c, 1) == 1 && !close(master));
		CHECK(write(ready[1], "r", 1) == 1);
		hears_both();
		has_no_more(slave);
		CHILD(one) has_no_more(slave);
		expect_exit(one, 0);
	}
	CHECK(read(ready[0], &c, 1) == 1);
	CHECK(!close(master));
	expect_exit(leader, 0);
	CHECK(read(p[0], &c, 1) == 1 && c == 'e');
	for (int i = 0; i < 2; i++)
		CHECK(!close(p[i]) && !close(ready[i]));
}

int main(void)
{
	if (getenv("REAL_MACHINE"))
		hurry();
	of_each();
	hangs_up();
	return 0;
}
