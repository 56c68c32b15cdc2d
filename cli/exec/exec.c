/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exec.c: `sysemu exec`: a program and whatever processes it makes, inside, on the guest's own
 * kernel: nobody outside traces them.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/exec/log.h"
#include "cli/output.h"
#include "cli/schedule/schedule.h"

struct exec_options {
	struct cli_machine machine;
	const char *root;
	struct cli_variables variables;
	bool clean;
	struct cli_number max_insns; /* 0: no end */
	struct schedule_spec schedule;
	struct shard shard;
	struct cli_number runs, most;
	unsigned ticks;
	bool timers;
	const char *outcomes, *log;
	unsigned ndjson, color;
	struct exec_log to;
};

#define RANDOM "schedule=random:|schedule=pct:"
#define ALL    "schedule=all|schedule=all:"
#define MANY   RANDOM "|" ALL

static const struct cli_option options[] = {
	CLI_KERNEL_OPTION(struct exec_options, machine),
	CLI_ENTRY_OPTION(struct exec_options, machine),
	{ "root", "DIR", &cli_folder, offsetof(struct exec_options, root),
	  .help = "host directory that the programs see as /, read-only", .preset = "/" },
	{ "max-insns", "N", &cli_number, offsetof(struct exec_options, max_insns),
	  .help = "give up after N instructions of programs and kernel", .min = 1,
	  .max = UINT64_MAX },
	{ "env", "NAME=VALUE", &cli_variable, offsetof(struct exec_options, variables),
	  .help = "one more variable in the program's environment, or another value",
	  .repeats = true },
	{ "clean-env", NULL, &cli_switch, offsetof(struct exec_options, clean),
	  .help = "nothing in its environment but what --env says" },
	{ "log", "FILE", &cli_output, offsetof(struct exec_options, log),
	  .help = "write calls, signals, stops, waits and switches of all processes; of one schedule",
	  .not_with = ALL "|runs" },
	{ "log-format", "text|ndjson", &cli_choice, offsetof(struct exec_options, ndjson),
	  .help = "of the log", .preset = "text", .needs = "log" },
	CLI_COLOR_OPTION(struct exec_options, color, .needs = "log",
			 .not_with = "log-format=ndjson"),
	{ "schedule", "S", &cli_schedule, offsetof(struct exec_options, schedule),
	  .help = "who runs when: fifo, random:SEED, pct:SEED,DEPTH, all[:PREEMPTIONS], replay:FILE[,NUMBER]",
	  .preset = "fifo" },
	{ "runs", "N", &cli_number, offsetof(struct exec_options, runs),
	  .help = "with random and pct: so many, of SEED, SEED + 1, ...", .preset = "1", .min = 1,
	  .max = 1000000000, .needs = RANDOM },
	{ "ticks", "calls|kernel|all", &cli_choice, offsetof(struct exec_options, ticks),
	  .help = "who runs can change at the end of calls; at each instruction of the kernel; at each",
	  .preset = "calls", .needs = MANY },
	{ "timers", NULL, &cli_switch, offsetof(struct exec_options, timers),
	  .help = "time may pass up to the next timer wherever who runs can change",
	  .needs = MANY },
	{ "shard", "K/N", &cli_shard, offsetof(struct exec_options, shard),
	  .help = "with all: part K of N", .needs = ALL },
	{ "most", "N", &cli_number, offsetof(struct exec_options, most),
	  .help = "with all: no more schedules than N", .min = 1, .max = UINT64_MAX, .needs = ALL },
	{ "outcomes", "FILE", &cli_output, offsetof(struct exec_options, outcomes),
	  .help = "write what schedules came to, for replay: and `sysemu schedules`",
	  .needs = MANY },
	{ 0 },
};

#define EXEC_DEADLOCK 124

