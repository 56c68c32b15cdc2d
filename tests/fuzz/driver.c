/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * driver.c: a target as a plain program, without an engine: it runs each file it is given, and
 * all files of each folder; without arguments, standard input. So the tests try every input
 * that is kept, with any compiler, and AFL++ can use it, too.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

static unsigned inputs;

static void run_stream(FILE *in)
{
	size_t size = 0, room = 4096, n;
	uint8_t *data = malloc(room), *exact;

	FUZZ_CHECK(data);
	while ((n = fread(data + size, 1, room - size, in)) > 0) {
		size += n;
		if (size == room)
			data = realloc(data, room *= 2);
		FUZZ_CHECK(data);
	}
	exact = fuzz_copy(data, size);
	free(data);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	inputs++;
}

static int complain(const char *path)
{
	fprintf(stderr, "%s: %s\n", path, strerror(errno));
	return 1;
}

static int run_file(const char *path)
{
	FILE *in = fopen(path, "rb");

	if (!in)
		return complain(path);
	printf("%s\n", path); /* the last line names the input that crashes */
	fflush(stdout);
	run_stream(in);
	fclose(in);
	return 0;
}

static int run_path(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *e;
	char name[4096];
	int bad = 0;

	if (!folder)
		return errno == ENOTDIR ? run_file(path) : complain(path);
	while ((e = readdir(folder)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
		bad |= run_file(name);
	}
	closedir(folder);
	return bad;
}

int main(int argc, char **argv)
{
	int bad = 0;

	if (argc == 1)
		run_stream(stdin);
	for (int i = 1; i < argc; i++)
		bad |= run_path(argv[i]);
	printf("%u inputs\n", inputs);
	return bad || !inputs;
}
