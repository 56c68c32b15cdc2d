/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * profile_test.c: each built-in kernel's profile, made by the guest's compiler and linker, against
 * what the host's compiler makes of abi.h and what the image's symbol table says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "asm/abi.h"
#include "lib/kernels/kernels.h"
#include "tests/helpers/kernel_code.h"

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

_Static_assert(SYSEMU_WINDOW == TRACER_WINDOW && SYSEMU_WINDOW_SIZE == TRACER_WINDOW_SIZE,
	       "the header's window is the guest's");

static const struct kernel *kernel_at(size_t n)
{
	const char *name = sysemu_kernel_at(n, NULL);

	return name ? kernel_find(name) : NULL;
}

/* What images.S has put there; a word more or less would move all behind it. */
static void a_profile_has_as_many_words_as_the_library_reads(void **state)
{
#define KERNEL(symbol, name, alias, about) \
	extern const uint8_t sysemu_image_profile_##symbol[], sysemu_image_profile_##symbol##_end[];
#include "lib/kernels/kernels.def"
#undef KERNEL
	const size_t sizes[] = {
#define KERNEL(symbol, name, alias, about) \
	(size_t)(sysemu_image_profile_##symbol##_end - sysemu_image_profile_##symbol),
#include "lib/kernels/kernels.def"
#undef KERNEL
	};

	(void)state;
	for (size_t n = 0; n < COUNT(sizes); n++)
		assert_int_equal(sizes[n], sizeof(struct profile));
}

static bool is_of_the_frame(size_t word)
{
	return word == offsetof(struct profile, frame_bytes) ||
	       word == offsetof(struct profile, frame_orig_eax) ||
	       word == offsetof(struct profile, frame_ss);
}

static void distances_and_bits_are_those_of_abi_h(void **state)
{
	const struct {
		size_t word;
		uint32_t value;
	} expected[] = {
#define PROFILE(name) offsetof(struct profile, name)
		{ PROFILE(task_bytes), sizeof(struct task_struct) },
		{ PROFILE(task_thread_info), offsetof(struct task_struct, thread_info) },
		{ PROFILE(task_esp0), offsetof(struct task_struct, thread.esp0) },
		{ PROFILE(task_gs), offsetof(struct task_struct, thread.gs) },
		{ PROFILE(task_pid), offsetof(struct task_struct, pid) },
		{ PROFILE(task_exit_code), offsetof(struct task_struct, exit_code) },
		{ PROFILE(task_dumpable), offsetof(struct task_struct, dumpable) },
		{ PROFILE(task_sigshared), offsetof(struct task_struct, sigshared) },
		{ PROFILE(thread_info_flags), offsetof(struct thread_info, flags) },
		{ PROFILE(thread_info_task), offsetof(struct thread_info, task) },
		{ PROFILE(thread_size), THREAD_SIZE },
		{ PROFILE(frame_bytes), sizeof(struct pt_regs) },
		{ PROFILE(frame_ebx), offsetof(struct pt_regs, ebx) },
		{ PROFILE(frame_orig_eax), offsetof(struct pt_regs, orig_eax) },
		{ PROFILE(frame_ss), offsetof(struct pt_regs, xss) },
		{ PROFILE(user_cs), 0x73 }, /* GDT_ENTRY_DEFAULT_USER_CS of 2.6: entry 14, RPL 3 */
		{ PROFILE(kernel_cs), 0x60 }, /* __KERNEL_CS: entry 12 */
		{ PROFILE(state_traced), 8 },
		{ PROFILE(page_tables), PAGE_TABLES },
		{ PROFILE(stop_return), STOP_RETURN },
#undef PROFILE
	};
	const struct kernel *k;

	(void)state;
	for (size_t n = 0; (k = kernel_at(n)); n++) {
		for (size_t i = 0; i < COUNT(expected); i++) {
			uint32_t word;

			memcpy(&word, (const char *)k->profile + expected[i].word, sizeof(word));
			if (k->profile->era >= 0x020614 && is_of_the_frame(expected[i].word))
				continue; /* it has more segments; as eras_test sees */
			if (k->profile->era >= 0x030200 &&
			    expected[i].word == offsetof(struct profile, task_bytes))
				continue; /* it has more behind these: layout-3.2.h */
			if (word != expected[i].value && k->profile->era < 0x050a00)
				fail_msg("%s, word %zu: 0x%x, not 0x%x", k->name,
					 expected[i].word / 4, word, expected[i].value);
		}
	}
}

static void places_are_those_of_the_image(void **state)
{
	static const struct {
		size_t word;
		const char *symbol;
		uint32_t behind;
	} expected[] = {
#define PROFILE(name) offsetof(struct profile, name)
		{ PROFILE(startup), "startup", 0 },
		{ PROFILE(start_user), "start_user", 0 },
		{ PROFILE(tracer_call), "tracer_call", 0 },
		{ PROFILE(stop_port), "stop_port", 0 },
		{ PROFILE(sys_ptrace), "sys_ptrace", 0 },
		{ PROFILE(sys_kill), "sys_kill", 0 },
		{ PROFILE(sys_wait4), "sys_wait4", 0 },
		{ PROFILE(audit_set), "audit_set", 0 },
		{ PROFILE(resched_task), "resched_task", 0 },
		{ PROFILE(init_tss), "init_tss", 0 },
		{ PROFILE(debug_trap_eax), "debug_trap_eax", 0 },
		{ PROFILE(tasks), "tasks", 0 },
		{ PROFILE(tracer_stack), "stacks", TASK_TRACER * THREAD_SIZE },
#undef PROFILE
	};
	const struct kernel *k;

	(void)state;
	for (size_t n = 0; (k = kernel_at(n)); n++) {
		struct kernel_code code = kernel_code_of(k->name);

		for (size_t i = 0; i < COUNT(expected); i++) {
			uint32_t word, at = kernel_code_address(&code, expected[i].symbol);

			memcpy(&word, (const char *)k->profile + expected[i].word, sizeof(word));
			if (word != at + expected[i].behind)
				fail_msg("%s, %s: 0x%x, not 0x%x", k->name, expected[i].symbol,
					 word, at + expected[i].behind);
		}
		sim_image_free(&code.image);
	}
}

static void an_era_is_the_version_of_linux(void **state)
{
	(void)state;
	assert_int_equal(kernel_find("2.6.11")->profile->era, 0x02060b);
	assert_int_equal(kernel_find("sysemu-as-printed")->profile->era, 0x02060b);
	assert_int_equal(kernel_find("2.6.14")->profile->era, 0x02060e);
	assert_int_equal(kernel_find("2.6.11")->profile->nr_syscalls, 289);
	assert_int_equal(kernel_find("2.6.14")->profile->nr_syscalls, 294);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_profile_has_as_many_words_as_the_library_reads),
		cmocka_unit_test(distances_and_bits_are_those_of_abi_h),
		cmocka_unit_test(places_are_those_of_the_image),
		cmocka_unit_test(an_era_is_the_version_of_linux),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
