/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exec.c: what execve is given: names and strings out of the program's memory, the file, and for a
 * script its interpreter. Loading it is lib/machine/exec.c's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/server/private.h"

#define MOST_STRINGS 4096u
#define MOST_BYTES   (128u * 1024) /* MAX_ARG_PAGES of 2.6: 32 */
#define MOST_FILE    (256u << 20)
#define SCRIPT_LINE  127u
#define MOST_SCRIPTS 4 /* an interpreter may be a script, too */

enum { G_E2BIG = 7, G_ENOEXEC = 8 };

void exec_request_free(struct exec_request *r)
{
	for (unsigned i = 0; r->argv && r->argv[i]; i++)
		free(r->argv[i]);
	for (unsigned i = 0; r->envp && r->envp[i]; i++)
		free(r->envp[i]);
	free(r->argv);
	free(r->envp);
	free(r->path);
	free(r->file);
	*r = (struct exec_request){ 0 };
}

/* ---- strings ---- */

/* `list` has room for one more, and a NULL. */
static bool add_string(char **list, unsigned n, const char *text)
{
	list[n] = strdup(text);
	list[n + 1] = NULL;
	return list[n] != NULL;
}

static int32_t get_strings(struct call *c, uint32_t at, char ***out, uint32_t *bytes)
{
	char **list = calloc(MOST_STRINGS + 8, sizeof(*list)), *text = malloc(MOST_BYTES);
	int32_t status = list && text ? 0 : -NO_MEMORY;

	*out = list;
	for (unsigned n = 0; !status && at; n++) {
		uint32_t address, length;

		status = user_get(c, at + 4 * n, &address, 4);
		if (status || !address)
			break;
		length = user_span(c, address, MOST_BYTES, false);
		if (!length || sysemu_read(c->m, address, text, length))
			status = -EFAULT;
		else if (!memchr(text, 0, length))
			status = length == MOST_BYTES ? -G_E2BIG : -EFAULT;
		else if ((*bytes += (uint32_t)strlen(text) + 1) > MOST_BYTES || n == MOST_STRINGS)
			status = -G_E2BIG;
		else if (!add_string(list, n, text))
			status = -NO_MEMORY;
	}
	free(text);
	return status;
}

static int32_t copy_strings(char *const from[], char ***out, uint32_t *bytes)
{
	char **list = calloc(MOST_STRINGS + 8, sizeof(*list));

	*out = list;
	if (!list)
		return -NO_MEMORY;
	for (unsigned n = 0; from && from[n]; n++) {
		*bytes += (uint32_t)strlen(from[n]) + 1;
		if (*bytes > MOST_BYTES || n == MOST_STRINGS)
			return -G_E2BIG;
		if (!add_string(list, n, from[n]))
			return -NO_MEMORY;
	}
	return 0;
}

/* ---- files ---- */

static int32_t read_all(const struct host_file *file, uint8_t **data, size_t *size)
{
	size_t want = (size_t)file->stat.size;
	uint8_t *bytes;
	size_t done = 0;

	if (file->stat.size > MOST_FILE)
		return -ENOMEM;
	bytes = malloc(want + 1);
	if (!bytes)
		return -NO_MEMORY;
	while (done < want) {
		uint32_t piece = want - done < CHUNK ? (uint32_t)(want - done) : CHUNK;
		int32_t n = host_pread(file, bytes + done, piece, done);

		if (n <= 0)
			break;
		done += (size_t)n;
	}
	*data = bytes;
	*size = done;
	return 0;
}

static int32_t read_object(const struct object *b, uint8_t **data, size_t *size)
{
	uint64_t want = object_size(b);
	uint8_t *bytes;
	int32_t n;

	if (want > MOST_FILE)
		return -ENOMEM;
	bytes = malloc(want + 1);
	if (!bytes)
		return -NO_MEMORY;
	n = object_read(b, bytes, (uint32_t)want, 0);
	*data = bytes;
	*size = n > 0 ? (size_t)n : 0;
	return n < 0 ? n : 0;
}

