/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * chosen.c SEED: children give way, sleep for days and end, at random, and say so before they do. For
 * tests/schedule/chooser_test.c, which knows what each word means for who can run. Not a test of itself.
 */
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { CHILDREN = 4, ROUNDS = 6 };

static uint32_t state;

static uint32_t next(uint32_t n)
{
	state = state * 1103515245 + 12345;
	return (state >> 16) % n;
}

/* Its pid, what it is about to do, and for how many minutes. */
static void say(char what, int minutes)
{
	const int32_t words[3] = { (int32_t)syscall(SYS_getpid), what, minutes };

	if (syscall(SYS_write, 1, words, sizeof(words)) != sizeof(words))
		_exit(1);
}

static void child(uint32_t number)
{
	state = state * 31 + number;
	for (int i = 0; i < ROUNDS; i++) {
		if (next(2)) {
			say('y', 0);
			syscall(SYS_sched_yield);
		} else { /* of two deadlines the same minute is not drawn */
			const struct timespec t = { 60 * (time_t)(1 + next(30000)), 0 };

			say('s', (int)(t.tv_sec / 60));
			nanosleep(&t, NULL);
			say('d', 0);
		}
	}
	say('e', 0);
	_exit(0);
}

int main(int argc, char **argv)
{
	int end[2];
	char c;

	state = argc > 1 ? (uint32_t)atoi(argv[1]) : 1;
	if (pipe(end))
		return 1;
	for (uint32_t i = 0; i < CHILDREN; i++)
		if (!fork()) {
			close(end[0]);
			child(i);
		}
	close(end[1]);
	say('g', CHILDREN);
	if (read(end[0], &c, 1))
		return 1;
	say('x', 0);
	return 0;
}
