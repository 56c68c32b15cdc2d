/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * command.c: `sysemu gdb`: a program and its kernel for gdb, forwards and backwards. Read next: world.h,
 * server.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/gdb/server.h"
#include "cli/lines.h"

struct gdb_options {
	struct cli_machine machine;
	struct cli_requests requests;
	const char *listen, *root;
	bool serve, stdio, once, anywhere, processes, clean;
	struct cli_number history;
	struct cli_variables variables;
	struct cli_code code;
};

static const struct cli_option options[] = {
	CLI_KERNEL_OPTION(struct gdb_options, machine),
	CLI_ENTRY_OPTION(struct gdb_options, machine),
	{ "stdio", NULL, &cli_switch, offsetof(struct gdb_options, stdio),
	  .help = "speak on standard input and output, for `target remote | sysemu gdb --stdio ...`",
	  .not_with = "listen" },
	{ "listen", "ADDR", &cli_text, offsetof(struct gdb_options, listen),
	  .help = "wait for gdb at [HOST]:PORT or unix:PATH", .preset = ":0" },
	{ "anywhere", NULL, &cli_switch, offsetof(struct gdb_options, anywhere),
	  .help = "HOST may be another than loopback", .needs = "listen" },
	{ "once", NULL, &cli_switch, offsetof(struct gdb_options, once),
	  .help = "end when the first client goes", .not_with = "stdio" },
	{ "requests", "R1,R2,...", &cli_requests, offsetof(struct gdb_options, requests),
	  .help = "R1 answers the first stop, the last one repeats (SYSEMU, and calls are served)",
	  .not_with = "processes" },
	{ "serve", NULL, &cli_switch, offsetof(struct gdb_options, serve),
	  .help = "serve calls stopped by SYSEMU with --requests, too", .needs = "requests" },
	{ "processes", NULL, &cli_switch, offsetof(struct gdb_options, processes),
	  .help = "programs that fork and execute, inside, as `sysemu exec`", .not_with = "code" },
	{ "root", "DIR", &cli_folder, offsetof(struct gdb_options, root),
	  .help = "host directory that programs see as /, read-only (no files; / with --processes)" },
	{ "history", "MIB", &cli_number, offsetof(struct gdb_options, history),
	  .help = "the most memory for snapshots, to go back by", .preset = "256", .min = 1,
	  .max = 1u << 20 },
	{ "env", "NAME=VALUE", &cli_variable, offsetof(struct gdb_options, variables),
	  .help = "one more variable in the program's environment, or another value",
	  .repeats = true },
	{ "clean-env", NULL, &cli_switch, offsetof(struct gdb_options, clean),
	  .help = "nothing in its environment but what --env says" },
	{ "code", "HEX", &cli_code, offsetof(struct gdb_options, code),
	  .help = "these bytes of machine code instead of PROGRAM" },
	{ 0 },
};

static volatile sig_atomic_t interrupted;

static void on_signal(int signal)
{
	(void)signal;
	interrupted = 1;
}

/* accept is to end with it, so no SA_RESTART. */
static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* ---- sessions ---- */

static void serve(struct world *w, const struct gdb_file files[2], struct link_fds *fds)
{
	struct gdb_server *s = calloc(1, sizeof(*s));

	if (!s) {
		cli_say("out of memory");
		return;
	}
	s->world = w;
	s->program = files[0];
	s->kernel = files[1];
	s->wire.link = gdb_link_of(fds);
	gdb_serve(s);
	if (s->killed && !gdb_reset(w))
		cli_fail(w->m, "gdb");
	free(s);
}

static int serve_all(struct world *w, const struct gdb_file files[2], const struct gdb_options *o)
{
	int listener = gdb_listen(o->listen, o->anywhere);

	if (listener < 0)
		return CLI_FAILED;
	while (!interrupted) {
		struct link_fds fds;

		fds.in = fds.out = gdb_accept(listener);
		if (fds.in < 0)
			break;
		serve(w, files, &fds);
		close(fds.in);
		if (o->once)
			break;
	}
	gdb_unlisten(listener, o->listen);
	return CLI_OK;
}

/* Standard input and output are the protocol's: nobody else may write there. */
static int serve_stdio(struct world *w, const struct gdb_file files[2])
{
	struct link_fds fds = { fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3),
				fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3) };

	if (fds.in < 0 || fds.out < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
		cli_say("--stdio: %s", strerror(errno));
		return CLI_FAILED;
	}
	serve(w, files, &fds);
	return CLI_OK;
}

/* ---- the command ---- */

/* As `sysemu run` does it. */
static const struct cli_requests served = { .n = 1,
					    .list = { { .number = SYSEMU_PTRACE_SYSEMU } } };

static int run(const struct gdb_options *o, char **argv, char **environment)
{
	struct world_config config = {
		.machine = o->machine,
		.requests = o->requests.n ? &o->requests : &served,
		.serves = o->serve || !o->requests.n,
		.history = (size_t)o->history.value << 20,
		.out = o->stdio ? STDERR_FILENO : STDOUT_FILENO,
		.input = !o->stdio,
		.root = o->root      ? o->root :
			o->processes ? "/" :
				       NULL,
	};
	static char kernel_name[128];
	struct gdb_file files[2] = { { .name = NULL }, { .name = kernel_name } };
	struct world *w = calloc(1, sizeof(*w));
	char *program = NULL, path[4096];
	int code;

	if (!w) {
		cli_say("out of memory");
		return CLI_INTERNAL;
	}
	snprintf(kernel_name, sizeof(kernel_name), "/sysemu/kernel/%s", o->machine.kernel);
	files[1].data = cli_lines_elf(o->machine.kernel, &files[1].size);
	if (!files[1].data)
		files[1].name = NULL;
	if (!o->code.size) {
		snprintf(path, sizeof(path), "%s%s", o->processes ? config.root : "", argv[0]);
		program = cli_read_file(path, CLI_PROGRAM_MAX, &files[0].size);
		files[0] = (struct gdb_file){ "/sysemu/program", program, files[0].size };
		if (!program) {
			free(w);
			return CLI_USAGE;
		}
	}
	code = gdb_open(w, &config, argv, environment, &o->code);
	if (code == CLI_OK)
		code = o->stdio ? serve_stdio(w, files) : serve_all(w, files, o);
	gdb_close(w);
	free(w);
	free(program);
	return code;
}

static int gdb_main(int argc, char **argv)
{
	static struct gdb_options o;
	const char **environment;
	int code, first = cli_parse(&cli_gdb, argc, argv, &o, &code);
	size_t n;

	if (first < 0)
		return code;
	o.machine.processes = o.processes;
	environment = cli_environment(&o.variables, o.clean, &n);
	if (!environment) {
		cli_say("out of memory");
		return CLI_INTERNAL;
	}
	catch_signals();
	code = run(&o, argv + first, (char **)environment);
	free(environment);
	return code;
}

const struct cli_command cli_gdb = {
	.name = "gdb",
	.operands = "PROGRAM [ARG...]",
	.min_operands = 1,
	.max_operands = CLI_ANY_OPERANDS,
	.instead = "code",
	.about = "serve a program and its kernel to gdb, forwards and backwards",
	.notes =
		"gdb gets the program's and the kernel's symbols from here; `monitor help` lists what it has\n"
		"no words for. Calls that SYSEMU skips are served; each client finds the program where the\n"
		"last one left it, or, after `kill`, at its beginning. docs/gdb.md tells more.\n",
	.options = options,
	.options_first = true,
	.main = gdb_main,
};
