/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Threads as a C library makes them of clone and futexes: mutexes, conditions, barriers, semaphores,
 * cancellation, keys, signals to one of them; and how a process of several ends.
 */
#include "proc.h"

#include <pthread.h>
#include <semaphore.h>

enum { THREADS = 8, ROUNDS = 2000 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static sem_t semaphore;
static int counter, turn;

static pthread_t start(void *(*fn)(void *), intptr_t argument)
{
	pthread_t thread;

	CHECK(!pthread_create(&thread, NULL, fn, (void *)argument));
	return thread;
}

static intptr_t join(pthread_t thread)
{
	void *result;

	CHECK(!pthread_join(thread, &result));
	return (intptr_t)result;
}

static void *add(void *argument)
{
	for (int i = 0; i < ROUNDS; i++) {
		CHECK(!pthread_mutex_lock(&mutex));
		counter = counter + 1;
		CHECK(!pthread_mutex_unlock(&mutex));
	}
	return argument;
}

/* Each waits for its turn. */
static void *take_turns(void *argument)
{
	int self = (int)(intptr_t)argument;

	for (int i = 0; i < 50; i++) {
		CHECK(!pthread_mutex_lock(&mutex));
		while (turn != self)
			CHECK(!pthread_cond_wait(&condition, &mutex));
		turn = (turn + 1) % THREADS;
		counter++;
		CHECK(!pthread_cond_broadcast(&condition));
		CHECK(!pthread_mutex_unlock(&mutex));
	}
	return NULL;
}

static void *meet(void *argument)
{
	int last = 0;

	(void)argument;
	for (int i = 0; i < 20; i++)
		last += pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD;
	return (void *)(intptr_t)last;
}

static void *post(void *argument)
{
	for (int i = 0; i < 10; i++)
		CHECK(!sem_post(&semaphore));
	return argument;
}

static void all_together(void)
{
	pthread_t thread[THREADS];
	intptr_t sum = 0;

	for (int i = 0; i < THREADS; i++)
		thread[i] = start(add, i);
	for (int i = 0; i < THREADS; i++)
		CHECK(join(thread[i]) == i);
	CHECK(counter == THREADS * ROUNDS);

	counter = 0;
	for (int i = 0; i < THREADS; i++)
		thread[i] = start(take_turns, i);
	for (int i = 0; i < THREADS; i++)
		join(thread[i]);
	CHECK(counter == 50 * THREADS);

	CHECK(!pthread_barrier_init(&barrier, NULL, THREADS));
	for (int i = 0; i < THREADS; i++)
		thread[i] = start(meet, 0);
	for (int i = 0; i < THREADS; i++)
		sum += join(thread[i]);
	CHECK(sum == 20);

	CHECK(!sem_init(&semaphore, 0, 0));
	for (int i = 0; i < THREADS; i++)
		thread[i] = start(post, 0);
	for (int i = 0; i < 10 * THREADS; i++)
		CHECK(!sem_wait(&semaphore));
	for (int i = 0; i < THREADS; i++)
		join(thread[i]);
	FAILS(sem_trywait(&semaphore), EAGAIN);
}

/* ---- time ---- */

static void waits_have_an_end(void)
{
	struct timespec t;
	int64_t before = now_ms();

	CHECK(!clock_gettime(CLOCK_REALTIME, &t));
	t.tv_nsec += 50000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	CHECK(!pthread_mutex_lock(&mutex));
	CHECK(pthread_cond_timedwait(&condition, &mutex, &t) == ETIMEDOUT);
	CHECK(!pthread_mutex_unlock(&mutex));
	FAILS(sem_timedwait(&semaphore, &t), ETIMEDOUT);
	CHECK(now_ms() - before >= 49);
}

/* ---- cancellation ---- */

static int cleaned;

static void clean(void *argument)
{
	cleaned += (int)(intptr_t)argument;
}

static void *pauses(void *argument)
{
	pthread_cleanup_push(clean, argument);
	CHECK(!sem_post(&semaphore));
	for (;;)
		pause();
	pthread_cleanup_pop(0);
	return NULL;
}

static void *waits(void *argument)
{
	pthread_cleanup_push(clean, argument);
	CHECK(!pthread_mutex_lock(&mutex));
	CHECK(!sem_post(&semaphore));
	for (;;)
		pthread_cond_wait(&condition, &mutex);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *spins(void *argument)
{
	int old;

	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
	pthread_cleanup_push(clean, argument);
	CHECK(!sem_post(&semaphore));
	for (volatile int i = 0;; i++)
		;
	pthread_cleanup_pop(0);
	return NULL;
}

static void threads_are_cancelled(void)
{
	void *(*const how[])(void *) = { pauses, spins, waits };

	for (int i = 0; i < 3; i++) {
		pthread_t thread = start(how[i], 1 << i);

		CHECK(!sem_wait(&semaphore));
		CHECK(!pthread_cancel(thread));
		CHECK(join(thread) == (intptr_t)PTHREAD_CANCELED);
	}
	CHECK(cleaned == 7);
	CHECK(!pthread_mutex_unlock(&mutex)); /* who is cancelled in a wait has it again */
}

/* ---- a thread's own ---- */

static pthread_key_t key;
static int destroyed;

static void destroy(void *value)
{
	destroyed += (int)(intptr_t)value;
}

static void *own(void *argument)
{
	CHECK(!pthread_setspecific(key, argument));
	pthread_exit(pthread_getspecific(key));
}

static void *hears(void *argument)
{
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	CHECK(!sem_post(&semaphore));
	CHECK(!sigwait(&set, &sig));
	return argument ? (void *)(intptr_t)sig : NULL;
}

static void each_has_its_own(void)
{
	pthread_t thread[THREADS];
	sigset_t set;

	CHECK(!pthread_key_create(&key, destroy));
	for (int i = 0; i < THREADS; i++)
		thread[i] = start(own, i + 1);
	for (int i = 0; i < THREADS; i++)
		CHECK(join(thread[i]) == i + 1);
	CHECK(destroyed == THREADS * (THREADS + 1) / 2);

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	CHECK(!pthread_sigmask(SIG_BLOCK, &set, NULL));
	for (int i = 0; i < THREADS; i++) {
		thread[i] = start(hears, 1);
		CHECK(!sem_wait(&semaphore));
	}
	for (int i = THREADS - 1; i >= 0; i--) {
		CHECK(!pthread_kill(thread[i], SIGUSR1));
		CHECK(join(thread[i]) == SIGUSR1);
	}
}

/* ---- the end ---- */

static void *ends_all(void *argument)
{
	(void)argument;
	sleep_ms(5);
	exit(21);
}

static void *outlives(void *argument)
{
	(void)argument;
	sleep_ms(20);
	_exit(22);
}

static void *dies(void *argument)
{
	(void)argument;
	*(volatile int *)nowhere = 1;
	return NULL;
}

static void a_process_ends(void)
{
	pid_t pid;
	int status;

	CHILD(pid) /* while others run, wait and sleep */
	{
		start(spins, 0);
		start(pauses, 0);
		start(hears, 0);
		_exit(20);
	}
	expect_exit(pid, 20);
	CHILD(pid)
	{
		start(pauses, 0);
		start(ends_all, 0);
		for (;;)
			pause();
	}
	expect_exit(pid, 21);
	CHILD(pid) /* the first thread ends before */
	{
		start(outlives, 0);
		pthread_exit(NULL);
	}
	expect_exit(pid, 22);
	CHILD(pid)
	{
		start(spins, 0);
		start(dies, 0);
		for (;;)
			pause();
	}
	CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
	      WTERMSIG(status) == SIGSEGV);
	CHILD(pid) /* execve out of another thread has one afterwards, of the same number */
	{
		start(pauses, 0);
		start(spins, 0);
		execl("/proc/self/exe", "proc_pthreads", "again", NULL);
	}
	expect_exit(pid, 23);
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return 23;
	hurry();
	all_together();
	waits_have_an_end();
	threads_are_cancelled();
	each_has_its_own();
	a_process_ends();
	return 0;
}
