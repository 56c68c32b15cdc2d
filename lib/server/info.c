/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * info.c: who and where the program is: time, system, limits, identity, threads'
 * small calls, random bytes. All of it follows from the config and from the number of
 * retired instructions; nothing of the host shows.
 */
#include <stdio.h>
#include <string.h>

#include "lib/server/private.h"

#define SECOND 1000000000u

/* ---- time: one instruction is one nanosecond, and a sleep takes its length at once ---- */

/* With processes the guest knows what all have slept through. */
static uint64_t slept(const struct call *c)
{
	const sysemu_machine *m = c->m;

	if (!m->spaces)
		return c->s->st.slept;
	return sim_load32(m->sim, m->profile->clock_skew) |
	       (uint64_t)sim_load32(m->sim, m->profile->clock_skew + 4) << 32;
}

uint64_t nanoseconds(const struct call *c)
{
	return sim_get_counts(c->m->sim)->total + slept(c);
}

struct moment {
	int64_t sec;
	uint32_t nsec;
};

static int32_t clock_now(struct call *c, uint32_t clock, struct moment *out)
{
	enum {
		REALTIME,
		MONOTONIC,
		PROCESS_CPU,
		THREAD_CPU,
		MONOTONIC_RAW,
		REALTIME_COARSE,
		MONOTONIC_COARSE,
		BOOTTIME
	};
	uint64_t ns = nanoseconds(c);
	int64_t base = 0;

	switch (clock) {
	case REALTIME:
	case REALTIME_COARSE: base = c->m->config.epoch; break;
	case PROCESS_CPU:
	case THREAD_CPU: ns -= slept(c); break;
	case MONOTONIC:
	case MONOTONIC_RAW:
	case MONOTONIC_COARSE:
	case BOOTTIME: break;
	default: return -EINVAL;
	}
	*out = (struct moment){ base + (int64_t)(ns / SECOND), ns % SECOND };
	return 0;
}

static int32_t put_timespec(struct call *c, uint32_t addr, const struct moment *t)
{
	const uint32_t words[2] = { (uint32_t)t->sec, t->nsec };

	return user_put(c, addr, words, sizeof(words));
}

static int32_t put_timespec64(struct call *c, uint32_t addr, const struct moment *t)
{
	const int64_t words[2] = { t->sec, t->nsec };

	return user_put(c, addr, words, sizeof(words));
}

int32_t serve_clock_gettime(struct call *c)
{
	struct moment now;
	int32_t status = clock_now(c, c->arg[0], &now);

	return status ? status : put_timespec(c, c->arg[1], &now);
}

int32_t serve_clock_gettime64(struct call *c)
{
	struct moment now;
	int32_t status = clock_now(c, c->arg[0], &now);

	return status ? status : put_timespec64(c, c->arg[1], &now);
}

int32_t serve_clock_getres(struct call *c)
{
	const struct moment one = { .nsec = 1 };
	struct moment now;
	int32_t status = clock_now(c, c->arg[0], &now);

	return status || !c->arg[1] ? status : put_timespec(c, c->arg[1], &one);
}

int32_t serve_clock_getres64(struct call *c)
{
	const struct moment one = { .nsec = 1 };
	struct moment now;
	int32_t status = clock_now(c, c->arg[0], &now);

	return status || !c->arg[1] ? status : put_timespec64(c, c->arg[1], &one);
}

int32_t serve_gettimeofday(struct call *c)
{
	static const uint32_t greenwich[2];
	struct moment now;

	clock_now(c, 0, &now);
	now.nsec /= 1000; /* a timeval has microseconds there */
	if (c->arg[0] && put_timespec(c, c->arg[0], &now))
		return -EFAULT;
	return c->arg[1] ? user_put(c, c->arg[1], greenwich, sizeof(greenwich)) : 0;
}

int32_t serve_time(struct call *c)
{
	struct moment now;
	uint32_t sec;

	clock_now(c, 0, &now);
	sec = (uint32_t)now.sec;
	if (c->arg[0] && user_put(c, c->arg[0], &sec, sizeof(sec)))
		return -EFAULT;
	return (int32_t)sec;
}