/* Who waits, and in which call. */
static void put_tasks(sysemu_machine *m)
{
	sysemu_process_task task[EXEC_TASKS_MOST];
	size_t n;

	if (sysemu_get_tasks(m, task, EXEC_TASKS_MOST, &n) != SYSEMU_OK)
		return;
	for (size_t i = 0; i < n; i++) {
		const char *call = sysemu_call_name(task[i].call);

		cli_message("  %5d  parent %5d  %-15s  %-12s  %s%s\n", (int)task[i].pid,
			    (int)task[i].parent, task[i].name,
			    sysemu_task_state_name(task[i].state),
			    task[i].call < 0 ? "-" :
			    call             ? call :
					       "?",
			    task[i].tracer && task[i].tracer == task[0].parent ?
				    ", traced by whoever started it" :
				    "");
	}
}

static int finish(sysemu_machine *m, sysemu_event_kind kind, uint32_t status,
		  const struct exec_options *o)
{
	exec_log_end(&o->to, kind, status);
	switch (kind) {
	case SYSEMU_EVENT_EXIT: return (int)(status >> 8 & 0xff);
	case SYSEMU_EVENT_KILLED: return 128 + (int)(status & 0x7f);
	case SYSEMU_EVENT_LIMIT:
		cli_say("gave up after %" PRIu64 " instructions", o->max_insns.value);
		return CLI_RUN_FAILED;
	case SYSEMU_EVENT_STOP: /* of all that are left: one has made whoever started it its tracer, us */
	case SYSEMU_EVENT_DEADLOCK:
		cli_say("deadlock: all wait, and no timer runs");
		put_tasks(m);
		return EXEC_DEADLOCK;
	default: cli_say("the machine cannot go on: %s", sysemu_errmsg(m)); return CLI_RUN_FAILED;
	}
}

/* Inside all begin in the root's /. Where that is the host's, a name means what it means in the caller's folder. */
static char *path_of(const struct exec_options *o, const char *program)
{
	char *path = !strcmp(o->root, "/") && program[0] != '/' ? realpath(program, NULL) : NULL;

	return path ? path : strdup(program);
}

/* CLI_OK, or said. */
static int load(sysemu_machine *m, const struct exec_options *o, char **argv)
{
	size_t n;
	const char **environment = cli_environment(&o->variables, o->clean, &n);
	char *path = path_of(o, argv[0]);
	sysemu_status status;

	if (!environment || !path) {
		cli_say("out of memory");
		free(environment);
		free(path);
		return CLI_RUN_FAILED;
	}
	status = sysemu_exec(m, path, argv, (char **)environment);
	free(environment);
	free(path);
	if (status == SYSEMU_OK)
		return CLI_OK;
	cli_say("%s", sysemu_errmsg(m));
	return CLI_RUN_NOT_LOADABLE;
}

static int run_plain(sysemu_machine *m, const struct exec_options *o, char **argv)
{
	sysemu_event e;
	int code;

	if (!cli_set_host(m, o->root, 1) || !cli_set_input(m))
		return CLI_RUN_FAILED;
	code = load(m, o, argv);
	if (code)
		return code;
	do {
		if (sysemu_run(m, o->max_insns.value, &e) != SYSEMU_OK) {
			cli_fail(m, "exec");
			return CLI_RUN_FAILED;
		}
	} while (e.kind == SYSEMU_EVENT_STOP && sysemu_can_run(m));
	return finish(m, e.kind, e.status, o);
}

/* ---- schedules ---- */

static sysemu_schedules_config config_of(const struct exec_options *o, uint64_t *word)
{
	static const unsigned ticks[] = { 0, SYSEMU_CHOOSE_KERNEL,
					  SYSEMU_CHOOSE_KERNEL | SYSEMU_CHOOSE_USER };

	return (sysemu_schedules_config){
		.where = SYSEMU_CHOOSE_CALLS | ticks[o->ticks] |
			 (o->timers ? SYSEMU_CHOOSE_TIMERS : 0),
		.preemptions = o->schedule.preemptions,
		.max_insns = o->max_insns.value,
		.word = word,
		.shard = (unsigned)o->shard.part,
		.shards = (unsigned)o->shard.of,
		.most = o->most.value,
	};
}

