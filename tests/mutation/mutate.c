/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mutate.c: which mutants of the guest kernels do the tests tell from the right ones?
 *
 *	mutate [--sample N] [--seed S] [--jobs N] [--equal FILE] [--only WORDS] [--verbose] TEST...
 *
 * Each TEST is an executable with host.c. All mutants of entry.S are tried, and of the C code all
 * or a sample of N. A test is asked only if it executes the changed instruction: one that merely
 * reads the image proves nothing. FILE lists those that no test can tell, a line each: key, colon,
 * reason. The table counts by function. Exit status 1: a mutant of entry.S lives that is not
 * listed, or a listed one was told after all.
 */
#include <getopt.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libsysemu/sysemu.h>

#include "tests/mutation/hosts.h"
#include "tests/mutation/rules.h"

enum verdict {
	UNTRIED, /* not in the sample */
	KILLED,
	ENDLESS, /* killed, by its budget of instructions */
	TIMED,   /* killed, by the time of the test itself */
	LIVES,
	UNSEEN, /* lives: no test executes it */
	EQUAL,  /* lives, and is listed */
	VERDICTS
};

struct result {
	_Atomic unsigned char verdict;
	uint16_t killer;
};

/* Shared by the workers. */
struct shared {
	_Atomic uint32_t next;
	struct {
		_Atomic uint16_t tried, killed;
	} by[]; /* function * tests + test */
};

static struct {
	unsigned long sample, seed, jobs;
	const char *equal, *only;
	bool sampled, verbose;
} option = { .jobs = 2, .seed = 1 };

static struct mutants mutants;
static struct host_test *tests;
static uint32_t ntests;
static struct result *results;
static struct shared *shared;
static char **equal; /* keys of mutants, NULL where it is not listed: its reason otherwise */

static void *shared_memory(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? abort(), NULL : p;
}

static bool is_entry(const struct mutant *m)
{
	return mutants.functions[m->function].entry;
}

/* ---- work in parallel ---- */

static void in_parallel(uint32_t n, void (*work)(uint32_t))
{
	atomic_store(&shared->next, 0);
	fflush(NULL);
	for (unsigned long j = 0; j < option.jobs; j++) {
		if (fork() != 0)
			continue;
		for (uint32_t i; (i = atomic_fetch_add(&shared->next, 1)) < n;)
			work(i);
		hosts_end();
		_exit(0);
	}
	for (int status; wait(&status) > 0;)
		if (status)
			exit(2);
}

static void measure(uint32_t test)
{
	host_measure(&tests[test]);
}

/* ---- one mutant ---- */

static bool executes(const struct host_test *t, const struct mutant *m)
{
	return t->good && (t->kernels[m->change.addr - HOST_BASE] >> m->change.kernel & 1);
}

/* How much is to be expected of a test for its time. */
static double promise(uint32_t test, const struct mutant *m)
{
	size_t at = (size_t)m->function * ntests + test;
	double tried = atomic_load(&shared->by[at].tried), killed = shared->by[at].killed;

	return (killed + 0.1) / (tried + 1) / (tests[test].cpu_us + 1000);
}

static int best_test(const struct mutant *m, const bool *asked)
{
	int best = -1;
	double most = 0;

	for (uint32_t t = 0; t < ntests; t++) {
		double p;

		if (asked[t] || !executes(&tests[t], m))
			continue;
		p = promise(t, m);
		if (best < 0 || p > most) {
			best = (int)t;
			most = p;
		}
	}
	return best;
}

