/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * served.c: devices, poll, select, prctl, mremap and times, line by line what they answer. Only
 * what the manual pages fix is printed, so that a real kernel's lines are the same.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <termios.h>
#include <unistd.h>

#define PAGE 4096

static void *volatile nowhere = (void *)16; /* the compiler knows nothing of it */

/* "what = 3" or "what = ENOENT" */
static void say(const char *what, long result)
{
	if (result == -1)
		printf("%s = %s\n", what, strerrorname_np(errno));
	else
		printf("%s = %ld\n", what, result);
	errno = 0;
}

#define SAY(call) say(#call, (long)(call))

/* ---- devices ---- */

static void look_at(const char *name)
{
	struct stat st = { 0 };
	struct termios tio;
	char buf[64];
	int fd = open(name, O_RDWR), zeros = 1;

	printf("-- %s\n", name);
	SAY(stat(name, &st));
	printf("%o %u:%u, %ld bytes\n", st.st_mode, major(st.st_rdev), minor(st.st_rdev),
	       (long)st.st_size);
	memset(buf, 0x55, sizeof(buf));
	SAY(read(fd, buf, sizeof(buf)));
	for (unsigned i = 0; i < sizeof(buf); i++)
		zeros &= !buf[i];
	printf("zeros: %d\n", zeros);
	SAY(read(fd, nowhere, 8));
	SAY(write(fd, buf, sizeof(buf)));
	SAY(write(fd, nowhere, 8));
	SAY(writev(fd, (struct iovec[2]){ { buf, 3 }, { buf, 4 } }, 2));
	SAY(lseek(fd, 10, SEEK_SET));
	SAY(lseek(fd, 0, SEEK_CUR));
	SAY(pread(fd, buf, 4, 100));
	SAY(tcgetattr(fd, &tio));
	SAY(fcntl(fd, F_GETFL) & O_ACCMODE);
	SAY(poll(&(struct pollfd){ fd, POLLIN, 0 }, 1, 0));
	SAY(fstat(fd, &st));
	SAY(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED ? -1 : 0);
	SAY(close(fd));
	SAY(access(name, R_OK | W_OK));
	SAY(access(name, X_OK));
	SAY(readlink(name, buf, sizeof(buf)));
}

static void open_them(void)
{
	char *zeros;
	int fd;

	printf("-- open\n");
	SAY(open("/dev/null", O_RDWR | O_CREAT | O_EXCL, 0600));
	SAY(open("/dev/null", O_RDONLY | O_DIRECTORY));
	SAY(open("/dev/null/", O_RDONLY));
	SAY(open("/dev/null/x", O_RDONLY));
	SAY((fd = open("/dev/../dev//./null", O_WRONLY | O_CREAT | O_TRUNC, 0600)) >= 0);
	SAY(read(fd, &fd, 1));
	SAY(close(fd));
	SAY((fd = open("/dev/full", O_RDONLY)) >= 0);
	SAY(write(fd, "x", 1));
	SAY(close(fd));
	SAY((fd = open("/dev/zero", O_RDONLY)) >= 0);
	SAY(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0);
	zeros = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	SAY(zeros != MAP_FAILED && !zeros[17] && (zeros[17] = 1));
	SAY(close(fd));
}

/* Standard output to a full disk: what stdio makes of it. */
static void fill(void)
{
	FILE *f = fopen("/dev/full", "w");

	printf("-- stdio\n");
	SAY(fputs("text", f));
	SAY(fflush(f));
	SAY(ferror(f) != 0);
	fclose(f);
}

/* ---- poll and select ---- */

static void wait_for(void)
{
	struct pollfd p[3] = { { open("/dev/null", O_RDWR), POLLIN | POLLOUT | POLLPRI, 0 },
			       { -1, POLLIN, 7 },
			       { 63, POLLIN, 0 } };
	struct timeval tv = { 0, 2000 }, bad = { -1, 0 };
	fd_set in, out;
	int fd = p[0].fd;

	printf("-- poll\n");
	SAY(poll(p, 3, -1));
	printf("%x %x %x\n", p[0].revents, p[1].revents, p[2].revents);
	SAY(poll(nowhere, 1, 0));
	SAY(poll(NULL, 0, 3));
	SAY(poll(p + 1, 1, 3));
	SAY(ppoll(p, 1, &(struct timespec){ 1, 0 }, NULL));
	SAY(ppoll(p, 1, &(struct timespec){ 1, 1000000000 }, NULL));
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(fd, &in);
	FD_SET(fd, &out);
	SAY(select(fd + 1, &in, &out, NULL, NULL));
	SAY(FD_ISSET(fd, &in) + 2 * FD_ISSET(fd, &out));
	SAY(select(fd, &in, NULL, NULL, &tv)); /* fd is not below fd */
	SAY(select(0, NULL, NULL, NULL, &tv));
	SAY(select(-1, NULL, NULL, NULL, &tv));
	SAY(select(0, NULL, NULL, NULL, &bad));
	SAY(close(fd));
	FD_ZERO(&in);
	FD_SET(fd, &in);
	SAY(select(fd + 1, &in, NULL, NULL, NULL));
	SAY(select(fd + 1, nowhere, NULL, NULL, NULL));
}

