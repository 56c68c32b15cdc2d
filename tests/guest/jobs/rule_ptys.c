/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rule_ptys.c: what a terminal keeps, word by word; which requests are none; what a write does that finds no room; and memory
 * that is not there, by pty(7), ioctl_tty(2), termios(3), read(2), write(2), fcntl(2), ptsname(3).
 */
#include "../rules/rule.h"

#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>

enum { PAIRS = 8, MOST = 1 << 20 };

/* The kernel's own: asm-generic/termbits.h. */
struct words {
	uint32_t flags[4];
	uint8_t line, cc[19];
};

#define GET_WORDS 0x5401ul
#define SET_WORDS 0x5402ul

static int master[PAIRS], slave[PAIRS];
static char name[PAIRS][64];
static uint32_t seed = 1983;

static uint32_t draw(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static void open_pair(int i, int flags)
{
	master[i] = posix_openpt(O_RDWR | O_NOCTTY | flags);
	CHECK(master[i] >= 0 && !ptsname_r(master[i], name[i], sizeof(name[i])) &&
	      !unlockpt(master[i]));
	slave[i] = open(name[i], O_RDWR | O_NOCTTY | flags);
	CHECK(slave[i] >= 0);
}

static void close_pair(int i)
{
	CHECK(!close(slave[i]) && !close(master[i]));
}

static void raw(int fd)
{
	struct termios t;

	CHECK(!tcgetattr(fd, &t));
	cfmakeraw(&t);
	CHECK(!tcsetattr(fd, TCSANOW, &t));
}

/* ---- which one it is ---- */

static void each_has_its_name(void)
{
	struct stat by_fd, by_name;
	char text[64];

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < PAIRS; i++)
			open_pair(i, 0);
		for (int i = 0; i < PAIRS; i++) {
			for (int k = 0; k < i; k++)
				CHECK(strcmp(name[i], name[k]));
			CHECK(!ttyname_r(slave[i], text, sizeof(text)) && !strcmp(text, name[i]));
			CHECK(!fstat(slave[i], &by_fd) && !stat(name[i], &by_name));
			CHECK(S_ISCHR(by_fd.st_mode) && by_fd.st_rdev == by_name.st_rdev);
			CHECK(by_fd.st_dev == by_name.st_dev && by_fd.st_ino == by_name.st_ino &&
			      by_fd.st_mode == by_name.st_mode);
			CHECK(minor(by_fd.st_rdev) == (unsigned)atoi(name[i] + 9));
		}
		for (int i = PAIRS; i-- > 0;) /* each has its own other end, too */
			CHECK(write(slave[i], name[i], 11) == 11);
		for (int i = 0; i < PAIRS; i++)
			CHECK(read(master[i], text, sizeof(text)) == 11 &&
			      !memcmp(text, name[i], 11));
		for (int i = 0; i < PAIRS; i++)
			close_pair((i + round * 3) % PAIRS);
	}
}

static void leads_to(const char *link, const char *to)
{
	const size_t size = strlen(to);
	char text[64];

	memset(text, '!', sizeof(text));
	CHECK(readlink(link, text, sizeof(text)) == (ssize_t)size && !memcmp(text, to, size));
	CHECK(text[size] == '!');
	CHECK(readlinkat(AT_FDCWD, link, text, 5) == 5 && !memcmp(text, to, 5));
	FAILS(readlink(link, nowhere, 5), EFAULT);
	FAILS(readlink(link, text, 0), EINVAL);
}

static void links(void)
{
	char link[64], text[64];
	int copy;

	open_pair(0, 0), open_pair(1, 0);
	CHECK((copy = fcntl(slave[1], F_DUPFD, 100)) >= 100);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", slave[0]);
	leads_to(link, name[0]);
	snprintf(link, sizeof(link), "/proc/%d/fd/%d", getpid(), copy);
	leads_to(link, name[1]);
	snprintf(link, sizeof(link), "/proc/self/fd/0%d", copy);
	FAILS(readlink(link, text, sizeof(text)), ENOENT);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", copy);
	CHECK(!close(copy));
	FAILS(readlink(link, text, sizeof(text)), ENOENT);
	close_pair(0), close_pair(1);
}

/* An open file's flags; each side has its own. */
static void has_flags(int fd, int flags, int on_exec)
{
	CHECK((fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK | O_APPEND)) == (O_RDWR | flags));
	CHECK(fcntl(fd, F_GETFD) == on_exec);
}