static void try_mutant(uint32_t index)
{
	const struct mutant *m = &mutants.list[index];
	struct result *r = &results[index];
	bool *asked;
	int t;

	if (r->verdict != LIVES)
		return;
	asked = calloc(ntests, sizeof(*asked));
	r->verdict = UNSEEN;
	while ((t = best_test(m, asked)) >= 0) {
		size_t at = (size_t)m->function * ntests + (uint32_t)t;
		struct host_answer a = host_try(&tests[t], &m->change);

		asked[t] = true;
		atomic_fetch_add(&shared->by[at].tried, 1);
		r->verdict = LIVES;
		if (a.status == 0)
			continue;
		atomic_fetch_add(&shared->by[at].killed, 1);
		r->killer = (uint16_t)t;
		r->verdict = KILLED;
		if (WIFEXITED(a.status) && WEXITSTATUS(a.status) == HOST_ENDLESS)
			r->verdict = ENDLESS;
		else if (WIFSIGNALED(a.status) && WTERMSIG(a.status) == SIGPROF)
			r->verdict = TIMED;
		break;
	}
	free(asked);
}

/* ---- which are tried ---- */

static uint64_t mixed(uint64_t x)
{
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccd;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53;
	return x ^ x >> 33;
}

/* Marks the mutants whose key this is; "* " at its begin stands for all kernels. */
static bool mark_equal(const char *wanted, const char *reason)
{
	bool found = false, all = wanted[0] == '*';
	char key[160];

	for (size_t i = 0; i < mutants.n; i++) {
		mutant_key(&mutants, &mutants.list[i], key, sizeof(key));
		if (strcmp(all ? strchr(key, ' ') : key, all ? wanted + 1 : wanted) != 0)
			continue;
		equal[i] = strdup(reason);
		found = true;
	}
	return found;
}

static void read_equal(void)
{
	FILE *f = fopen(option.equal, "r");
	char line[512];

	if (!f) {
		perror(option.equal);
		exit(2);
	}
	while (fgets(line, sizeof(line), f)) {
		char *colon = strstr(line, ": ");

		if (line[0] == '#' || !colon)
			continue;
		*colon = '\0';
		if (!mark_equal(line, colon + 2))
			fprintf(stderr, "%s: there is no mutant \"%s\"\n", option.equal, line);
	}
	fclose(f);
}

/* In a sample each mutant of the C code has the same chance; a listed one is not tried again. */
static void choose(void)
{
	size_t in_c = 0;
	char key[160];

	for (size_t i = 0; i < mutants.n; i++)
		in_c += !is_entry(&mutants.list[i]);
	for (size_t i = 0; i < mutants.n; i++) {
		const struct mutant *m = &mutants.list[i];
		bool wanted = !option.sampled || is_entry(m) ||
			      mixed(mixed(option.seed) + i) % in_c < option.sample;

		mutant_key(&mutants, m, key, sizeof(key));
		if (option.only)
			wanted = wanted && strstr(key, option.only);
		results[i].verdict = !wanted ? UNTRIED : equal[i] && option.sampled ? EQUAL : LIVES;
	}
}

/* ---- what came of it ---- */

static void put_row(const char *name, const unsigned n[VERDICTS])
{
	unsigned killed = n[KILLED] + n[ENDLESS] + n[TIMED], lives = n[LIVES] + n[UNSEEN];

	if (killed + lives + n[EQUAL] == 0)
		return;
	printf("%-48s %7u %7u %6u %6u %6u %6.1f%%\n", name, killed + lives + n[EQUAL], killed,
	       n[EQUAL], n[LIVES], n[UNSEEN],
	       killed + lives ? 100.0 * killed / (killed + lives) : 100.0);
}

static void put_table(void)
{
	unsigned all[2][VERDICTS] = { { 0 } };
	char name[100];

	printf("%-48s %7s %7s %6s %6s %6s %7s\n", "function", "mutants", "killed", "equal", "lives",
	       "unseen", "score");
	for (uint32_t f = 0; f < mutants.nfunctions; f++) {
		unsigned n[VERDICTS] = { 0 };

		for (size_t i = 0; i < mutants.n; i++)
			if (mutants.list[i].function == f) {
				n[results[i].verdict]++;
				all[!is_entry(&mutants.list[i])][results[i].verdict]++;
			}
		snprintf(name, sizeof(name), "%s %s",
			 sysemu_kernel_at(mutants.functions[f].kernel, NULL),
			 mutants.functions[f].name);
		put_row(name, n);
	}
	put_row("all of entry.S", all[0]);
	put_row("all of the C code", all[1]);
}