static int32_t read_program(struct call *c, const char *name, uint8_t **data, size_t *size,
			    bool executable)
{
	char path[PATH_LIMIT];
	struct host_file *file;
	struct object *b = NULL;
	int32_t status;

	snprintf(path, sizeof(path), "%s", name);
	status = tree_find(c, path, true, &b);
	if (status < 0)
		return status;
	if (b) {
		status = (b->mode & G_S_IFMT) != G_S_IFREG || (executable && !(b->mode & 0111)) ?
				 -G_EACCES :
				 read_object(b, data, size);
		object_unref(b);
		return status;
	}
	if (files_root(c) < 0)
		return -G_ENOENT;
	status = host_open(files_root(c), path, true, &file);
	if (status)
		return status;
	if ((file->stat.mode & G_S_IFMT) == G_S_IFDIR || (executable && !(file->stat.mode & 0111)))
		status = -G_EACCES;
	else
		status = read_all(file, data, size);
	host_file_unref(file);
	return status;
}

int32_t server_read_file(sysemu_machine *m, const char *path, uint8_t **data, size_t *size)
{
	struct call c = { .m = m, .s = m->program.server };

	return read_program(&c, path, data, size, false);
}

/* ---- scripts ---- */

static bool is_script(const struct exec_request *r)
{
	return r->size >= 2 && r->file[0] == '#' && r->file[1] == '!';
}

/* argv becomes: the interpreter, what else its line says, the script, the script's arguments. */
static int32_t use_interpreter(struct exec_request *r, char *line)
{
	char *name = line + strspn(line, " \t"), *rest = name + strcspn(name, " \t"), *end;
	char *script = r->path, *path, *first, *second;
	unsigned n = 0, shift = 1;

	if (!*name)
		return -G_ENOEXEC;
	if (*rest)
		*rest++ = '\0';
	rest += strspn(rest, " \t");
	for (end = rest + strlen(rest); end > rest && strchr(" \t", end[-1]);)
		*--end = '\0';
	while (r->argv[n])
		n++;
	shift += *rest != '\0';
	if (n + shift > MOST_STRINGS + 4)
		return -G_E2BIG;
	path = strdup(name);
	first = strdup(name);
	second = shift == 2 ? strdup(rest) : script;
	if (!path || !first || !second) {
		free(path);
		free(first);
		free(shift == 2 ? second : NULL);
		return -NO_MEMORY;
	}
	memmove(r->argv + shift + 1, r->argv + 1, n * sizeof(*r->argv));
	if (n == 0)
		r->argv[shift + 1] = NULL;
	free(r->argv[0]);
	r->argv[0] = first;
	r->argv[1] = second;
	r->argv[shift] = script;
	r->path = path;
	return 0;
}

static int32_t find_program(struct call *c, struct exec_request *r)
{
	for (int depth = 0; depth <= MOST_SCRIPTS; depth++) {
		char line[SCRIPT_LINE + 1] = { 0 };
		size_t length;
		int32_t status;

		free(r->file);
		r->file = NULL;
		status = read_program(c, r->path, &r->file, &r->size, true);
		if (status || !is_script(r))
			return status;
		length = r->size - 2 < SCRIPT_LINE ? r->size - 2 : SCRIPT_LINE;
		memcpy(line, r->file + 2, length);
		line[strcspn(line, "\n")] = '\0';
		status = use_interpreter(r, line);
		if (status)
			return status;
	}
	return -G_ELOOP;
}

int32_t server_exec(sysemu_machine *m, uint32_t path, uint32_t argv, uint32_t envp,
		    struct exec_request *out)
{
	struct call c = { .m = m, .s = m->program.server };
	struct exec_request r = { 0 };
	char name[PATH_LIMIT];
	uint32_t bytes = 0;
	int32_t status = path_at(&c, G_AT_FDCWD, path, 0, name, NULL);

	if (!status && !(r.path = strdup(name)))
		status = -NO_MEMORY;
	if (!status)
		status = get_strings(&c, argv, &r.argv, &bytes);
	if (!status)
		status = get_strings(&c, envp, &r.envp, &bytes);
	if (!status)
		status = find_program(&c, &r);
	if (status) {
		exec_request_free(&r);
		return status;
	}
	*out = r;
	return 0;
}

int32_t server_exec_host(sysemu_machine *m, const char *path, char *const argv[],
			 char *const envp[], struct exec_request *out)
{
	struct call c = { .m = m, .s = m->program.server };
	struct exec_request r = { .path = strdup(path) };
	uint32_t bytes = 0;
	int32_t status = r.path ? copy_strings(argv, &r.argv, &bytes) : -NO_MEMORY;

	if (!status)
		status = copy_strings(envp, &r.envp, &bytes);
	if (!status)
		status = find_program(&c, &r);
	if (status)
		exec_request_free(&r);
	else
		*out = r;
	return status;
}
