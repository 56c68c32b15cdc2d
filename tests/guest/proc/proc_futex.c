/* SPDX-License-Identifier: GPL-2.0-only */
/* proc_futex.c: futex(2), set_robust_list(2), clone(2)'s words of a thread. */
#include "proc.h"

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static uint32_t word, other;
static volatile int woken;

static int futex(uint32_t *at, int op, uint32_t value, const void *time, uint32_t *at2,
		 uint32_t value3)
{
	return (int)syscall(SYS_futex, at, op, value, time, at2, value3);
}

static void *wait_on_word(void *unused)
{
	while (futex(&word, FUTEX_WAIT, 0, NULL, NULL, 0))
		CHECK(errno == EINTR || errno == EAGAIN);
	__sync_fetch_and_add(&woken, 1);
	return unused;
}

static pthread_t threads[4];

static void start(int n, void *(*run)(void *))
{
	woken = 0;
	for (int i = 0; i < n; i++)
		CHECK(!pthread_create(&threads[i], NULL, run, NULL));
	sleep_ms(30);
	CHECK(!woken);
}

static void join(int n)
{
	for (int i = 0; i < n; i++)
		CHECK(!pthread_join(threads[i], NULL));
	CHECK(woken == n);
}

static void waits_and_wakes(void)
{
	struct timespec t = { 0, 20000000 }, bad = { 0, 1000000000 };
	int64_t begin = now_ms();

	word = 1;
	FAILS(futex(&word, FUTEX_WAIT, 0, NULL, NULL, 0), EAGAIN); /* another value */
	FAILS(futex(&word, FUTEX_WAIT, 1, &t, NULL, 0), ETIMEDOUT);
	CHECK(now_ms() - begin >= 19);
	FAILS(futex(&word, FUTEX_WAIT, 1, &bad, NULL, 0), EINVAL);
	FAILS(futex((uint32_t *)((char *)&word + 1), FUTEX_WAIT, 1, NULL, NULL, 0), EINVAL);
	FAILS(futex(nowhere, FUTEX_WAIT, 1, NULL, NULL, 0), EFAULT);
	FAILS(futex(&word, 77, 1, NULL, NULL, 0), ENOSYS);
	CHECK(futex(&word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0) == 0);
	word = 0;
	start(4, wait_on_word);
	CHECK(futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0) == 1);
	sleep_ms(20);
	CHECK(woken == 1);
	CHECK(futex(&word, FUTEX_WAKE, 2, NULL, NULL, 0) == 2);
	sleep_ms(20);
	CHECK(woken == 3);
	CHECK(futex(&word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0) == 1);
	join(4);
}

/* "wakes up a maximum of val waiters ... the remaining are removed and added to uaddr2" */
static void requeues(void)
{
	word = other = 0;
	start(4, wait_on_word);
	FAILS(futex(&word, FUTEX_CMP_REQUEUE, 1, (void *)1, &other, 5), EAGAIN);
	CHECK(futex(&word, FUTEX_CMP_REQUEUE, 1, (void *)2, &other, 0) == 3); /* woken and moved */
	sleep_ms(20);
	CHECK(woken == 1);
	CHECK(futex(&other, FUTEX_WAKE, 1, NULL, NULL, 0) == 1);
	sleep_ms(20);
	CHECK(woken == 2);
	CHECK(futex(&word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0) == 1);
	CHECK(futex(&other, FUTEX_WAKE, INT_MAX, NULL, NULL, 0) == 1);
	join(4);
}

/* Between processes a shared map's word is the same, wherever it lies. */
static void shared_ones(void)
{
	uint32_t *shared =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	CHECK(shared != MAP_FAILED);
	CHILD(pid)
	{
		while (!*shared)
			if (futex(shared, FUTEX_WAIT, 0, NULL, NULL, 0))
				CHECK(errno == EAGAIN);
		_exit(8);
	}
	sleep_ms(20);
	*shared = 1;
	CHECK(futex(shared, FUTEX_WAKE, 1, NULL, NULL, 0) == 1);
	expect_exit(pid, 8);
	catch (SIGUSR1, 0);
	CHILD(pid)
	{
		sleep_ms(20);
		kill(getppid(), SIGUSR1);
	}
	FAILS(futex(shared, FUTEX_WAIT, 1, NULL, NULL, 0), EINTR);
	CHECK(caught == SIGUSR1);
	expect_exit(pid, 0);
}

