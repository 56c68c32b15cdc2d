/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * table.c: any bytes as an exploration's table: refused, or joined with itself to the same, and
 * checked past all properties. The kernel's digest in it is put right first: nobody finds 128
 * bits by trying, and they change with the guest's code.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

/* The bytes begin with 8 of magic, 32 of the kernel's name, 32 of its digest. */
enum { KERNEL = 8, DIGEST = 40, HEAD = 72, PROPERTIES = 64 };

static void put_digest(char *bytes, size_t size)
{
	const char *digest;

	if (size < HEAD || bytes[DIGEST - 1])
		return;
	digest = sysemu_kernel_digest(bytes + KERNEL);
	if (digest)
		memcpy(bytes + DIGEST, digest, HEAD - DIGEST);
}

static void check_properties(const sysemu_exploration *x)
{
	sysemu_property properties[PROPERTIES];
	size_t n = 0, broken[PROPERTIES], count[PROPERTIES];
	char *text;

	for (; sysemu_property_at(n) && n < PROPERTIES; n++)
		properties[n] = *sysemu_property_at(n);
	FUZZ_CHECK(sysemu_exploration_check(x, properties, n, broken, count) == SYSEMU_OK);
	for (size_t i = 0; i < n; i++) {
		FUZZ_CHECK((broken[i] == SYSEMU_HOLDS) == !count[i]);
		if (broken[i] != SYSEMU_HOLDS &&
		    sysemu_exploration_script(x, broken[i], &properties[i], &text) == SYSEMU_OK)
			free(text);
	}
}

static void ask_model(const sysemu_exploration *x)
{
	sysemu_node node, to;
	sysemu_edge edge;

	for (size_t i = 0; i < 4 && sysemu_node_at(x, i, &node) == SYSEMU_OK; i++)
		for (unsigned c = 0; sysemu_choice_name(c); c++)
			sysemu_model_step("sysemu", &node, c, &to, &edge);
}

static void join_twice(sysemu_exploration *x)
{
	sysemu_exploration *parts[2] = { x, x }, *both;
	void *one, *two;
	size_t one_size, two_size;

	FUZZ_CHECK(sysemu_exploration_join(parts, 2, &both) == SYSEMU_OK);
	FUZZ_CHECK(sysemu_exploration_save(x, &one, &one_size) == SYSEMU_OK);
	FUZZ_CHECK(sysemu_exploration_save(both, &two, &two_size) == SYSEMU_OK);
	FUZZ_CHECK(one_size == two_size);
	/* Behind the head, whose sums are those of both parts. */
	FUZZ_CHECK(!memcmp((char *)one + 344, (char *)two + 344, one_size - 344));
	free(one);
	free(two);
	sysemu_exploration_free(both);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = fuzz_copy(data, size);
	sysemu_exploration *x = NULL;
	sysemu_status status;

	put_digest(bytes, size);
	status = sysemu_exploration_load(bytes, size, &x);
	free(bytes);
	if (status != SYSEMU_OK) {
		FUZZ_CHECK(status == SYSEMU_EINVAL || status == SYSEMU_ENOMEM);
		return 0;
	}
	join_twice(x);
	check_properties(x);
	ask_model(x);
	sysemu_exploration_free(x);
	return 0;
}