static bool put_survivors(void)
{
	bool good = true;
	char key[160];

	for (size_t i = 0; i < mutants.n; i++) {
		const struct mutant *m = &mutants.list[i];
		enum verdict v = results[i].verdict;
		const struct host_test *t = &tests[results[i].killer];

		mutant_key(&mutants, m, key, sizeof(key));
		if (v == LIVES || v == UNSEEN) {
			printf("%s: %s\n", v == LIVES ? "lives" : "unseen", key);
			good = good && !is_entry(m);
		} else if (equal[i] && v != EQUAL && v != UNTRIED) {
			printf("told, though listed as equal: %s (%s)\n", key, t->name);
			good = false;
		} else if (v == TIMED) {
			printf("told by its time: %s (%s)\n", key, t->name);
		} else if (option.verbose && v != UNTRIED && v != EQUAL) {
			printf("told: %s (%s: %s)\n", key, host_name(t->host), t->name);
		}
	}
	return good;
}

static void take_options(int argc, char **argv)
{
	static const struct option known[] = {
		{ "sample", required_argument, NULL, 'n' },
		{ "seed", required_argument, NULL, 's' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "equal", required_argument, NULL, 'e' },
		{ "only", required_argument, NULL, 'o' },
		{ "verbose", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};

	for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
		switch (c) {
		case 'n':
			option.sampled = true;
			option.sample = strtoul(optarg, NULL, 10);
			break;
		case 's': option.seed = strtoul(optarg, NULL, 10); break;
		case 'j': option.jobs = strtoul(optarg, NULL, 10); break;
		case 'e': option.equal = optarg; break;
		case 'o': option.only = optarg; break;
		case 'v': option.verbose = true; break;
		default: exit(2);
		}
	}
}

static uint32_t kernel_index(const char *wanted)
{
	uint32_t i = 0;

	while (strcmp(sysemu_kernel_at(i, NULL), wanted) != 0)
		i++;
	return i;
}

static void make_mutants(void)
{
	uint32_t base = kernel_index("sysemu");

	mutants_add(&mutants, base, base);
	for (uint32_t i = 0; sysemu_kernel_at(i, NULL); i++)
		if (i != base)
			mutants_add(&mutants, i, base);
}

int main(int argc, char **argv)
{
	bool good = true;

	take_options(argc, argv);
	make_mutants();
	tests = hosts_list(argv + optind, (size_t)(argc - optind), &ntests);
	results = shared_memory(mutants.n * sizeof(*results));
	shared = shared_memory(sizeof(*shared) +
			       (size_t)mutants.nfunctions * ntests * sizeof(shared->by[0]));
	equal = calloc(mutants.n, sizeof(*equal));
	if (option.equal)
		read_equal();
	choose();
	in_parallel(ntests, measure);
	for (uint32_t t = 0; t < ntests; t++) {
		if (option.verbose)
			printf("test: %9u us %10llu insns  %s: %s\n", tests[t].cpu_us,
			       (unsigned long long)tests[t].insns, host_name(tests[t].host),
			       tests[t].name);
		if (!tests[t].good) {
			fprintf(stderr, "%s: %s fails without a mutant\n", host_name(tests[t].host),
				tests[t].name);
			good = false;
		}
	}
	in_parallel((uint32_t)mutants.n, try_mutant);
	for (size_t i = 0; i < mutants.n; i++)
		if (equal[i] && (results[i].verdict == LIVES || results[i].verdict == UNSEEN))
			results[i].verdict = EQUAL;
	put_table();
	good = put_survivors() && good;
	mutants_free(&mutants);
	return good ? 0 : 1;
}
