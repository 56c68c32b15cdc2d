/* SPDX-License-Identifier: GPL-2.0-only */
/* proc_pty.c: pseudo terminals, as pty(7), termios(3), ioctl_tty(2) and credentials(7) say. */
#include "proc.h"

#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>

#define TCGETS2_I386 0x802c542aul
#define TCSETS2_I386 0x402c542bul

static int master, slave, status;
static char name[64];

static void open_pair(void)
{
	master = posix_openpt(O_RDWR | O_NOCTTY);
	CHECK(master >= 0 && !grantpt(master));
	CHECK(!ptsname_r(master, name, sizeof(name)));
	FAILS(open(name, O_RDWR | O_NOCTTY), EIO); /* it is locked */
	CHECK(!unlockpt(master));
	slave = open(name, O_RDWR | O_NOCTTY);
	CHECK(slave >= 0 && isatty(slave) && isatty(master));
}

static void type(const char *text)
{
	CHECK(write(master, text, strlen(text)) == (ssize_t)strlen(text));
}

/* That is what there is to be read, and no more; another kernel may hand it over a little later. */
static void reads(int fd, const char *text)
{
	char got[256];
	size_t n = 0;

	while (n < strlen(text)) {
		ssize_t more = read(fd, got + n, sizeof(got) - n);

		CHECK(more > 0);
		n += (size_t)more;
	}
	CHECK(n == strlen(text) && !memcmp(got, text, n));
}

static void lines(void)
{
	char c[8];
	int n;

	open_pair();
	type("ab\n");
	reads(slave, "ab\n");
	reads(master, "ab\r\n");
	type("abc\177\nde \177\177x\n");
	reads(slave, "ab\n");
	reads(slave, "dx\n");
	reads(master, "abc\b \b\r\nde \b \b\b \bx\r\n");
	type("one two\027three\025four\n");
	reads(slave, "four\n");
	reads(master,
	      "one two\b \b\b \b\b \bthree\b \b\b \b\b \b\b \b\b \b\b \b\b \b\b \b\b \bfour\r\n");
	type("a\004");
	CHECK(read(slave, c, sizeof(c)) == 1 && c[0] == 'a');
	type("\004");
	CHECK(read(slave, c, sizeof(c)) == 0);
	type("abcd\n");
	CHECK(read(slave, c, 2) == 2 && c[1] == 'b');
	reads(slave, "cd\n");
	reads(master, "aabcd\r\n");
	CHECK(write(slave, "x\ny", 3) == 3);
	reads(master, "x\r\ny");
	CHECK(!ioctl(slave, FIONREAD, &n) && n == 0);
	CHECK(!nonblocking(slave) || 1);
	FAILS(read(slave, c, 1), EAGAIN);
	FAILS(ioctl(slave, TIOCGPGRP, &n), ENOTTY);
	FAILS(lseek(slave, 0, SEEK_CUR), ESPIPE);
	CHECK(!close(slave));
	FAILS(read(master, c, 1), EIO);
	CHECK(!close(master));
}

static void raw(void)
{
	struct pollfd p[2];
	struct termios t, back;
	int64_t start;
	char c[8];
	pid_t pid;

	open_pair();
	CHECK(!tcgetattr(slave, &t) && (t.c_lflag & ICANON) && (t.c_lflag & ISIG));
	cfmakeraw(&t);
	t.c_cc[VMIN] = 3;
	CHECK(!tcsetattr(slave, TCSANOW, &t) && !tcgetattr(slave, &back));
	CHECK(back.c_cc[VMIN] == 3 && !(back.c_lflag & ICANON));
	type("ab");
	p[0] = (struct pollfd){ slave, POLLIN | POLLOUT, 0 };
	p[1] = (struct pollfd){ master, POLLIN | POLLOUT, 0 };
	CHECK(poll(p, 2, 0) == 2 && p[0].revents == POLLOUT && p[1].revents == POLLOUT);
	CHILD(pid)
	{
		sleep_ms(20);
		type("\003");
	}
	CHECK(read(slave, c, sizeof(c)) == 3 && !memcmp(c, "ab\003", 3));
	expect_exit(pid, 0);
	t.c_cc[VMIN] = 0;
	t.c_cc[VTIME] = 1;
	CHECK(!tcsetattr(slave, TCSAFLUSH, &t));
	start = now_ms();
	CHECK(read(slave, c, 1) == 0 && now_ms() - start >= 90);
	t.c_cc[VTIME] = 0;
	CHECK(!tcsetattr(slave, TCSANOW, &t) && read(slave, c, 1) == 0);
	CHECK(!close(slave) && !close(master));
}

/* A child that leads a session with the pair as its terminal, and what it does there. */
#define IN_SESSION(pid) for (pid = start_session(); pid == 0; _exit(0))

static pid_t start_session(void)
{
	pid_t pid;

	pid = forkpty(&master, name, NULL, NULL);
	CHECK(pid >= 0);
	return pid;
}

static void says_ready(void)
{
	reads(master, "ready");
}

