/* SPDX-License-Identifier: GPL-2.0-only */
/* inside.c: whatever makes a machine call its caller: input, output, a call that nobody serves, two processes. */
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	int status;
	char c;

	syscall(SYS_mbind, 0, 0, 0, 0, 0, 0);
	if (!fork())
		return read(0, &c, 1) != 1;
	return wait(&status) < 0 || status || write(1, ".", 1) != 1;
}
