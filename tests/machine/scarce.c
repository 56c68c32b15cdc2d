/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scarce.c: malloc's four functions and strdup, strndup for the whole process. They count the calls that come from the executable
 * itself: the library is linked into it; Unicorn, Capstone and the C library are not. Under
 * ASan the next allocator is ASan's.
 */
#define _GNU_SOURCE
#include "tests/machine/scarce.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

extern const char __executable_start[], etext[];

enum { EARLY = 65536, LIVE = 1 << 16 };

static void *(*next_malloc)(size_t);
static void *(*next_calloc)(size_t, size_t);
static void *(*next_realloc)(void *, size_t);
static void (*next_free)(void *);

static uint64_t counted, fail_at;
static bool armed, failed;
static void *live[LIVE]; /* an open hash table; TOMB where a block was freed */
static unsigned nlive;
static char tomb;
#define TOMB ((void *)&tomb)

/* dlsym itself may allocate: that much comes from here, and is never freed. */
static char early[EARLY] __attribute__((aligned(16)));
static size_t early_used;
static bool looking;

static void *early_alloc(size_t size)
{
	void *p = early + early_used;

	size = (size + 15) & ~(size_t)15;
	if (size > EARLY - early_used)
		return NULL;
	early_used += size;
	return p;
}

static bool is_early(const void *p)
{
	return (const char *)p >= early && (const char *)p < early + EARLY;
}

/* True: the caller is to use the next allocator. */
static bool ready(void)
{
	if (next_free)
		return true;
	if (looking)
		return false;
	looking = true;
	*(void **)&next_malloc = dlsym(RTLD_NEXT, "malloc");
	*(void **)&next_calloc = dlsym(RTLD_NEXT, "calloc");
	*(void **)&next_realloc = dlsym(RTLD_NEXT, "realloc");
	*(void **)&next_free = dlsym(RTLD_NEXT, "free");
	looking = false;
	return true;
}

static size_t slot_of(const void *p)
{
	return ((uintptr_t)p >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 48;
}

static void *remember(void *p)
{
	size_t i = slot_of(p);

	if (!p)
		return p;
	while (live[i] && live[i] != TOMB)
		i = (i + 1) % LIVE;
	live[i] = p;
	nlive++;
	return p;
}

static void forget(const void *p)
{
	size_t i = slot_of(p);

	while (live[i] && live[i] != p)
		i = (i + 1) % LIVE;
	if (live[i]) {
		live[i] = TOMB;
		nlive--;
	}
}

static bool ours(const void *caller)
{
	return armed && (const char *)caller >= __executable_start && (const char *)caller < etext;
}

static bool must_fail(void)
{
	if (++counted != fail_at)
		return false;
	failed = true;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void *realloc(void *p, size_t size);
void free(void *p);
char *strdup(const char *text);
char *strndup(const char *text, size_t most);

void *malloc(size_t size)
{
	if (!ready())
		return early_alloc(size);
	if (!ours(__builtin_return_address(0)))
		return next_malloc(size);
	return must_fail() ? NULL : remember(next_malloc(size));
}

void *calloc(size_t n, size_t size)
{
	if (!ready())
		return early_alloc(n * size); /* of zeros */
	if (!ours(__builtin_return_address(0)))
		return next_calloc(n, size);
	return must_fail() ? NULL : remember(next_calloc(n, size));
}

void *realloc(void *p, size_t size)
{
	void *bigger;

	if (!ready() || is_early(p))
		return NULL;
	if (!ours(__builtin_return_address(0)))
		return next_realloc(p, size);
	if (must_fail())
		return NULL;
	bigger = next_realloc(p, size);
	if (bigger) {
		if (p)
			forget(p);
		remember(bigger);
	}
	return bigger;
}

/* The C library's own would be malloc's caller; these are. */
char *strndup(const char *text, size_t most)
{
	size_t n = strnlen(text, most);
	char *copy = calloc(n + 1, 1);

	return copy ? memcpy(copy, text, n) : NULL;
}

char *strdup(const char *text)
{
	return strndup(text, strlen(text));
}

void free(void *p)
{
	if (!p || is_early(p) || !ready())
		return;
	if (nlive)
		forget(p);
	next_free(p);
}

void alloc_arm(uint64_t n)
{
	memset(live, 0, sizeof(live));
	nlive = 0;
	counted = 0;
	failed = false;
	fail_at = n;
	armed = true;
}

uint64_t alloc_count(void)
{
	return counted;
}

bool alloc_failed(void)
{
	return failed;
}

unsigned alloc_disarm(void)
{
	unsigned left = nlive;

	armed = false;
	nlive = 0;
	return left;
}

void alloc_check(const sysemu_machine *m, sysemu_status status, const char *call)
{
	if (status != SYSEMU_ENOMEM || !alloc_failed())
		fail_msg("%s, allocation %llu: %s: %s", call, (unsigned long long)alloc_count(),
			 sysemu_strstatus(status), sysemu_errmsg(m));
}