static void keys(void)
{
	struct winsize w = { 24, 80, 0, 0 };
	pid_t pid;

	IN_SESSION(pid)
	{
		CHECK(write(1, "ready", 5) == 5);
		pause();
	}
	says_ready();
	type("\003");
	CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
	CHECK(WTERMSIG(status) == SIGINT);
	CHECK(!close(master));

	IN_SESSION(pid)
	{
		catch (SIGWINCH, 0);
		CHECK(write(1, "ready", 5) == 5);
		while (!caught)
			pause();
		CHECK(!ioctl(0, TIOCGWINSZ, &w) && w.ws_row == 30 && w.ws_col == 90);
	}
	says_ready();
	sleep_ms(20);
	w.ws_row = 30;
	w.ws_col = 90;
	CHECK(!ioctl(master, TIOCSWINSZ, &w));
	expect_exit(pid, 0);
	CHECK(!close(master));
}

/* Who is not in the foreground is stopped when it reads, and goes on when it is. */
static void foreground(void)
{
	pid_t pid;
	char c;
	int fd;

	IN_SESSION(pid)
	{
		pid_t child;

		CHECK(tcgetpgrp(0) == getpid() && tcgetsid(0) == getpid());
		fd = open("/dev/tty", O_RDWR);
		CHECK(fd >= 0 && isatty(fd) && !close(fd));
		child = fork();
		CHECK(child >= 0);
		if (child == 0) {
			CHECK(!setpgid(0, 0));
			CHECK(read(0, &c, 1) == 1 && c == 'k');
			_exit(4);
		}
		CHECK(waitpid(child, &status, WUNTRACED) == child);
		CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTTIN);
		CHECK(!tcsetpgrp(0, child) && tcgetpgrp(0) == child);
		CHECK(!kill(child, SIGCONT));
		CHECK(write(1, "ready", 5) == 5);
		expect_exit(child, 4);
		signal(SIGTTOU, SIG_IGN);
		CHECK(!tcsetpgrp(0, getpid()));
		FAILS(tcsetpgrp(0, 1), EPERM);
	}
	says_ready();
	type("k\n");
	expect_exit(pid, 0);
	CHECK(!close(master));
}

static void hang_up(void)
{
	int p[2];
	char c;
	pid_t pid;

	CHECK(!pipe(p));
	IN_SESSION(pid)
	{
		catch (SIGHUP, 0);
		CHECK(write(1, "ready", 5) == 5 && read(p[0], &c, 1) == -1 && errno == EINTR);
		CHECK(caught == SIGHUP && read(0, &c, 1) == 0);
		FAILS(write(1, "x", 1), EIO);
	}
	says_ready();
	sleep_ms(20);
	CHECK(!close(master));
	expect_exit(pid, 0);
	CHECK(!close(p[0]) && !close(p[1]));
	/* The session's end is its foreground's. */
	IN_SESSION(pid)
	{
		if (!fork()) {
			sleep_ms(20000);
			_exit(0);
		}
	}
	expect_exit(pid, 0);
	while (read(master, &c, 1) > 0) /* up to the other's end */
		;
	CHECK(errno == EIO && !close(master));
	/* A leader who holds both ends, and ends: the signal that is sent then is not what ended it. */
	open_pair();
	pid = fork();
	if (!pid) {
		sleep_ms(20); /* the other copies are closed */
		_exit(setsid() > 0 && !ioctl(slave, TIOCSCTTY, 0) ? 5 : 6);
	}
	CHECK(!close(slave) && !close(master));
	expect_exit(pid, 5);
}

/* The kernel's own struct, whose second form says speeds in baud: asm-generic/termbits.h. */
struct speedy {
	uint32_t iflag, oflag, cflag, lflag;
	uint8_t line, cc[19];
	uint32_t in, out;
};

static void has_speed(uint32_t rate, uint32_t in, uint32_t out)
{
	struct speedy now;

	CHECK(!ioctl(slave, TCGETS2_I386, &now));
	CHECK((now.cflag & 0x100f100fu) == rate && now.in == in && now.out == out);
}

static void set_speed(unsigned long request, uint32_t rate, uint32_t in, uint32_t out)
{
	struct speedy now;

	CHECK(!ioctl(master, TCGETS2_I386, &now));
	now.cflag = (now.cflag & ~0x100f100fu) | rate;
	now.in = in;
	now.out = out;
	CHECK(!ioctl(master, request, &now));
}

static void speeds(void)
{
	enum { B9600_BITS = 13, B115200_BITS = 0x1002, OTHER = 0x1000 };

	open_pair();
	has_speed(15, 38400, 38400);
	set_speed(TCSETS2_I386, B9600_BITS, 1, 2);
	has_speed(B9600_BITS, 9600, 9600);
	set_speed(TCSETS2_I386 + 1, OTHER, 1, 12345);
	has_speed(OTHER, 12345, 12345);
	set_speed(TCSETS2_I386 + 2, OTHER | (uint32_t)OTHER << 16, 321, 12345);
	has_speed(OTHER | (uint32_t)OTHER << 16, 321, 12345);
	/* The first form says bits alone. */
	set_speed(TCSETS, B115200_BITS, 1, 2);
	has_speed(B115200_BITS, 115200, 115200);
	set_speed(TCSETS, 4 | 7 << 16, 1, 2);
	has_speed(4 | 7 << 16, 300, 134);
	CHECK(ioctl(slave, TCGETS2_I386, NULL) == -1 && errno == EFAULT);
	close(slave);
	close(master);
}

int main(void)
{
	hurry();
	lines();
	raw();
	keys();
	foreground();
	hang_up();
	speeds();
	return 0;
}
