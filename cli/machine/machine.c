/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * machine.c: opening a machine and loading a program file, with the messages
 * that go to stderr when this fails.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

int cli_fail(sysemu_machine *m, const char *doing)
{
	cli_say("%s: %s", doing, sysemu_errmsg(m));
	return CLI_INTERNAL;
}

sysemu_status cli_try_open(const struct cli_machine *which, sysemu_start start,
			   sysemu_machine **out)
{
	sysemu_config config = { .kernel = which->kernel,
				 .entry = (sysemu_entry)which->entry,
				 .start = start,
				 .timing = cli_profile_timing(which->timing) };

	return which->processes ? sysemu_open_processes(&config, out) : sysemu_open(&config, out);
}

int cli_open_code(sysemu_status status)
{
	return status == SYSEMU_EKERNEL || status == SYSEMU_EINVAL ? CLI_USAGE : CLI_INTERNAL;
}

int cli_open(const struct cli_machine *which, sysemu_start start, sysemu_machine **out)
{
	sysemu_status status = cli_try_open(which, start, out);

	if (status == SYSEMU_OK && !cli_profile_begin(*out, which))
		return cli_fail(*out, "profile");
	if (status == SYSEMU_OK)
		return CLI_OK;
	cli_say("%s", sysemu_errmsg(NULL));
	return cli_open_code(status);
}

#define READ_AT_ONCE 65536

/* All of an open file, whatever it is; NULL with errno. */
static char *read_stream(FILE *f, size_t limit, size_t *size)
{
	char *data = NULL;

	*size = 0;
	for (size_t room = 0; *size == room; *size += fread(data + *size, 1, room - *size, f)) {
		char *more = realloc(data, room + READ_AT_ONCE);

		if (!more || *size > limit) {
			errno = more ? EFBIG : ENOMEM;
			free(more ? more : data);
			return NULL;
		}
		data = more;
		room += READ_AT_ONCE;
	}
	if (*size <= limit && !ferror(f)) {
		data[*size] = '\0'; /* a read that filled the room is followed by another */
		return data;
	}
	errno = ferror(f) ? errno : EFBIG;
	free(data);
	return NULL;
}

char *cli_read_file(const char *path, size_t limit, size_t *size)
{
	FILE *f = fopen(path, "rbe");
	char *data = f ? read_stream(f, limit, size) : NULL;

	if (!data)
		cli_say("%s: %s", path, strerror(errno));
	if (f)
		fclose(f);
	return data;
}

bool cli_load_file(sysemu_machine *m, char *const argv[], char *const envp[])
{
	sysemu_status status;
	size_t size;
	char *data = cli_read_file(argv[0], CLI_PROGRAM_MAX, &size);

	if (!data)
		return false;
	status = sysemu_load_elf(m, data, size, argv, envp);
	free(data);
	if (status != SYSEMU_OK)
		cli_fail(m, argv[0]);
	return status == SYSEMU_OK;
}
