/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * requests.c: any bytes as what a tracer does: requests with any arguments, runs, signals,
 * waits, served calls, in any order. The program loops through a call and a fork. Nothing of it
 * breaks the kernel or the engine, what is refused has a sentence, and a second time comes to
 * the same.
 */
#include <string.h>

#include "tests/fuzz/fuzz.h"

enum { MACHINES = 4, STEPS = 24, BUDGET = 2000 };

/* Calls getpid, fork and an unknown number in turn, with its own page as arguments. */
static const uint8_t program[] = {
	0xbb, 0x00, 0x81, 0x04, 0x08,             /* mov $CODE_BASE + 0x100, %ebx */
	0xb8, 20,   0,    0,    0,    0xcd, 0x80, /* getpid */
	0xb8, 2,    0,    0,    0,    0xcd, 0x80, /* fork */
	0xb8, 0x2c, 1,    0,    0,    0xcd, 0x80, /* 300 */
	0xeb, 0xe4,                               /* to the beginning */
};

static struct fuzz_machine *machine(unsigned which)
{
	static const char *const kernels[] = { "2.6.11", "sysemu" };
	static struct fuzz_machine all[MACHINES];
	struct fuzz_machine *f = &all[which];

	if (!f->m)
		fuzz_open(f, kernels[which & 1], SYSEMU_ENTRY_SYSENTER,
			  which & 2 ? SYSEMU_START_UNTRACED : SYSEMU_START_TRACED);
	return f;
}

static int request(struct fuzz_input *in)
{
	static const int named[] = {
#define X(value, name) value,
		SYSEMU_REQUEST_MAP(X)
#undef X
	};
	unsigned n = fuzz_take(in, 1), count = sizeof(named) / sizeof(named[0]);

	return n < 0xf0 ? named[n % count] : (int)fuzz_take(in, 4);
}

/* An address or a word: somewhere that matters, or anything. */
static uint32_t word(struct fuzz_input *in)
{
	static const uint32_t bases[] = {
		0,          SYSEMU_WINDOW, SYSEMU_CODE_BASE,
		0xc0100000, 0xffffe000,    SYSEMU_WINDOW + SYSEMU_WINDOW_SIZE
	};
	unsigned n = fuzz_take(in, 1);

	return n < 0xc0 ? bases[n % 6] + (uint32_t)(int16_t)fuzz_take(in, 2) : fuzz_take(in, 4);
}

static sysemu_status step(struct fuzz_machine *f, struct fuzz_input *in, sysemu_event *e)
{
	unsigned kind = fuzz_take(in, 1) % 12;
	int32_t pid = (int8_t)fuzz_take(in, 1), result;
	uint32_t first, second, status;
	int number;

	switch (kind) {
	case 0:
	case 1:
	case 2:
		number = request(in);
		first = word(in);
		second = word(in);
		if (kind == 2)
			return sysemu_ptrace_pid(f->m, number, pid, first, second, &result);
		return sysemu_ptrace(f->m, number, first, second, &result);
	case 3: return sysemu_signal(f->m, pid, (int8_t)fuzz_take(in, 1), &result);
	case 4: return sysemu_wait(f->m, pid, word(in), &status, &result);
	case 5: return sysemu_serve(f->m, (int32_t)fuzz_take(in, 2), NULL);
	case 6: first = fuzz_take(in, 1); return sysemu_set_reg(f->m, first, word(in));
	case 7:
		first = word(in);
		return sysemu_write(f->m, SYSEMU_WINDOW + (fuzz_take(in, 1) & ~3u), &first, 4);
	case 8: return sysemu_need_resched(f->m, pid);
	case 9: return sysemu_focus(f->m, pid);
	default:
		if (!fuzz_run(f, 1 + fuzz_take(in, 1) * (BUDGET / 256), e))
			return SYSEMU_ESTATE;
		FUZZ_CHECK(e->kind != SYSEMU_EVENT_FAULT);
		return SYSEMU_OK;
	}
}

static void run(struct fuzz_machine *f, struct fuzz_input in, struct fuzz_outcome *out)
{
	memset(out, 0, sizeof(*out));
	fuzz_back(f);
	FUZZ_CHECK(sysemu_write(f->m, SYSEMU_CODE_BASE, program, sizeof(program)) == SYSEMU_OK);
	for (unsigned i = 0; i < STEPS && in.size; i++) {
		sysemu_status status = step(f, &in, &out->event);

		FUZZ_CHECK(status != SYSEMU_EENGINE);
		FUZZ_CHECK(status == SYSEMU_OK || sysemu_errmsg(f->m)[0]);
	}
	FUZZ_CHECK(sysemu_get_digest(f->m, &out->digest) == SYSEMU_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct fuzz_machine *f = machine(fuzz_take(&in, 1) % MACHINES);
	struct fuzz_outcome first, second;

	run(f, in, &first);
	run(f, in, &second);
	fuzz_same(&first, &second);
	return 0;
}
