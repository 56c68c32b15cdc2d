/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mutate.c: which mutants of the guest kernels do the tests tell from the right ones?
 *
 *	mutate [--sample N] [--seed S] [--known FILE] [--learn FILE] [--equal FILE] [--jobs N]
 *	       [--only WORDS,WORDS...] [--c-alone] [--doubt] [--least PERCENT] [--verbose] TEST...
 *
 * Each TEST is an executable with host.c. All mutants of entry.S are tried, and of the C code all
 * or a sample of N. A test is asked only if it executes the changed instruction: one that merely
 * reads the image proves nothing. To know what a test executes it is run once as it is: with a
 * sample only those that --known says have told mutants before (--learn writes that file), and
 * all others only if something of entry.S is left. --equal lists those that no test can tell, and
 * of the C code's some are proven to be such (proof/); both are tried only if all mutants are, or with --doubt.
 * --only: those whose name (rules.h) contains one of WORDS. --least: the score that is wanted of the C code, of which those
 * that no test executes are then a part.
 *
 * Exit status 1: a mutant of entry.S lives that is not listed, a listed one was told after all,
 * or too few of the C code's were told (report.c); or a test fails without a mutant.
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libsysemu/sysemu.h>

#include "tests/mutation/mutate.h"
#include "tests/mutation/proof/proof.h"

static struct {
	unsigned long sample, seed, jobs;
	const char *equal, *only, *known, *learn;
	bool c_alone, doubt, verbose;
} option = { .jobs = 2, .seed = 1 };

static struct run run;

static void *shared_memory(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? abort(), NULL : p;
}

static bool is_entry(const struct mutant *m)
{
	return run.mutants.functions[m->function].entry;
}

/* ---- work in parallel ---- */

static void in_parallel(uint32_t n, void (*work)(uint32_t))
{
	static _Atomic uint32_t *next;

	if (!next)
		next = shared_memory(sizeof(*next));
	atomic_store(next, 0);
	fflush(NULL);
	for (unsigned long j = 0; j < option.jobs; j++) {
		if (fork() != 0)
			continue;
		for (uint32_t i; (i = atomic_fetch_add(next, 1)) < n;)
			work(i);
		hosts_end();
		_exit(0);
	}
	for (int status; wait(&status) > 0;)
		if (status)
			exit(2);
}

/* ---- the tests ---- */

static void measure_test(uint32_t test)
{
	if (run.tests[test].wanted && !run.tests[test].measured)
		host_measure(&run.tests[test]);
}

/* False: one of them fails without a mutant. */
static bool measure_tests(bool all)
{
	bool good = true;

	for (uint32_t t = 0; t < run.ntests; t++)
		run.tests[t].wanted |= all;
	in_parallel(run.ntests, measure_test);
	for (uint32_t t = 0; t < run.ntests; t++)
		if (run.tests[t].measured && !run.tests[t].good) {
			fprintf(stderr, "%s: %s fails without a mutant\n",
				host_name(run.tests[t].host), run.tests[t].name);
			good = false;
		}
	return good;
}

/* ---- one mutant ---- */

static bool executes(const struct host_test *t, const struct mutant *m)
{
	return t->measured && t->good &&
	       (t->kernels[m->change.addr - HOST_BASE] >> m->change.kernel & 1);
}

/* How much is to be expected of a test for its time. */
static double promise(uint32_t test, const struct mutant *m)
{
	const struct record *r = record_of(&run, m->function, test);

	return (r->killed + 0.1) / (r->tried + 1) / (run.tests[test].cpu_us + 1000);
}

static int best_test(const struct mutant *m, const bool *asked)
{
	int best = -1;
	double most = 0;

	for (uint32_t t = 0; t < run.ntests; t++) {
		double p;

		if (asked[t] || !executes(&run.tests[t], m))
			continue;
		p = promise(t, m);
		if (best < 0 || p > most) {
			best = (int)t;
			most = p;
		}
	}
	return best;
}

static enum verdict verdict_of(int status)
{
	if (status == 0)
		return LIVES;
	if (WIFEXITED(status) && WEXITSTATUS(status) == HOST_ENDLESS)
		return ENDLESS;
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGPROF ? TIMED : KILLED;
}

static void try_mutant(uint32_t index)
{
	const struct mutant *m = &run.mutants.list[index];
	struct result *r = &run.results[index];
	bool *asked;

	if (!lives(r))
		return;
	asked = calloc(run.ntests, sizeof(*asked));
	r->verdict = UNSEEN;
	for (int t; lives(r) && (t = best_test(m, asked)) >= 0; asked[t] = true) {
		struct record *record = record_of(&run, m->function, (uint32_t)t);

		r->killer = (uint16_t)t;
		r->verdict = verdict_of(host_try(&run.tests[t], &m->change).status);
		record->tried++;
		record->killed += r->verdict != LIVES;
	}
	free(asked);
}