static void flags(void)
{
	for (int flag = 0; flag < 4; flag++) {
		const int how = (flag & 1 ? O_NONBLOCK : 0) | (flag & 2 ? O_CLOEXEC : 0);
		char c;

		open_pair(0, how);
		has_flags(master[0], how & O_NONBLOCK, flag >> 1);
		has_flags(slave[0], how & O_NONBLOCK, flag >> 1);
		CHECK(!nonblocking(master[0]) && !nonblocking(slave[0]));
		FAILS(read(master[0], &c, 1), EAGAIN);
		FAILS(read(slave[0], &c, 1), EAGAIN);
		close_pair(0);
	}
}

static void locks(void)
{
	int lock = 1, fd;

	open_pair(0, 0);
	for (int round = 0; round < 2; round++) {
		CHECK(!ioctl(master[0], TIOCSPTLCK, &lock));
		FAILS(open(name[0], O_RDWR | O_NOCTTY), EIO);
		lock = 0;
		CHECK(!ioctl(master[0], TIOCSPTLCK, &lock));
		CHECK((fd = open(name[0], O_RDWR | O_NOCTTY)) >= 0 && !close(fd));
		lock = 1;
	}
	CHECK(ioctl(slave[0], TIOCSPTLCK, &lock) == -1 && (errno == ENOTTY || errno == EINVAL));
	close_pair(0);
}

/* ---- what is kept ---- */

static struct words some_words(void)
{
	struct words w;

	for (int i = 0; i < 4; i++)
		w.flags[i] = draw(1 << 16) << 16 | draw(1 << 16);
	w.flags[2] = (w.flags[2] & 0xff0) | B9600 |
		     CS8; /* of speeds proc_pty tells more; a pty's bytes have 8 bits */
	w.flags[2] &= ~(uint32_t)PARENB;
	w.flags[2] |= CREAD;
	w.line = 0;
	for (int i = 0; i < 19; i++)
		w.cc[i] = (uint8_t)draw(256);
	return w;
}

static void words_come_back(void)
{
	for (int i = 0; i < 3; i++)
		open_pair(i, 0);
	for (int round = 0; round < 200; round++) {
		struct words w[3], got[2];

		for (int i = 0; i < 3; i++) {
			w[i] = some_words();
			CHECK(!ioctl(draw(2) ? slave[i] : master[i], SET_WORDS + draw(3), &w[i]));
		}
		for (int i = 0; i < 3; i++) {
			memset(got, 0x55, sizeof(got));
			CHECK(!ioctl(draw(2) ? slave[i] : master[i], GET_WORDS, got));
			CHECK(!memcmp(&got[0], &w[i], sizeof(w[i])));
			CHECK(got[1].flags[0] == 0x55555555); /* and no more is written */
			memcpy(at_the_end(sizeof(*w)), &w[i], sizeof(*w));
			CHECK(!ioctl(slave[i], SET_WORDS, at_the_end(sizeof(*w))));
			memset(at_the_end(sizeof(*w)), 0, sizeof(*w));
			CHECK(!ioctl(slave[i], GET_WORDS, at_the_end(sizeof(*w))));
			CHECK(!memcmp(at_the_end(sizeof(*w)), &w[i], sizeof(*w)));
		}
	}
	for (int i = 0; i < 3; i++)
		close_pair(i);
}

/* With its speeds, in baud, which the second form of these requests has besides. */
struct with_speeds {
	struct words w;
	uint32_t in, out;
};

#define GET_SPEEDS 0x802c542aul
#define SET_SPEEDS 0x402c542bul

static void speeds_come_back(void)
{
	static const uint32_t baud[] = { 0,       50,      75,      110,     134,     150,
					 200,     300,     600,     1200,    1800,    2400,
					 4800,    9600,    19200,   38400,   57600,   115200,
					 230400,  460800,  500000,  576000,  921600,  1000000,
					 1152000, 1500000, 2000000, 2500000, 3000000, 3500000,
					 4000000 };
	enum { RATES = sizeof(baud) / sizeof(baud[0]), OTHER = 0x1000 };

	open_pair(0, 0);
	for (uint32_t out = 1; out < RATES; out++)
		for (uint32_t in = 0; in < RATES; in++) {
			struct with_speeds set = { .w = some_words(), .in = 7, .out = 9 }, got[2];
			const uint32_t bits = (out > 15 ? OTHER + out - 15 : out) |
					      (in > 15 ? OTHER + in - 15 : in) << 16;

			set.w.flags[2] = (set.w.flags[2] & 0xff0) | bits;
			memset(got, 0x55, sizeof(got));
			CHECK(!ioctl(draw(2) ? slave[0] : master[0], SET_SPEEDS + draw(3), &set));
			CHECK(!ioctl(draw(2) ? slave[0] : master[0], GET_SPEEDS, got));
			CHECK(got[0].out == baud[out] && got[0].in == baud[in ? in : out]);
			CHECK(!memcmp(&got[0].w, &set.w, sizeof(set.w)) && got[1].in == 0x55555555);
		}
	FAILS(ioctl(slave[0], SET_SPEEDS, at_the_end(40)), EFAULT);
	FAILS(ioctl(slave[0], GET_SPEEDS, at_the_end(40)), EFAULT);
	close_pair(0);
}

