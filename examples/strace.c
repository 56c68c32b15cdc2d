/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * strace.c: print each system call of a static i386 program, and serve it.
 *
 *	strace PROGRAM [ARG...]     without PROGRAM: a few bytes of machine code
 *
 * The whole of a UML-like tracer: PTRACE_SYSEMU stops the program at a call that
 * is then not executed; sysemu_serve does the call's work from outside and writes
 * its result; the next PTRACE_SYSEMU goes on. The program's output goes to
 * standard output, the calls to standard error. Read next: cli/run.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "libsysemu/sysemu.h"

#define SYSCALL_STOP 0x857f /* SIGTRAP | 0x80 under TRACESYSGOOD, then 0x7f */
#define TRACESYSGOOD 1

/* write(1, "hello\n", 6); exit(0); */
static const unsigned char hello[] = {
	0xb8, 4,    0,    0,    0,    /* mov  $4,%eax */
	0xbb, 1,    0,    0,    0,    /* mov  $1,%ebx */
	0xb9, 0x22, 0x80, 0x04, 0x08, /* mov  $0x08048022,%ecx: the text below */
	0xba, 6,    0,    0,    0,    /* mov  $6,%edx */
	0xcd, 0x80,                   /* int  $0x80 */
	0xb8, 1,    0,    0,    0,    /* mov  $1,%eax */
	0x31, 0xdb,                   /* xor  %ebx,%ebx */
	0xcd, 0x80,                   /* int  $0x80 */
	0xf4, 0xf4, 0xf4,             /* not reached */
	'h',  'e',  'l',  'l',  'o',  '\n',
};

static void check(sysemu_machine *m, sysemu_status status)
{
	if (status == SYSEMU_OK)
		return;
	fprintf(stderr, "strace: %s\n", sysemu_errmsg(m));
	exit(1);
}

static int32_t write_out(void *user, int fd, const void *buf, uint32_t size)
{
	(void)user;
	return (int32_t)write(fd, buf, size);
}

/* Loads the program, or `hello` if none is given. */
static void load(sysemu_machine *m, char **argv)
{
	static char elf[64 << 20];
	FILE *file;
	size_t size;

	if (!argv[0]) {
		check(m, sysemu_load_code(m, hello, sizeof(hello)));
		return;
	}
	file = fopen(argv[0], "rb");
	if (!file) {
		perror(argv[0]);
		exit(1);
	}
	size = fread(elf, 1, sizeof(elf), file);
	fclose(file);
	check(m, sysemu_load_elf(m, elf, size, argv, NULL));
}

/* One stop: 0, or the signal that the program is to get when it goes on. */
static uint32_t handle_stop(sysemu_machine *m, const sysemu_event *e, sysemu_served *served)
{
	const char *name = sysemu_call_name(e->orig_eax);
	sysemu_regs r;

	if (e->status != SYSCALL_STOP) {
		fprintf(stderr, "--- signal %u ---\n", e->status >> 8);
		return e->status >> 8;
	}
	check(m, sysemu_get_regs(m, &r));
	fprintf(stderr, "%s(0x%x, 0x%x, 0x%x)", name ? name : "?", r.ebx, r.ecx, r.edx);
	check(m, sysemu_serve(m, e->orig_eax, served));
	fprintf(stderr, served->ended ? "\n" : " = %d\n", served->result);
	return 0;
}

int main(int argc, char **argv)
{
	const sysemu_host host = { .write = write_out };
	sysemu_served served = { 0 };
	uint32_t signal = 0;
	sysemu_machine *m;
	sysemu_event e;

	(void)argc;
	check(NULL, sysemu_open(NULL, &m));
	load(m, argv + 1);
	check(m, sysemu_set_host(m, &host));

	/* The first stop: the program's SIGSTOP to itself, before its first instruction. */
	check(m, sysemu_run(m, 0, &e));
	check(m, sysemu_ptrace(m, SYSEMU_PTRACE_SETOPTIONS, 0, TRACESYSGOOD, NULL));
	while (e.kind == SYSEMU_EVENT_STOP && !served.ended) {
		check(m, sysemu_ptrace(m, SYSEMU_PTRACE_SYSEMU, 0, signal, NULL));
		check(m, sysemu_run(m, 0, &e));
		if (e.kind == SYSEMU_EVENT_STOP)
			signal = handle_stop(m, &e, &served);
	}
	if (!served.ended)
		served.status = e.status;
	fprintf(stderr, "+++ status 0x%04x +++\n", served.status);
	sysemu_close(m);
	return served.status & 0x7f ? 128 + (int)(served.status & 0x7f) : (int)(served.status >> 8);
}