static void try_entry(uint32_t index)
{
	if (is_entry(&run.mutants.list[index]))
		try_mutant(index);
}

/* ---- which are tried ---- */

static uint32_t kernel_index(const char *wanted)
{
	uint32_t i = 0;

	while (strcmp(host_kernel(i), wanted) != 0)
		i++;
	return i;
}

static void make_mutants(void)
{
	uint32_t base = kernel_index("sysemu");

	mutants_add(&run.mutants, base, base);
	for (uint32_t i = 0; host_kernel(i); i++)
		if (i != base)
			mutants_add(&run.mutants, i, base);
}

static uint64_t mixed(uint64_t x)
{
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccd;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53;
	return x ^ x >> 33;
}

/* The same for a mutant whatever others there are. */
static uint64_t number_of(const struct mutant *m)
{
	uint64_t own = (uint64_t)m->change.addr << 16 | m->change.kernel << 8 | m->rule;

	return mixed(option.seed + mixed(own));
}

static bool is_wanted(const char *key)
{
	const char *end;

	for (const char *words = option.only; words; words = *end ? end + 1 : NULL) {
		end = strchrnul(words, ',');
		if (memmem(key, strlen(key), words, (size_t)(end - words)))
			return true;
	}
	return !option.only;
}

/* In a sample each mutant of the C code has the same chance; a listed one is not tried again. */
static void choose(void)
{
	size_t in_c = 0;
	char key[160];

	for (size_t i = 0; i < run.mutants.n; i++)
		in_c += !is_entry(&run.mutants.list[i]);
	for (size_t i = 0; i < run.mutants.n; i++) {
		const struct mutant *m = &run.mutants.list[i];
		struct result *r = &run.results[i];

		mutant_key(&run.mutants, m, key, sizeof(key));
		if ((run.sampled && !is_entry(m) && number_of(m) % in_c >= option.sample) ||
		    (option.c_alone && is_entry(m)) || !is_wanted(key))
			continue;
		if (!r->equal && !is_entry(m) && proof_is_equal(m))
			r->equal = PROVEN;
		r->verdict = r->equal && run.sampled && !option.doubt ? EQUAL : LIVES;
	}
}

static void take_options(int argc, char **argv)
{
	static const struct option known[] = {
		{ "sample", required_argument, NULL, 'n' },
		{ "seed", required_argument, NULL, 's' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "equal", required_argument, NULL, 'e' },
		{ "known", required_argument, NULL, 'k' },
		{ "learn", required_argument, NULL, 'l' },
		{ "only", required_argument, NULL, 'o' },
		{ "c-alone", no_argument, NULL, 'c' },
		{ "doubt", no_argument, NULL, 'd' },
		{ "least", required_argument, NULL, 'p' },
		{ "verbose", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};

	for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
		switch (c) {
		case 'n':
			run.sampled = true;
			option.sample = strtoul(optarg, NULL, 10);
			break;
		case 's': option.seed = strtoul(optarg, NULL, 10); break;
		case 'j': option.jobs = strtoul(optarg, NULL, 10); break;
		case 'e': option.equal = optarg; break;
		case 'k': option.known = optarg; break;
		case 'l': option.learn = optarg; break;
		case 'o': option.only = optarg; break;
		case 'c': option.c_alone = true; break;
		case 'd': option.doubt = true; break;
		case 'p': run.least = strtod(optarg, NULL); break;
		case 'v': option.verbose = true; break;
		default: exit(2);
		}
	}
}

static void open_run(char *const *executables, size_t n)
{
	make_mutants();
	run.tests = hosts_list(executables, n, &run.ntests);
	run.results = shared_memory(run.mutants.n * sizeof(*run.results));
	run.records =
		shared_memory((size_t)run.mutants.nfunctions * run.ntests * sizeof(*run.records));
	if (option.equal)
		equal_read(&run, option.equal);
	if (option.known)
		known_read(&run, option.known);
	choose();
}

int main(int argc, char **argv)
{
	bool good;

	take_options(argc, argv);
	open_run(argv + optind, (size_t)(argc - optind));
	good = measure_tests(!run.sampled || !option.known);
	in_parallel((uint32_t)run.mutants.n, try_mutant);
	if (run.sampled) {
		bool left = false;

		for (size_t i = 0; i < run.mutants.n; i++)
			left |= lives(&run.results[i]) && is_entry(&run.mutants.list[i]);
		if (left) {
			good = measure_tests(true);
			in_parallel((uint32_t)run.mutants.n, try_entry);
		}
	}
	for (size_t i = 0; i < run.mutants.n; i++)
		if (run.results[i].equal && lives(&run.results[i]))
			run.results[i].verdict = EQUAL;
	if (option.learn)
		known_write(&run, option.learn);
	if (option.verbose)
		report_tests(&run);
	report_table(&run);
	good = report_lives(&run, option.verbose) && good;
	mutants_free(&run.mutants);
	return good ? 0 : 1;
}