static void describe(const struct exec_options *o, struct schedule_file *f)
{
	static const char *const ticks[] = { "", ", ticks kernel", ", ticks all" };
	const struct schedule_spec *s = &o->schedule;
	const char *timers = o->timers ? ", timers" : "";
	uint64_t runs = o->runs.value;

	snprintf(f->kernel, sizeof(f->kernel), "%s", o->machine.kernel);
	f->entry = o->machine.entry;
	f->shard = o->shard;
	if (s->kind == SCHEDULE_ALL)
		snprintf(f->how, sizeof(f->how), "all:%u%s%s", s->preemptions, ticks[o->ticks],
			 timers);
	else if (s->kind == SCHEDULE_PCT)
		snprintf(f->how, sizeof(f->how), "pct:%" PRIu64 ",%u, %" PRIu64 " runs%s%s",
			 s->seed, s->depth, runs, ticks[o->ticks], timers);
	else
		snprintf(f->how, sizeof(f->how), "random:%" PRIu64 ", %" PRIu64 " runs%s%s",
			 s->seed, runs, ticks[o->ticks], timers);
}

/* The outcome of one is the command's; of many it is whether they are one. */
static int end_many(sysemu_machine *m, const struct exec_options *o, const struct schedule_file *f,
		    bool one)
{
	const sysemu_outcome *first = f->found->outcome;

	if (o->outcomes && !schedule_write(o->outcomes, f))
		return CLI_RUN_FAILED;
	if (one)
		return finish(m, first->kind, first->status, o);
	schedule_print(stdout, f);
	return schedule_is_good(f) ? CLI_OK : CLI_FAILED;
}

static int run_many(sysemu_machine *m, const struct exec_options *o, char **argv)
{
	const struct schedule_spec *s = &o->schedule;
	bool one = s->kind != SCHEDULE_ALL && o->runs.value <= 1;
	uint64_t word = 0;
	const sysemu_schedules_config config = config_of(o, &word);
	struct schedule_file f = { 0 };
	sysemu_status status;
	int code;

	describe(o, &f);
	if (!cli_set_host_digest(m, o->root, &word, !one) || !cli_set_input(m))
		return CLI_RUN_FAILED;
	code = load(m, o, argv);
	if (code)
		return code;
	sysemu_get_digest(m, &f.program);
	status = s->kind == SCHEDULE_ALL ?
			 sysemu_all_schedules(m, &config, &f.found) :
			 sysemu_random_schedules(m, &config, s->seed, o->runs.value, s->depth,
						 &f.found);
	if (status) {
		cli_fail(m, "exec");
		return CLI_RUN_FAILED;
	}
	code = end_many(m, o, &f, one);
	sysemu_schedules_free(f.found);
	return code;
}

/* Of the program, kernel and entry of the file, with a schedule of that number. */
static bool fits(sysemu_machine *m, const struct exec_options *o, const struct schedule_file *f)
{
	const char *file = o->schedule.file;
	sysemu_digest program;

	if (strcmp(f->kernel, o->machine.kernel) || f->entry != o->machine.entry) {
		cli_say("%s: schedules of kernel %s, entry %s", file, f->kernel,
			f->entry ? "sysenter" : "int80");
		return false;
	}
	if (o->schedule.which > f->found->noutcomes) {
		cli_say("%s: there is no outcome %" PRIu64 ", but %zu", file, o->schedule.which,
			f->found->noutcomes);
		return false;
	}
	if (sysemu_get_digest(m, &program) == SYSEMU_OK &&
	    memcmp(&program, &f->program, sizeof(program)) == 0)
		return true;
	cli_say("%s: schedules of another program, other arguments or another environment", file);
	return false;
}

static int replay(sysemu_machine *m, const struct exec_options *o, const struct schedule_file *f,
		  uint64_t *word)
{
	const sysemu_outcome *wanted = &f->found->outcome[o->schedule.which - 1];
	sysemu_schedules_config config = config_of(o, word);
	sysemu_outcome got;
	int code;

	config.where = f->found->where;
	if (sysemu_follow_schedule(m, &config, wanted->steps, wanted->nsteps, &got) != SYSEMU_OK) {
		cli_fail(m, o->schedule.file);
		return CLI_RUN_FAILED;
	}
	code = finish(m, got.kind, got.status, o);
	if (memcmp(&got.end, &wanted->end, sizeof(got.end)) == 0 && got.word == wanted->word)
		return code;
	cli_say("%s: the schedule has come to another end than it did when it was written: are files "
		"of the root, or the input, others?",
		o->schedule.file);
	return CLI_RUN_FAILED;
}

