/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * machine.c: opening a machine and loading a program file, with the messages
 * that go to stderr when this fails.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

void cli_say(const char *format, ...)
{
	va_list args;

	fputs("sysemu: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	putc('\n', stderr);
}

int cli_fail(sysemu_machine *m, const char *doing)
{
	cli_say("%s: %s", doing, sysemu_errmsg(m));
	return CLI_INTERNAL;
}

int cli_open(const struct cli_machine *which, sysemu_start start, sysemu_machine **out)
{
	sysemu_config config = { .kernel = which->kernel,
				 .entry = (sysemu_entry)which->entry,
				 .start = start,
				 .timing = which->timing };
	sysemu_status status = sysemu_open(&config, out);

	if (status == SYSEMU_OK)
		return CLI_OK;
	cli_say("%s", sysemu_errmsg(NULL));
	return status == SYSEMU_EKERNEL || status == SYSEMU_EINVAL ? CLI_USAGE : CLI_INTERNAL;
}

static bool read_all(int fd, char *buf, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = read(fd, buf + done, size - done);

		if (n == 0)
			errno = EIO; /* it shrank while we read */
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

/* The bytes of an open regular file in malloc'ed memory; NULL with errno. */
static char *read_regular(int fd, size_t *size)
{
	struct stat st;
	char *data;

	if (fstat(fd, &st) != 0)
		return NULL;
	if (!S_ISREG(st.st_mode)) {
		errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
		return NULL;
	}
	*size = (size_t)st.st_size;
	data = malloc(*size + 1); /* an empty file is the loader's to refuse */
	if (data && !read_all(fd, data, *size)) {
		free(data);
		return NULL;
	}
	return data;
}

char *cli_read_file(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *data;

	if (fd < 0)
		return NULL;
	data = read_regular(fd, size);
	close(fd);
	return data;
}

bool cli_load_file(sysemu_machine *m, char *const argv[], char *const envp[])
{
	sysemu_status status;
	size_t size;
	char *data = cli_read_file(argv[0], &size);

	if (!data) {
		cli_say("%s: %s", argv[0], strerror(errno));
		return false;
	}
	status = sysemu_load_elf(m, data, size, argv, envp);
	free(data);
	if (status != SYSEMU_OK)
		cli_fail(m, argv[0]);
	return status == SYSEMU_OK;
}
