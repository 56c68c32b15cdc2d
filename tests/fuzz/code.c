/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * code.c: any bytes as a program in ring 3. The first byte chooses the machine, the second the
 * tracer's answers. Whatever it does, the run comes to an event, and never to a FAULT: no
 * program breaks the kernel; and a second run comes to the same, digest and all.
 */
#include "tests/fuzz/fuzz.h"

enum { MACHINES = 8, BUDGET = 600, ANSWERS = 4, MOST = 1024 };

static struct fuzz_machine *machine(unsigned which)
{
	static const char *const kernels[] = { "2.6.11", "sysemu" };
	static struct fuzz_machine all[MACHINES];
	struct fuzz_machine *f = &all[which];

	if (!f->m)
		fuzz_open(f, kernels[which & 1],
			  which & 2 ? SYSEMU_ENTRY_SYSENTER : SYSEMU_ENTRY_INT80,
			  which & 4 ? SYSEMU_START_UNTRACED : SYSEMU_START_TRACED);
	return f;
}

/* An answer to each stop: two bits of `how`; a signal is passed on. */
static bool answer(struct fuzz_machine *f, unsigned how, unsigned status)
{
	static const int requests[] = { SYSEMU_PTRACE_CONT, SYSEMU_PTRACE_SYSEMU,
					SYSEMU_PTRACE_SYSCALL, SYSEMU_PTRACE_SINGLESTEP };
	unsigned sig = status >> 8 & 0x7f;
	int32_t result;

	FUZZ_CHECK(sysemu_ptrace(f->m, requests[how & 3], 0, sig == 5 || sig == 19 ? 0 : sig,
				 &result) == SYSEMU_OK);
	return result == 0;
}

static void run(struct fuzz_machine *f, struct fuzz_input in, unsigned how,
		struct fuzz_outcome *out)
{
	fuzz_back(f);
	FUZZ_CHECK(sysemu_write(f->m, SYSEMU_CODE_BASE, in.data, in.size) == SYSEMU_OK);
	out->event = (sysemu_event){ .kind = SYSEMU_EVENT_STOP };
	for (unsigned i = 0; i < ANSWERS; i++, how >>= 2) {
		sysemu_task task;

		FUZZ_CHECK(sysemu_task_info(f->m, 0, &task) == SYSEMU_OK);
		if ((task.state == 4 || task.state == 8) &&
		    !answer(f, how, i ? out->event.status : 0))
			break;
		if (!fuzz_run(f, BUDGET, &out->event))
			break;
		FUZZ_CHECK(out->event.kind != SYSEMU_EVENT_FAULT);
		if (out->event.kind != SYSEMU_EVENT_STOP)
			break;
	}
	FUZZ_CHECK(sysemu_get_digest(f->m, &out->digest) == SYSEMU_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct fuzz_machine *f = machine(fuzz_take(&in, 1) % MACHINES);
	unsigned how = fuzz_take(&in, 1);
	struct fuzz_outcome first, second;

	if (in.size > MOST)
		in.size = MOST;
	run(f, in, how, &first);
	run(f, in, how, &second);
	fuzz_same(&first, &second);
	return 0;
}