static int run_replay(sysemu_machine *m, const struct exec_options *o, char **argv)
{
	struct schedule_file f;
	uint64_t word = 0;
	int code;

	if (!schedule_read(o->schedule.file, &f))
		return CLI_RUN_FAILED;
	code = cli_set_host_digest(m, o->root, &word, false) && cli_set_input(m) ?
		       load(m, o, argv) :
		       CLI_RUN_FAILED;
	if (!code)
		code = fits(m, o, &f) ? replay(m, o, &f, &word) : CLI_RUN_FAILED;
	sysemu_schedules_free(f.found);
	return code;
}

static int run(sysemu_machine *m, const struct exec_options *o, char **argv)
{
	switch (o->schedule.kind) {
	case SCHEDULE_REPLAY: return run_replay(m, o, argv);
	case SCHEDULE_ALL:
	case SCHEDULE_RANDOM:
	case SCHEDULE_PCT: return run_many(m, o, argv);
	default: return run_plain(m, o, argv);
	}
}

/* Nothing is written over what is read, or over something else that is written. */
static int check_files(const struct exec_options *o, const char *program)
{
	const struct {
		const char *option, *file;
	} written[] = { { "log", o->log }, { "outcomes", o->outcomes } };

	for (unsigned i = 0; i < 2; i++)
		if (written[i].file && cli_same_file(written[i].file, program))
			return cli_usage(&cli_exec, "--%s: \"%s\" is the program",
					 written[i].option, written[i].file);
	if (o->log && o->outcomes && strcmp(o->log, "-") != 0 &&
	    (!strcmp(o->log, o->outcomes) || cli_same_file(o->log, o->outcomes)))
		return cli_usage(&cli_exec, "--log: \"%s\" is the file of --outcomes", o->log);
	return CLI_OK;
}

static int exec_main(int argc, char **argv)
{
	static struct exec_options o;
	sysemu_machine *m;
	struct cli_output log = { 0 };
	int code;
	int first = cli_parse(&cli_exec, argc, argv, &o, &code);

	if (first < 0)
		return code;
	code = check_files(&o, argv[first]);
	if (code)
		return code;
	if (o.log && !cli_output_open_log(&log, o.log, ""))
		return CLI_RUN_FAILED;
	o.to = (struct exec_log){ .out = log.out, .ndjson = o.ndjson, .color = o.color };
	o.machine.processes = true;
	code = cli_open(&o.machine, SYSEMU_START_UNTRACED, &m);
	if (code == CLI_OK && log.out && !exec_log_begin(&o.to, m))
		code = CLI_INTERNAL;
	if (code == CLI_OK)
		code = run(m, &o, argv + first);
	else if (code == CLI_INTERNAL)
		code = CLI_RUN_FAILED;
	sysemu_close(m);
	exec_log_free(&o.to);
	return !log.out || cli_output_close(&log) ? code : CLI_RUN_FAILED;
}

const struct cli_command cli_exec = {
	.name = "exec",
	.operands = "PROGRAM [ARG...]",
	.min_operands = 1,
	.max_operands = CLI_ANY_OPERANDS,
	.about = "run programs that fork, execute and trace each other, all inside",
	.options = options,
	.notes =
		"PROGRAM is a file below the root, static or with its dynamic loader there, or a script; with\n"
		"--root the whole name there, without it one of this folder will do. It begins in /.\n"
		"It keeps this command's standard input, output and environment; the exit status is its\n"
		"own, 128+n when signal n killed it, 124 for a deadlock, 125 for a failure of sysemu\n"
		"itself, 126 if it cannot be loaded.\n"
		"\n"
		"Of more than one schedule the programs' output is not shown; what they came to is, each\n"
		"outcome with its shortest schedule, and the status is 0 if it is exit status 0 of all,\n"
		"else 1.\n",
	.options_first = true,
	.main = exec_main,
};