/* Where one cannot read or write nothing changes. */
static void not_there(void)
{
	static const unsigned long requests[] = { TCGETS,     TCSETS,     TCSETSW,  TCSETSF,
						  TIOCGWINSZ, TIOCSWINSZ, FIONREAD, TIOCOUTQ };
	struct words before, after;
	unsigned number;

	open_pair(0, 0);
	CHECK(!ioctl(slave[0], GET_WORDS, &before));
	for (unsigned i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		FAILS(ioctl(slave[0], requests[i], nowhere), EFAULT);
		FAILS(ioctl(master[0], requests[i], nowhere), EFAULT);
		if (i < 6)
			FAILS(ioctl(slave[0], requests[i], at_the_end(i < 4 ? 32 : 4)), EFAULT);
	}
	FAILS(ioctl(master[0], TIOCGPTN, nowhere), EFAULT);
	FAILS(ioctl(master[0], TIOCSPTLCK, nowhere), EFAULT);
	CHECK(!ioctl(slave[0], GET_WORDS, &after) && !memcmp(&before, &after, sizeof(before)));
	CHECK(!ioctl(master[0], TIOCGPTN, &number) && number == (unsigned)atoi(name[0] + 9));
	raw(slave[0]);
	FAILS(write(slave[0], nowhere, 4), EFAULT);
	FAILS(write(master[0], nowhere, 4), EFAULT);
	CHECK(write(slave[0], nowhere, 0) == 0 && write(master[0], nowhere, 0) == 0);
	CHECK(write(slave[0], "abc", 3) == 3);
	FAILS(read(master[0], nowhere, 3), EFAULT);
	CHECK(write(master[0], "abc", 3) == 3);
	FAILS(read(slave[0], nowhere, 3), EFAULT);
	close_pair(0);
}

