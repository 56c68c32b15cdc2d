/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * host.h: what a test executable and the driver (mutate.c) say to each other. An executable
 * whose environment has SYSEMU_MUTANTS, the number of a socket, does not run its tests but
 * answers questions: which tests it has; and of one test, with one change of one kernel's image,
 * how it ends. Each such run is a child of its own (host.c), so that the engine's self-test
 * and the start are paid once.
 */
#ifndef TESTS_MUTATION_HOST_H
#define TESTS_MUTATION_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HOST_SOCKET "SYSEMU_MUTANTS"
#define HOST_BASE   0xc0100000u /* where every kernel is linked */

enum {
	HOST_KERNELS = 8,
	HOST_TEXT = 0x18000, /* bytes of a kernel's code that are watched */
	HOST_KNOWN = 0x4000, /* of these, whose code it is is told by so many */
	HOST_CHANGE = 16,    /* bytes of a change */
	HOST_NAME = 120,
	HOST_ENDLESS = 97, /* exit status: more instructions than the budget */
};

/* Mutants are made of the patch's kernels, of what it began with and what became of it: by number, NULL beyond. */
static inline const char *host_kernel(uint32_t number)
{
	static const char *const names[] = { "2.6.11", "sysemu-1",          "sysemu-3", "sysemu-4",
					     "sysemu", "sysemu-as-printed", "2.6.14" };

	return number < sizeof(names) / sizeof(names[0]) ? names[number] : NULL;
}

/* The bytes at `addr` of a kernel (its number) are others. Size 0: none. */
struct host_change {
	uint32_t kernel, addr, size;
	uint8_t bytes[HOST_CHANGE];
};

struct host_question {
	uint32_t test;   /* its place in the executable's list; HOST_LIST: which are there? */
	uint32_t cpu_ms; /* a host that loops by itself is ended after so much; 0: never */
	uint64_t insns;  /* the same for the guests, of all machines together; 0: never */
	bool watch;      /* tell which instructions were executed */
	struct host_change change;
};
#define HOST_LIST UINT32_MAX

struct host_answer {
	uint32_t tests;  /* to HOST_LIST: so many names of HOST_NAME bytes follow */
	uint32_t images; /* likewise: host_images() */
	int32_t status;  /* of the child, as waitpid tells it */
	uint32_t cpu_us;
	uint64_t insns; /* executed in all */
};

/* To a question with `watch` this follows: of each byte of the code, in which kernels (1 << its
 * place) a block that contains it was entered. */
struct host_watched {
	uint64_t insns;
	uint8_t kernels[HOST_TEXT];
};

/* computer.c: in the child, before its test. */
void host_begin(const struct host_question *q, struct host_watched *into);

/* images.c. NULL: there is no such kernel. */
const uint8_t *host_code(uint32_t kernel);
uint32_t host_images(
	void); /* a sum over all: a test of another build would be asked about other instructions */
void host_change_image(const struct host_change *c);

/* wire.c. The whole of it, whatever pieces it comes in. False: the other side is gone. */
bool host_send(int fd, const void *data, size_t size);
bool host_receive(int fd, void *data, size_t size);

#endif
