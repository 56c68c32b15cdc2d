/* SPDX-License-Identifier: GPL-2.0-only */
/* rows_thread.c: round trips of one machine, and of two in two threads: per machine. */
#include "bench/bench.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define TRIPS 200

enum { TWO = 1, WALL = 2 };

struct worker {
	sysemu_machine *m;
	pthread_barrier_t *start;
	double cpu, wall;
};

struct crew {
	struct worker worker[2];
	pthread_barrier_t start;
	unsigned n;
};

static const char *open_crew(struct bench *b)
{
	struct crew *crew = calloc(1, sizeof(*crew));
	size_t size;
	const void *code = program_code(GETPID_FOREVER, b->row->entry, &size);

	if (!crew)
		die("no memory");
	crew->n = b->row->what & TWO ? 2 : 1;
	pthread_barrier_init(&crew->start, NULL, crew->n);
	for (unsigned i = 0; i < crew->n; i++) {
		crew->worker[i].m =
			open_machine(b->row, SYSEMU_START_TRACED, SYSEMU_COUNT_BLOCKS, code, size);
		crew->worker[i].start = &crew->start;
		run_to(crew->worker[i].m, SYSEMU_EVENT_STOP);
	}
	b->more = crew;
	return NULL;
}

static void close_crew(struct bench *b)
{
	struct crew *crew = b->more;

	for (unsigned i = 0; i < crew->n; i++)
		sysemu_close(crew->worker[i].m);
	pthread_barrier_destroy(&crew->start);
	free(crew);
}

static double wall_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	double cpu, wall;

	pthread_barrier_wait(w->start);
	cpu = thread_seconds();
	wall = wall_seconds();
	for (unsigned i = 0; i < TRIPS; i++) {
		OK(w->m, sysemu_ptrace(w->m, SYSEMU_PTRACE_SYSEMU, 0, 0, NULL));
		run_to(w->m, SYSEMU_EVENT_STOP);
	}
	w->cpu = thread_seconds() - cpu;
	w->wall = wall_seconds() - wall;
	return NULL;
}

static double time_crew(struct bench *b, unsigned n)
{
	struct crew *crew = b->more;
	double sum = 0;

	for (unsigned k = 0; k < n; k++) {
		pthread_t thread[2];

		for (unsigned i = 0; i < crew->n; i++)
			if (pthread_create(&thread[i], NULL, work, &crew->worker[i]))
				die("no thread");
		for (unsigned i = 0; i < crew->n; i++) {
			pthread_join(thread[i], NULL);
			sum += b->row->what & WALL ? crew->worker[i].wall : crew->worker[i].cpu;
		}
	}
	return sum / crew->n;
}

#define CREW(row_name, row_what, row_about)                                                      \
	{                                                                                        \
		.name = "thread/" row_name, .about = row_about, .unit = "us",                    \
		.group = GROUP_THREAD, .batch = 1, .scale = US, .per = TRIPS, .open = open_crew, \
		.close = close_crew, .timed = time_crew, .what = row_what                        \
	}

const struct row thread_rows[] = {
	CREW("one", 0, "SYSEMU, run: one machine"),
	CREW("two", TWO, "the same, two machines in two threads: CPU time of each"),
	CREW("one/wall", WALL, "one machine, by the clock on the wall"),
	CREW("two/wall", TWO | WALL, "two machines, by the clock on the wall"),
	{ .name = NULL },
};
