/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scarce.c: calls for which the host needs memory, by two processes that execute this program once more. Exits
 * with 42; with 91 if one fails, or says what is wrong.
 */
#define _GNU_SOURCE /* mremap */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void need(int good)
{
	if (!good)
		_exit(91);
}

static void *map(int flags, int fd)
{
	void *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, flags, fd, 0);

	need(p != MAP_FAILED);
	return p;
}

static void files(const char *self)
{
	char text[8], *page;
	struct stat st;
	int fd = open(self, O_RDONLY), made;

	need(fd >= 0 && !fstat(fd, &st) && read(fd, text, 4) == 4);
	page = map(MAP_PRIVATE, fd);
	errno = 0;
	need(!memcmp(page, text, 4));
	page[0] = 'x';
	made = open("/tmp/scarce-made", O_CREAT | O_RDWR | O_TRUNC, 0600);
	need(made >= 0 && write(made, text, 4) == 4 && !ftruncate(made, 5000));
	page = map(MAP_SHARED, made);
	page[4097] = 'y';
	need(pread(made, text, 1, 4097) == 1);
	errno = 0;
	need(text[0] == 'y');
	need(!mkdir("/tmp/scarce-folder", 0700) && !symlink("there", "/tmp/scarce-link"));
	need(!rename("/tmp/scarce-made", "/tmp/scarce-folder/made") && !close(made) && !close(fd));
	need(readlink("/tmp/scarce-link", text, sizeof(text)) == 5);
	page = mremap(page, 8192, 65536, MREMAP_MAYMOVE);
	need(page != MAP_FAILED || errno == EFAULT || errno == EINVAL); /* a shared one's stays */
}

static void names(void)
{
	char text[64];
	DIR *here;
	int fd;

	need(!chdir("/tmp/scarce-folder"));
	here = opendir(".");
	need(here != NULL);
	errno = 0;
	for (struct dirent *e; (e = readdir(here)) != NULL;)
		;
	need(errno == 0 && !closedir(here));
	fd = open("/proc/self/status", O_RDONLY);
	need(fd >= 0 && read(fd, text, sizeof(text)) > 0 && !close(fd));
	here = opendir("/proc/self");
	need(here != NULL && readdir(here) && !closedir(here));
}

/* A folder of the host's, which this program sees and nobody changes. */
static void not_free(void)
{
	need(mkdir("/usr", 0700) == -1 && errno == EEXIST);
	need(symlink("there", "/usr/bin") == -1 && errno == EEXIST);
	need(link("made", "/usr/bin") == -1 && errno == EEXIST);
	need(rmdir("/usr") == -1 && errno == ENOTEMPTY);
	need(!mkdir("folder", 0700));
	need(rename("folder", "/usr") == -1 && errno == ENOTEMPTY);
	need(!rmdir("folder"));
}

/* A script whose interpreter is this program: it is executed with two arguments more. */
static void script(const char *self)
{
	int fd = open("/tmp/scarce-script", O_CREAT | O_WRONLY, 0700);
	char line[256], *argv[] = { (char *)"script", NULL };

	snprintf(line, sizeof(line), "#!%s again\n", self);
	need(fd >= 0 && write(fd, line, strlen(line)) == (ssize_t)strlen(line) && !close(fd));
	execve("/tmp/scarce-script", argv, NULL);
	need(0);
}

static void waits(int from)
{
	const struct timespec little = { .tv_nsec = 1000 };
	struct epoll_event event = { .events = EPOLLIN };
	struct pollfd one = { .fd = from, .events = POLLIN };
	int set = epoll_create(1);

	need(set >= 0 && !epoll_ctl(set, EPOLL_CTL_ADD, from, &event));
	need(poll(&one, 1, 100) == 1 && epoll_wait(set, &event, 1, 100) == 1);
	need(!nanosleep(&little, NULL));
}

int main(int argc, char **argv)
{
	char c = 'c', *shared;
	int pair[2], status;
	pid_t pid;

	if (argc > 1) {
		free(malloc(300000));
		return write(1, "again\n", 6) == 6 ? 42 : 91;
	}
	shared = map(MAP_SHARED | MAP_ANONYMOUS, -1);
	need(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	files(argv[0]);
	names();
	not_free();
	pid = fork();
	need(pid >= 0);
	if (!pid) {
		shared[4096] = 'z';
		need(write(pair[1], &c, 1) == 1);
		script(argv[0]);
	}
	waits(pair[0]);
	need(waitpid(pid, &status, 0) == pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 42)
		_exit(91);
	errno = 0;
	need(shared[4096] == 'z');
	return 42;
}