int32_t sleep_for(struct call *c, int64_t sec, int64_t nsec)
{
	if (sec < 0 || nsec < 0 || nsec >= SECOND)
		return -EINVAL;
	/* The clock must not wrap: nobody sleeps for more than 68 years, or 146 in all. */
	if (sec <= INT32_MAX && c->s->st.slept < (uint64_t)1 << 62)
		c->s->st.slept += (uint64_t)sec * SECOND + (uint64_t)nsec;
	return 0;
}

static int32_t sleep_until(struct call *c, uint32_t clock, int64_t sec, int64_t nsec)
{
	struct moment now;
	int32_t status = clock_now(c, clock, &now);

	if (status)
		return status;
	if (sec < 0 || nsec < 0 || nsec >= SECOND)
		return -EINVAL;
	sec -= now.sec;
	nsec -= now.nsec;
	if (nsec < 0) {
		sec--;
		nsec += SECOND;
	}
	return sec < 0 ? 0 : sleep_for(c, sec, nsec);
}

/* In ticks of USER_HZ: a program's own time is its region's instructions, the kernel's all
 * others'; sleeps are in the elapsed time alone. */
int32_t serve_times(struct call *c)
{
	const uint64_t tick = SECOND / USER_HZ;
	sysemu_counts counts;
	uint32_t tms[4] = { 0 }; /* user, system, and both of the children */

	sysemu_get_counts(c->m, &counts);
	tms[0] = (uint32_t)(counts.insns[SYSEMU_REGION_USER] / tick);
	tms[1] = (uint32_t)(sysemu_kernel_insns(&counts) / tick);
	if (c->arg[0] && user_put(c, c->arg[0], tms, sizeof(tms)))
		return -EFAULT;
	return (int32_t)(nanoseconds(c) / tick);
}

int32_t serve_nanosleep(struct call *c)
{
	int32_t t[2];

	return user_get(c, c->arg[0], t, sizeof(t)) ? -EFAULT : sleep_for(c, t[0], t[1]);
}

static int32_t clock_sleep(struct call *c, int64_t sec, int64_t nsec)
{
	enum { TIMER_ABSTIME = 1 };
	struct moment now;
	int32_t status = clock_now(c, c->arg[0], &now);

	if (status)
		return status;
	if (c->arg[1] & TIMER_ABSTIME)
		return sleep_until(c, c->arg[0], sec, nsec);
	return sleep_for(c, sec, nsec);
}

int32_t serve_clock_nanosleep(struct call *c)
{
	int32_t t[2];

	return user_get(c, c->arg[2], t, sizeof(t)) ? -EFAULT : clock_sleep(c, t[0], t[1]);
}

int32_t serve_clock_nanosleep64(struct call *c)
{
	int64_t t[2];

	/* A 32-bit program may leave rubbish in the upper half of tv_nsec. */
	return user_get(c, c->arg[2], t, sizeof(t)) ? -EFAULT : clock_sleep(c, t[0], (int32_t)t[1]);
}

/* ---- the system ---- */

/* glibc 2.36 asks a static program's kernel for no version any more, so the guest may
 * say what it is; older ones want 3.2.0 at least ("FATAL: kernel too old"). */
int32_t serve_uname(struct call *c)
{
	char uts[6][65] = { "Linux", "sysemu", "2.6.11-sysemu", "#1 2005-03-02", "i686", "(none)" };

	return user_put(c, c->arg[0], uts, sizeof(uts));
}

struct sysinfo {
	uint32_t uptime, loads[3], totalram, freeram, sharedram, bufferram, totalswap, freeswap;
	uint16_t procs, pad;
	uint32_t totalhigh, freehigh, mem_unit;
	uint8_t fill[8];
};
static_assert(sizeof(struct sysinfo) == 64, "struct sysinfo of i386");

int32_t serve_sysinfo(struct call *c)
{
	const struct sysinfo info = {
		.uptime = (uint32_t)(nanoseconds(c) / SECOND),
		.procs = 1,
		.totalram = c->m->config.user_pages,
		.freeram = c->m->config.user_pages,
		.mem_unit = PAGE_SIZE,
	};

	return user_put(c, c->arg[0], &info, sizeof(info));
}