/* A mutex whose owner has died: FUTEX_OWNER_DIED, and one who waits is woken. */
static struct {
	struct robust_list_head head;
	struct {
		struct robust_list list;
		uint32_t word;
	} lock;
} * robust;

static void *die_with_it(void *unused)
{
	robust->head.list.next = &robust->lock.list;
	robust->lock.list.next = &robust->head.list;
	robust->head.futex_offset = offsetof(__typeof__(robust->lock), word);
	robust->head.list_op_pending = NULL;
	CHECK(!syscall(SYS_set_robust_list, &robust->head, sizeof(robust->head)));
	robust->lock.word = (uint32_t)syscall(SYS_gettid) | FUTEX_WAITERS;
	sleep_ms(20);
	syscall(SYS_exit, 0);
	return unused;
}

static void owners_die(void)
{
	struct robust_list_head *head = NULL;
	uint32_t held;
	size_t size;
	pthread_t t;

	robust = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(robust != MAP_FAILED);
	FAILS((int)syscall(SYS_set_robust_list, robust, 11), EINVAL);
	CHECK(!pthread_create(&t, NULL, die_with_it, NULL));
	while (!(held = *(volatile uint32_t *)&robust->lock.word))
		sleep_ms(1);
	while (*(volatile uint32_t *)&robust->lock.word == held)
		if (futex(&robust->lock.word, FUTEX_WAIT, held, NULL, NULL, 0))
			CHECK(errno == EAGAIN);
	CHECK((robust->lock.word & ~FUTEX_WAITERS) == FUTEX_OWNER_DIED);
	CHECK(!pthread_join(t, NULL)); /* CLONE_CHILD_CLEARTID: the C library waits for that word */
	CHECK(!syscall(SYS_get_robust_list, 0, &head, &size) && size == sizeof(*head));
	FAILS((int)syscall(SYS_get_robust_list, 99999, &head, &size), ESRCH);
}

static char stack[65536] __attribute__((aligned(16)));
static volatile pid_t seen, cleared = 1;

static int in_clone(void *unused)
{
	seen = (pid_t)syscall(SYS_gettid);
	syscall(SYS_exit, 0);
	return unused != NULL;
}

/* clone(2): CLONE_PARENT_SETTID, CLONE_CHILD_CLEARTID; flags that need others. */
static void clones(void)
{
	int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
		    CLONE_SYSVSEM | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
	volatile pid_t parent_tid = 0;
	pid_t tid =
		clone(in_clone, stack + sizeof(stack), flags, NULL, &parent_tid, NULL, &cleared);

	CHECK(tid > 0 && parent_tid == tid);
	while (cleared)
		sleep_ms(1);
	CHECK(seen == tid && tid != getpid());
	FAILS(clone(in_clone, stack + sizeof(stack), CLONE_SIGHAND, NULL), EINVAL);
	FAILS(clone(in_clone, stack + sizeof(stack), CLONE_THREAD, NULL), EINVAL);
	CHECK(!syscall(SYS_set_tid_address, NULL) || syscall(SYS_gettid) == getpid());
	/* Without SIGCHLD it must be asked for. */
	tid = clone(in_clone, stack + sizeof(stack), 0, NULL);
	CHECK(tid > 0);
	FAILS(waitpid(tid, NULL, 0), ECHILD);
	CHECK(waitpid(tid, NULL, __WCLONE) == tid);
	tid = clone(in_clone, stack + sizeof(stack), 0, NULL);
	CHECK(waitpid(tid, NULL, __WALL) == tid);
}

int main(void)
{
	hurry();
	waits_and_wakes();
	requeues();
	shared_ones();
	owners_die();
	clones();
	return 0;
}