/* Their neighbours are what Linux knows. */
static void no_requests(void)
{
	static const unsigned long none[] = { 0x5400,     0x5415,     0x5416,     0x5417,
					      0x5418,     0x541f,     0x5426,     0x542a,
					      0x542b,     0x542c,     0x542d,     0x402c542a,
					      0x402c542e, 0x802c5429, 0x802c542b, 0x40045430,
					      0x80045431, 0,          0x7fffffff, 0xffffffff };
	uint32_t words[16] = { 0 };

	open_pair(0, 0);
	for (unsigned i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		for (int k = 0; k < 2; k++) {
			CHECK(ioctl(k ? master[0] : slave[0], none[i], words) == -1);
			CHECK(errno == ENOTTY || errno == EINVAL ||
			      (errno == EIO && getenv("REAL_MACHINE")));
		}
	CHECK(ioctl(slave[0], TIOCGPTN, words) == -1 && (errno == ENOTTY || errno == EINVAL));
	FAILS(ioctl(slave[0], TCFLSH, 3), EINVAL);
	FAILS(ioctl(slave[0], TCFLSH, minus_one), EINVAL);
	close_pair(0);
}

/* ---- no room ---- */

static uint8_t byte_at(int at)
{
	return (uint8_t)(at * 7 + at / 251);
}

static short events_of(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	CHECK(poll(&p, 1, 0) >= 0);
	return p.revents;
}

/* As much as goes in; pieces of a size that is drawn. */
static int fill(int fd, int at)
{
	static uint8_t piece[300];
	int again = 0;

	for (;;) {
		const int n = again ? 1 : 1 + (int)draw(sizeof(piece));
		ssize_t done;

		for (int i = 0; i < n; i++)
			piece[i] = byte_at(at + i);
		done = write(fd, piece, (size_t)n);
		if (done < 0) {
			CHECK(errno == EAGAIN);
			if (again++)
				return at;
			sleep_ms(2); /* another kernel may carry it on a little later */
			continue;
		}
		again = 0;
		CHECK(done > 0 && done <= n && at < MOST);
		at += (int)done;
	}
}

static void drain(int fd, int from, int to)
{
	static uint8_t got[500];

	while (from < to) {
		const size_t room = 1 + draw(sizeof(got));
		ssize_t n;

		while ((n = read(fd, got, room)) < 0 && errno == EAGAIN)
			sleep_ms(1);
		CHECK(n > 0 && (size_t)n <= room && n <= to - from);
		for (int i = 0; i < n; i++)
			CHECK(got[i] == byte_at(from + i));
		from += (int)n;
	}
}

/* Who waits for room goes on when there is some; a signal ends the wait, and what was written until then counts. */
static void waits_for_room(int from_slave)
{
	int at, more = 0, p[2];
	ssize_t n;
	pid_t pid;

	open_pair(0, O_NONBLOCK);
	raw(slave[0]);
	for (int round = 0; round < 3; round++) {
		const int to = from_slave ? slave[0] : master[0],
			  from = from_slave ? master[0] : slave[0];

		at = fill(to, 0);
		CHECK(at > 100 && !(events_of(to) & POLLOUT));
		FAILS(write(to, "x", 1), EAGAIN);
		CHECK(!pipe(p) && !fcntl(to, F_SETFL, O_RDWR));
		CHILD(pid)
		{
			uint8_t piece[64];

			for (int i = 0; i < 64; i++)
				piece[i] = byte_at(at + i);
			if (round == 2) {
				catch (SIGUSR1, 0);
				CHECK(write(p[1], "r", 1) == 1);
				n = write(to, piece, sizeof(piece));
				CHECK(caught == SIGUSR1 &&
				      ((n == -1 && errno == EINTR) || (n > 0 && n < 64)));
				n = n < 0 ? 0 : n;
				CHECK(write(p[1], &n, sizeof(n)) == sizeof(n));
			} else {
				for (int i = 0; i < 64; i += 8 * (1 + 7 * round))
					CHECK(write(to, piece + i, (size_t)(8 * (1 + 7 * round))) ==
					      8 * (1 + 7 * round));
			}
		}
		more = 64;
		if (round == 2) {
			char c;

			CHECK(read(p[0], &c, 1) == 1);
			sleep_ms(10);
			CHECK(!kill(pid, SIGUSR1) && read(p[0], &n, sizeof(n)) == sizeof(n));
			more = (int)n;
		}
		sleep_ms(1);
		drain(from, 0, at + more);
		expect_exit(pid, 0);
		CHECK(events_of(to) & POLLOUT);
		CHECK(!(events_of(from) & POLLIN) && !nonblocking(to));
		close(p[0]), close(p[1]);
	}
	close_pair(0);
}

/* What waits to be read is counted, and can be thrown away. */
static void counts(void)
{
	int n = 0;

	open_pair(0, O_NONBLOCK);
	raw(slave[0]);
	for (int round = 0; round < 30; round++) {
		const int in = 1 + (int)draw(200), out = 1 + (int)draw(200);
		static char bytes[200];
		struct pollfd p[2] = { { slave[0], POLLIN, 0 }, { master[0], POLLIN, 0 } };

		CHECK(write(master[0], bytes, (size_t)in) == in &&
		      write(slave[0], bytes, (size_t)out) == out);
		for (int i = 0; i < 2; i++)
			CHECK(poll(&p[i], 1, 20000) == 1);
		for (int i = 0; i < 100 && n != in; i++)
			CHECK(!ioctl(slave[0], FIONREAD, &n) && (n == in || !sched_yield()));
		CHECK(n == in);
		for (int i = 0; i < 100 && n != out; i++)
			CHECK(!ioctl(master[0], FIONREAD, &n) && (n == out || !sched_yield()));
		CHECK(n == out);
		if (round & 1)
			CHECK(!ioctl(slave[0], TCFLSH, TCIFLUSH) &&
			      !(events_of(slave[0]) & POLLIN));
		else
			CHECK(read(slave[0], bytes, sizeof(bytes)) == in);
		CHECK(!ioctl(slave[0], FIONREAD, &n) && n == 0);
		CHECK(read(master[0], bytes, sizeof(bytes)) == out &&
		      !(events_of(master[0]) & POLLIN));
	}
	close_pair(0);
}

/* ---- what stops, and goes on ---- */

static int can_write(int fd)
{
	return (events_of(fd) & POLLOUT) != 0;
}

/* A key may be a little on its way. */
static void becomes(int fd, int writable)
{
	for (int i = 0; i < 1000 && can_write(fd) != writable; i++)
		sleep_ms(1);
	CHECK(can_write(fd) == writable);
}

static void flow(int fd, int action)
{
	CHECK(!ioctl(fd, TCXONC, action));
}

static void reads_key(int fd, char key)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char c[2];

	CHECK(poll(&p, 1, 20000) == 1 && read(fd, c, sizeof(c)) == 1 && c[0] == key);
}

static void reads_nothing(int fd)
{
	char c;

	sleep_ms(2);
	FAILS(read(fd, &c, 1), EAGAIN);
}