/* ---- limits ---- */

#define RLIMITS       16u
#define RLIM_INFINITY 0xffffffffu

static uint32_t limit_of(const struct call *c, uint32_t resource)
{
	enum { STACK = 3, CORE = 4, NPROC = 6, NOFILE = 7, AS = 9 };

	switch (resource) {
	case STACK: return c->s->st.memory.stack_pages * PAGE_SIZE;
	case CORE: return 0;
	case NPROC: return 1;
	case NOFILE: return fd_limit(c);
	case AS:
		return c->m->config.user_pages <= c->m->profile->task_size / PAGE_SIZE ?
			       c->m->config.user_pages * PAGE_SIZE :
			       RLIM_INFINITY;
	default: return RLIM_INFINITY;
	}
}

static int32_t put_limit(struct call *c, uint32_t infinity)
{
	uint32_t limit = limit_of(c, c->arg[0]);
	uint32_t both[2] = { limit, limit };

	if (c->arg[0] >= RLIMITS)
		return -EINVAL;
	if (limit > infinity)
		both[0] = both[1] = infinity;
	return user_put(c, c->arg[1], both, sizeof(both));
}

int32_t serve_ugetrlimit(struct call *c)
{
	return put_limit(c, RLIM_INFINITY);
}

int32_t serve_getrlimit(struct call *c)
{
	return put_limit(c, INT32_MAX);
}

/* Limits can be asked for, not changed; with processes a change is accepted, of no effect. */
int32_t serve_prlimit64(struct call *c)
{
	uint32_t limit = limit_of(c, c->arg[1]);
	uint64_t both[2] = { limit, limit };

	if (c->m->spaces ? !find_task(c->m, (int32_t)c->arg[0]) :
			   c->arg[0] != 0 && c->arg[0] != c->m->profile->pid_program)
		return -ESRCH;
	if (c->arg[1] >= RLIMITS)
		return -EINVAL;
	if (c->arg[2] && !c->m->spaces)
		return -EPERM;
	if (limit == RLIM_INFINITY)
		both[0] = both[1] = UINT64_MAX;
	return c->arg[3] ? user_put(c, c->arg[3], both, sizeof(both)) : 0;
}

/* ---- identity ---- */

int32_t serve_getpid(struct call *c)
{
	return (int32_t)c->m->profile->pid_program;
}

/* What the guest's own getppid would say. */
int32_t serve_getppid(struct call *c)
{
	sysemu_task task;

	return sysemu_task_info(c->m, 0, &task) ? (int32_t)c->m->profile->pid_init : task.ppid;
}

/* The program is root, as its auxiliary vector says. */
int32_t serve_zero(struct call *c)
{
	(void)c;
	return 0;
}

/* It is in no supplementary group. */
int32_t serve_getgroups(struct call *c)
{
	return (int32_t)c->arg[0] < 0 ? -EINVAL : 0;
}

static int32_t set_switch(uint32_t *what, uint32_t value)
{
	if (value > 1)
		return -EINVAL;
	*what = value;
	return 0;
}

/* Cut to 15 characters; behind its end there are zeros. */
static int32_t set_name(struct call *c, uint32_t addr)
{
	char name[TASK_NAME] = "";
	uint32_t length = user_span(c, addr, TASK_NAME - 1, false);

	if (length == 0 || sysemu_read(c->m, addr, name, length) ||
	    (length < TASK_NAME - 1 && !memchr(name, '\0', length)))
		return -EFAULT;
	strncpy(c->s->st.task.name, name, TASK_NAME);
	return 0;
}