/* ---- prctl and the like ---- */

static void be_somebody(void)
{
	char name[16];
	int sig = -1;

	printf("-- prctl\n");
	SAY(prctl(PR_GET_NAME, name));
	puts(name);
	SAY(prctl(PR_SET_NAME, "a name of more than fifteen"));
	SAY(prctl(PR_GET_NAME, name));
	puts(name);
	SAY(prctl(PR_SET_NAME, nowhere));
	SAY(prctl(PR_GET_NAME, nowhere));
	SAY(prctl(PR_GET_DUMPABLE));
	SAY(prctl(PR_SET_DUMPABLE, 0));
	SAY(prctl(PR_GET_DUMPABLE));
	SAY(prctl(PR_SET_DUMPABLE, 7));
	SAY(prctl(PR_SET_PDEATHSIG, SIGUSR1));
	SAY(prctl(PR_GET_PDEATHSIG, &sig));
	SAY(sig);
	SAY(prctl(PR_SET_PDEATHSIG, 65));
	SAY(prctl(PR_GET_PDEATHSIG, nowhere));
	SAY(prctl(PR_SET_KEEPCAPS, 1));
	SAY(prctl(PR_GET_KEEPCAPS));
	SAY(prctl(PR_SET_KEEPCAPS, 2));
	SAY(prctl(12345));
	SAY(syscall(SYS_getgroups32, -1, NULL));
	SAY(getgroups(0, NULL) >= 0);
	SAY(syscall(SYS_times, nowhere));
	SAY(sysconf(_SC_CLK_TCK));
	SAY(getdomainname(name, sizeof(name)));
}

/* ---- mremap ---- */

#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define RW   (PROT_READ | PROT_WRITE)

static int holds(const char *at, unsigned pages)
{
	for (unsigned i = 0; i < pages; i++)
		if (at[i * PAGE] != (char)(i + 1))
			return 0;
	return 1;
}

static void move(void)
{
	char *place = mmap(NULL, 64 * PAGE, PROT_NONE, ANON, -1, 0), *moved;

	printf("-- mremap\n");
	munmap(place, 64 * PAGE); /* free, below what else is there */
	mmap(place, 4 * PAGE, RW, ANON | MAP_FIXED, -1, 0);
	for (unsigned i = 0; i < 4; i++)
		place[i * PAGE] = (char)(i + 1);
	SAY(mremap(place + 1, PAGE, PAGE, 0) == MAP_FAILED ? -1 : 0);
	SAY(mremap(place, PAGE, 0, 0) == MAP_FAILED ? -1 : 0);
	SAY(mremap(place, 0, PAGE, MREMAP_MAYMOVE) == MAP_FAILED ? -1 : 0);
	SAY(mremap(place, PAGE, PAGE, 64) == MAP_FAILED ? -1 : 0);
	SAY(mremap(place, PAGE, PAGE, MREMAP_FIXED, place + 32 * PAGE) == MAP_FAILED ? -1 : 0);
	SAY(mremap(place, 8 * PAGE, 9 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED ? -1 : 0);
	SAY(mremap(place + 16 * PAGE, PAGE, 2 * PAGE, 0) == MAP_FAILED ? -1 : 0);
	SAY(mremap(place, 4 * PAGE, 3 * PAGE + 1, 0) == place);
	SAY(mremap(place, 4 * PAGE, 6 * PAGE, 0) == place);
	SAY(holds(place, 4) && !place[4 * PAGE] && (place[6 * PAGE - 1] = 1));
	SAY(mremap(place, 6 * PAGE, 4 * PAGE, 0) == place);
	SAY(mprotect(place + 4 * PAGE, PAGE, RW)); /* gone */
	mmap(place + 4 * PAGE, PAGE, PROT_READ, ANON | MAP_FIXED, -1, 0);
	SAY(mremap(place, 4 * PAGE, 5 * PAGE, 0) == MAP_FAILED ? -1 : 0);
	moved = mremap(place, 4 * PAGE, 8 * PAGE, MREMAP_MAYMOVE);
	SAY(moved != MAP_FAILED && moved != place && holds(moved, 4) && !moved[7 * PAGE]);
	SAY(mprotect(place, PAGE, RW));
	SAY(mremap(moved, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, moved + 2 * PAGE) ==
			    MAP_FAILED ?
		    -1 :
		    0);
	SAY(mremap(moved, 4 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place) == place);
	SAY(holds(place, 2));
	SAY(mremap(moved, 2 * PAGE, 3 * PAGE, 0) == MAP_FAILED ? -1 : 0);
}

int main(int argc, char **argv)
{
	static const char *const names[] = { "/dev/null", "/dev/zero", "/dev/full", "/dev/urandom",
					     "/dev/random" };

	(void)argc;
	(void)argv;
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		look_at(names[i]);
	open_them();
	fill();
	wait_for();
	be_somebody();
	move();
	return 0;
}