/* Output by TCOOFF and TCOON, which ^S and ^Q are beside; TCIOFF and TCION send such a key. */
static void stops_and_starts(void)
{
	struct termios t;

	open_pair(0, O_NONBLOCK);
	raw(slave[0]);
	CHECK(!tcgetattr(slave[0], &t));
	t.c_iflag |= IXON;
	CHECK(!tcsetattr(slave[0], TCSANOW, &t));
	for (int k = 0; k < 2; k++) {
		FAILS(ioctl(k ? master[0] : slave[0], TCXONC, 4), EINVAL);
		FAILS(ioctl(k ? master[0] : slave[0], TCXONC, minus_one), EINVAL);
	}
	for (int round = 0; round < 2; round++) {
		flow(slave[0], TCOOFF);
		CHECK(!can_write(slave[0]) && can_write(master[0]));
		FAILS(write(slave[0], "x", 1), EAGAIN);
		CHECK(write(master[0], "\21", 1) == 1);
		flow(slave[0], TCIOFF); /* a held side sends none */
		flow(slave[0], TCION);
		reads_nothing(master[0]);
		CHECK(!can_write(slave[0]));
		flow(slave[0], TCOON);
		CHECK(can_write(slave[0]) && write(slave[0], "x", 1) == 1);
		reads_key(master[0], 'x');
	}
	CHECK(write(master[0], "\23", 1) == 1);
	becomes(slave[0], 0);
	flow(slave[0], TCOON); /* nobody has held it */
	CHECK(!can_write(slave[0]));
	flow(slave[0], TCION); /* past what is stopped so */
	reads_key(master[0], 17);
	CHECK(!can_write(slave[0]));
	flow(slave[0], TCOOFF);
	flow(slave[0], TCOON);
	CHECK(can_write(slave[0]));
	flow(slave[0], TCIOFF);
	reads_key(master[0], 19);
	/* A master's. */
	flow(master[0], TCOOFF);
	CHECK(!can_write(master[0]) && can_write(slave[0]));
	FAILS(write(master[0], "x", 1), EAGAIN);
	flow(master[0], TCIOFF);
	sleep_ms(2);
	CHECK(can_write(slave[0]));
	flow(master[0], TCOON);
	CHECK(can_write(master[0]));
	flow(master[0], TCIOFF);
	becomes(slave[0], 0);
	flow(master[0], TCION);
	becomes(slave[0], 1);
	/* Its keys are its own; without IXON they are bytes as others. */
	t.c_iflag &= ~(tcflag_t)IXON;
	t.c_cc[VSTOP] = 0; /* none */
	t.c_cc[VSTART] = 'b';
	flow(slave[0], TCOOFF);
	CHECK(!tcsetattr(slave[0], TCSANOW, &t) && !can_write(slave[0]));
	flow(slave[0], TCOON);
	flow(slave[0], TCIOFF);
	reads_nothing(master[0]);
	flow(slave[0], TCION);
	reads_key(master[0], 'b');
	flow(master[0], TCIOFF);
	reads_key(slave[0], 19);
	flow(master[0], TCION);
	reads_key(slave[0], 17);
	close_pair(0);
}

static void drain_all(int fd)
{
	char c[16];

	while (read(fd, c, sizeof(c)) > 0)
		;
	CHECK(errno == EAGAIN);
}

/* What a master throws away of what it has not read is what the slave wrote. */
static void thrown_away(void)
{
	open_pair(0, O_NONBLOCK);
	raw(slave[0]);
	for (int round = 0; round < 3; round++) {
		CHECK(write(slave[0], "out", 3) == 3 && write(master[0], "in", 2) == 2);
		for (int i = 0; i < 2; i++)
			CHECK(poll(&(struct pollfd){ i ? slave[0] : master[0], POLLIN, 0 }, 1,
				   20000) == 1);
		CHECK(!ioctl(round == 1 ? slave[0] : master[0], TCFLSH, TCIFLUSH));
		CHECK(!(events_of(round == 1 ? slave[0] : master[0]) & POLLIN));
		CHECK(events_of(round == 1 ? master[0] : slave[0]) & POLLIN);
		drain_all(master[0]), drain_all(slave[0]);
	}
	close_pair(0);
}

int main(void)
{
	if (getenv("REAL_MACHINE"))
		hurry();
	each_has_its_name();
	links();
	flags();
	locks();
	words_come_back();
	speeds_come_back();
	not_there();
	no_requests();
	waits_for_room(1);
	waits_for_room(0);
	counts();
	stops_and_starts();
	thrown_away();
	return 0;
}
