/* SPDX-License-Identifier: GPL-2.0-only */
/* cat.c: copies the files of its arguments to standard output; for one that cannot be
 * opened, the errno. Opens for writing what follows a `+`. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char buf[4096];
	ssize_t n;

	for (int i = 1; i < argc; i++) {
		int writing = argv[i][0] == '+';
		int fd = open(argv[i] + writing, writing ? O_WRONLY | O_CREAT : O_RDONLY, 0644);

		if (fd < 0) {
			printf("errno %d\n", errno);
			fflush(stdout);
			continue;
		}
		while ((n = read(fd, buf, sizeof(buf))) > 0)
			if (write(1, buf, n) != n)
				return 1;
		close(fd);
	}
	return 0;
}
