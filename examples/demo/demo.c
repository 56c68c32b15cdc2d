/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * demo.c: an ordinary program for scripts/demo, static, for i386 and glibc. It knows
 * nothing of the machine that it runs in, and natively prints the same but for the
 * clock:
 *
 *	gcc -m32 -static -O1 demo.c -o demo -lm && ls | ./demo one "two words"
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

static void show_arguments(int argc, char *argv[])
{
	for (int i = 1; i < argc; i++)
		printf("argument %d: '%s'\n", i, argv[i]);
}

static void show_environment(void)
{
	static const char *const names[] = { "GREETING", "PATH" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		printf("environment: %s %s%s\n", names[i], value ? "= " : "is not set",
		       value ? value : "");
	}
}

/* Each line of the standard input, reversed. */
static void reverse_lines(void)
{
	char line[256];
	unsigned lines = 0, bytes = 0;

	while (fgets(line, sizeof(line), stdin)) {
		size_t length = strcspn(line, "\n");

		printf("input: ");
		for (size_t i = length; i > 0; i--)
			putchar(line[i - 1]);
		putchar('\n');
		lines++;
		bytes += length;
	}
	printf("input: %u lines, %u letters\n", lines, bytes);
}

/* One pass of a radix sort: from `in` to `out`, by the 16 bits from `shift` on. */
static void sort_by(unsigned shift, const uint32_t *in, uint32_t *out, size_t count)
{
	static uint32_t place[0x10001];

	memset(place, 0, sizeof(place));
	for (size_t i = 0; i < count; i++)
		place[(in[i] >> shift & 0xffff) + 1]++;
	for (size_t i = 1; i < 0x10000; i++)
		place[i] += place[i - 1];
	for (size_t i = 0; i < count; i++)
		out[place[in[i] >> shift & 0xffff]++] = in[i];
}

/* 1 MiB of made-up numbers, sorted; what is printed depends on every one's place. */
static int sort_numbers(void)
{
	const size_t count = (1 << 20) / sizeof(uint32_t);
	uint32_t *numbers = malloc(count * sizeof(*numbers));
	uint32_t *half_sorted = malloc(count * sizeof(*half_sorted));
	uint32_t number = 2005, sum = 0;

	if (!numbers || !half_sorted)
		return -1;
	for (size_t i = 0; i < count; i++) {
		number = number * 1664525 + 1013904223;
		numbers[i] = number;
	}
	sort_by(0, numbers, half_sorted, count);
	sort_by(16, half_sorted, numbers, count);
	for (size_t i = 0; i < count; i++)
		sum = sum * 31 + numbers[i];
	printf("sorted: %zu numbers from %" PRIu32 " to %" PRIu32 ", checksum %08" PRIx32 "\n",
	       count, numbers[0], numbers[count - 1], sum);
	free(half_sorted);
	free(numbers);
	return 0;
}

static void show_floating_point(void)
{
	volatile double one = 1; /* or the compiler would do the sums */
	double sum = 0;

	for (int i = 1; i <= 1000; i++)
		sum += one / ((double)i * i);
	printf("floating point: pi is about %.6f, sqrt(2) = %.15f, sin(1) = %.15f\n", sqrt(6 * sum),
	       sqrt(one + one), sin(one));
}

static void show_clocks(void)
{
	time_t now = time(NULL);
	struct timeval tv;
	struct timespec ts;
	char text[32];

	gettimeofday(&tv, NULL);
	clock_gettime(CLOCK_MONOTONIC, &ts);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", gmtime(&now));
	printf("clock: %s UTC; %ld.%06ld s since 1970, %ld.%09ld s since the start\n", text,
	       (long)tv.tv_sec, (long)tv.tv_usec, (long)ts.tv_sec, ts.tv_nsec);
}

int main(int argc, char *argv[])
{
	show_arguments(argc, argv);
	show_environment();
	reverse_lines();
	if (sort_numbers())
		return 1;
	show_floating_point();
	show_clocks();
	return 7;
}