/* What prctl(2) had in 2005 and a program may change. */
int32_t serve_prctl(struct call *c)
{
	enum {
		SET_PDEATHSIG = 1,
		GET_PDEATHSIG,
		GET_DUMPABLE,
		SET_DUMPABLE,
		GET_KEEPCAPS = 7,
		SET_KEEPCAPS,
		SET_NAME = 15,
		GET_NAME
	};
	struct task_settings *task = &c->s->st.task;
	uint32_t value = c->arg[1];

	switch (c->arg[0]) {
	case SET_PDEATHSIG:
		if (value > SIGNALS)
			return -EINVAL;
		task->death_signal = value;
		return 0;
	case GET_PDEATHSIG: return user_put(c, value, &task->death_signal, sizeof(uint32_t));
	case GET_DUMPABLE: return (int32_t)task->dumpable;
	case SET_DUMPABLE: return set_switch(&task->dumpable, value);
	case GET_KEEPCAPS: return (int32_t)task->keep_caps;
	case SET_KEEPCAPS: return set_switch(&task->keep_caps, value);
	case SET_NAME: return set_name(c, value);
	case GET_NAME: return user_put(c, value, task->name, TASK_NAME);
	default: return -EINVAL;
	}
}

/* ---- threads: there is one ---- */

int32_t serve_set_tid_address(struct call *c)
{
	return (int32_t)c->m->profile->pid_program;
}

int32_t serve_set_robust_list(struct call *c)
{
	return c->arg[1] == 12 ? 0 : -EINVAL;
}

/* Known and refused: glibc does without. */
int32_t serve_rseq(struct call *c)
{
	(void)c;
	return -ENOSYS;
}

#define TLS_ENTRIES (GDT_ENTRY_TLS_MAX - GDT_ENTRY_TLS_MIN + 1)

int32_t serve_set_thread_area(struct call *c)
{
	struct user_desc desc;
	uint32_t index;
	int32_t status;

	if (user_get(c, c->arg[0], &desc, sizeof(desc)))
		return -EFAULT;
	index = desc.entry_number;
	if (index == UINT32_MAX) {
		for (index = 0; index < TLS_ENTRIES && c->s->st.tls_used & 1u << index; index++)
			;
		if (index == TLS_ENTRIES)
			return -ESRCH;
		index += GDT_ENTRY_TLS_MIN;
		if (user_put(c, c->arg[0], &index, sizeof(index)))
			return -EFAULT;
		desc.entry_number = index;
	}
	status = tracer_request(c, SYSEMU_PTRACE_SET_THREAD_AREA, index, &desc, sizeof(desc));
	if (!status)
		c->s->st.tls_used |= 1u << (index - GDT_ENTRY_TLS_MIN);
	return status;
}

int32_t serve_get_thread_area(struct call *c)
{
	struct user_desc desc;
	int32_t status;

	if (user_get(c, c->arg[0], &desc, sizeof(desc)))
		return -EFAULT;
	status = tracer_request(c, SYSEMU_PTRACE_GET_THREAD_AREA, desc.entry_number, &desc,
				sizeof(desc));
	return status ? status : user_put(c, c->arg[0], &desc, sizeof(desc));
}

/* ---- random bytes ---- */

/* A stream of its own from the config's seed; the same in every run. */
void random_fill(struct call *c, void *buf, uint32_t size)
{
	uint8_t *at = buf;
	uint64_t word;

	for (uint32_t done = 0, now; done < size; done += now) {
		now = size - done < sizeof(word) ? size - done : (uint32_t)sizeof(word);
		word = random_next(&c->s->st.random);
		memcpy(at + done, &word, now);
	}
}

int32_t serve_getrandom(struct call *c)
{
	enum { NONBLOCK = 1, RANDOM = 2, INSECURE = 4, MOST = 0x1ffffff };
	uint32_t addr = c->arg[0], size = c->arg[1] < MOST ? c->arg[1] : MOST;
	uint8_t bytes[256];

	if (c->arg[2] & ~(uint32_t)(NONBLOCK | RANDOM | INSECURE))
		return -EINVAL;
	if (user_span(c, addr, size, true) < size)
		return -EFAULT;
	for (uint32_t done = 0, now; done < size; done += now) {
		now = size - done < sizeof(bytes) ? size - done : (uint32_t)sizeof(bytes);
		random_fill(c, bytes, now);
		user_put(c, addr + done, bytes, now);
	}
	return (int32_t)size;
}

/* With processes: calls of which nothing is seen but that they are accepted. */
int32_t serve_accepted(struct call *c)
{
	(void)c;
	return 0;
}
