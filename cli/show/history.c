/* SPDX-License-Identifier: GPL-2.0-only */
/* history.c: the numbers of commits, in an SQLite file: the only file that knows SQLite. */
#include "cli/show/show.h"

#ifdef SYSEMU_SQLITE3

#include <inttypes.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdlib.h>

#include "cli/json.h"

#define SCHEMA 1

static const char tables[] =
	"CREATE TABLE run(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE);"
	"CREATE TABLE number(run INTEGER NOT NULL REFERENCES run(id), series TEXT NOT NULL,"
	" unit TEXT NOT NULL, value INTEGER NOT NULL, PRIMARY KEY(run, series, unit)) WITHOUT ROWID;"
	"PRAGMA user_version = 1;";

static bool complain(const char *file, sqlite3 *db)
{
	cli_say("%s: %s", file, db ? sqlite3_errmsg(db) : "no memory");
	return false;
}

static bool run_sql(const char *file, sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK || complain(file, db);
}

/* A statement that gives one number, or `preset`. */
static int64_t number_of(sqlite3 *db, const char *sql, int64_t preset)
{
	sqlite3_stmt *st;
	int64_t value = preset;

	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) == SQLITE_OK &&
	    sqlite3_step(st) == SQLITE_ROW)
		value = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return value;
}

/* An empty file is made one of ours; somebody else's is not touched. */
static bool is_history(const char *file, sqlite3 *db)
{
	int64_t version = number_of(db, "PRAGMA user_version", -1);

	if (version == SCHEMA)
		return true;
	if (version == 0 && number_of(db, "SELECT count(*) FROM sqlite_master", 1) == 0)
		return run_sql(file, db, tables);
	cli_say("%s: %s", file,
		version < 0 ? sqlite3_errmsg(db) :
			      "an SQLite file, but no history of `sysemu report`");
	return false;
}

/* Of several that write at once each waits for the others. */
static sqlite3 *open_history(const char *file, bool make)
{
	sqlite3 *db = NULL;
	int flags = SQLITE_OPEN_READWRITE | (make ? SQLITE_OPEN_CREATE : 0);
	char path[PATH_MAX];
	bool named =
		*file == ':'; /* SQLite keeps ":memory:" nowhere; here it is a file like others */

	if (snprintf(path, sizeof(path), "%s%s", named ? "./" : "", file) >= (int)sizeof(path)) {
		cli_say("--history: longer than a path can be");
		return NULL;
	}
	if (sqlite3_open_v2(path, &db, flags, NULL) != SQLITE_OK ||
	    sqlite3_busy_timeout(db, 10000) != SQLITE_OK)
		complain(file, db);
	else if (run_sql(file, db, make ? "BEGIN IMMEDIATE" : "BEGIN") && is_history(file, db) &&
		 run_sql(file, db, "COMMIT"))
		return db;
	sqlite3_close(db);
	return NULL;
}

/* ---- append ---- */

static bool put_number(sqlite3_stmt *st, const char *series, const char *unit, uint64_t value)
{
	sqlite3_reset(st);
	sqlite3_bind_text(st, 2, series, -1, SQLITE_TRANSIENT);
	sqlite3_bind_text(st, 3, unit, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int64(st, 4, (int64_t)value);
	return sqlite3_step(st) == SQLITE_DONE;
}

static bool put_costs(const struct show *s, sqlite3_stmt *st)
{
	char series[512];

	for (size_t i = 0; i < s->ncosts; i++) {
		const struct show_cost *c = &s->costs[i];

		snprintf(series, sizeof(series), "%s, %s", c->of, c->name);
		if (!put_number(st, series, c->unit, c->value))
			return false;
	}
	for (unsigned k = REPORT_PASS; s->report.n && k <= REPORT_ERROR; k++) {
		snprintf(series, sizeof(series), "status %s", report_status_name(k));
		if (!put_number(st, series, "rows", report_count(&s->report, k)))
			return false;
	}
	return true;
}

/* The same name again: its numbers are replaced, its place stays. */
static bool put_run(const struct show *s, sqlite3 *db, const char *name)
{
	static const char *const before[] = {
		"INSERT OR IGNORE INTO run(name) VALUES(?1)",
		"DELETE FROM number WHERE run = (SELECT id FROM run WHERE name = ?1)",
	};
	sqlite3_stmt *st = NULL;
	bool ok = true;

	for (size_t i = 0; ok && i < 2; i++) {
		ok = sqlite3_prepare_v2(db, before[i], -1, &st, NULL) == SQLITE_OK &&
		     sqlite3_bind_text(st, 1, name, -1, SQLITE_STATIC) == SQLITE_OK &&
		     sqlite3_step(st) == SQLITE_DONE;
		sqlite3_finalize(st);
		st = NULL;
	}
	ok = ok &&
	     sqlite3_prepare_v2(db,
				"INSERT OR REPLACE INTO number VALUES"
				"((SELECT id FROM run WHERE name = ?1), ?2, ?3, ?4)",
				-1, &st, NULL) == SQLITE_OK &&
	     sqlite3_bind_text(st, 1, name, -1, SQLITE_STATIC) == SQLITE_OK && put_costs(s, st);
	sqlite3_finalize(st);
	return ok;
}

bool show_history_append(struct show *s, const char *file, const char *name)
{
	sqlite3 *db = open_history(file, true);
	bool ok;

	if (!db)
		return false;
	ok = run_sql(file, db, "BEGIN IMMEDIATE") && (put_run(s, db, name) || complain(file, db)) &&
	     run_sql(file, db, "COMMIT");
	sqlite3_close(db); /* what was not committed is not done */
	return ok;
}

/* ---- read ---- */

static void put_runs(struct json *j, sqlite3 *db)
{
	sqlite3_stmt *st;

	json_key(j, "runs");
	json_open(j, '[');
	if (sqlite3_prepare_v2(db, "SELECT name FROM run ORDER BY id", -1, &st, NULL) == SQLITE_OK)
		while (sqlite3_step(st) == SQLITE_ROW)
			json_string(j, (const char *)sqlite3_column_text(st, 0));
	sqlite3_finalize(st);
	json_close(j, ']');
}

/* Of each series a value a run; null where it has none. */
static bool put_series(struct json *j, sqlite3 *db)
{
	static const char sql[] =
		"SELECT s.series, s.unit, n.value FROM (SELECT DISTINCT series, unit FROM number) s"
		" CROSS JOIN run r LEFT JOIN number n"
		" ON n.run = r.id AND n.series = s.series AND n.unit = s.unit"
		" ORDER BY s.series, s.unit, r.id";
	int64_t runs = number_of(db, "SELECT count(*) FROM run", 0), at = 0;
	sqlite3_stmt *st;
	int got = sqlite3_prepare_v2(db, sql, -1, &st, NULL);

	json_key(j, "series");
	json_open(j, '[');
	while (got == SQLITE_OK || got == SQLITE_ROW) {
		got = sqlite3_step(st);
		if (got != SQLITE_ROW)
			break;
		if (at == 0) {
			json_open(j, '{');
			json_key(j, "name");
			json_string(j, (const char *)sqlite3_column_text(st, 0));
			json_key(j, "unit");
			json_string(j, (const char *)sqlite3_column_text(st, 1));
			json_key(j, "values");
			json_open(j, '[');
		}
		if (sqlite3_column_type(st, 2) == SQLITE_NULL)
			json_string(j, NULL);
		else
			json_int(j, sqlite3_column_int64(st, 2));
		at = (at + 1) % runs;
		if (at == 0) {
			json_close(j, ']');
			json_close(j, '}');
		}
	}
	json_close(j, ']');
	sqlite3_finalize(st);
	return got == SQLITE_DONE;
}

/* The last commit's that is not this report's own. */
static bool take_bases(struct show *s, sqlite3 *db, const char *own)
{
	static const char sql[] =
		"SELECT value FROM number JOIN run ON run = id WHERE series = ?1 AND unit = ?2"
		" AND name IS NOT ?3 ORDER BY id DESC LIMIT 1";
	char series[512];
	sqlite3_stmt *st;
	bool ok = sqlite3_prepare_v2(db, sql, -1, &st, NULL) == SQLITE_OK;

	for (size_t i = 0; ok && i < s->ncosts; i++) {
		struct show_cost *c = &s->costs[i];

		if (c->has_base)
			continue;
		snprintf(series, sizeof(series), "%s, %s", c->of, c->name);
		sqlite3_bind_text(st, 1, series, -1, SQLITE_TRANSIENT);
		sqlite3_bind_text(st, 2, c->unit, -1, SQLITE_TRANSIENT);
		sqlite3_bind_text(st, 3, own, -1, SQLITE_STATIC);
		if (sqlite3_step(st) == SQLITE_ROW) {
			c->has_base = true;
			c->base = (uint64_t)sqlite3_column_int64(st, 0);
		}
		sqlite3_reset(st);
	}
	sqlite3_finalize(st);
	return ok;
}

bool show_history_read(struct show *s, const char *file, const char *own)
{
	sqlite3 *db = open_history(file, false);
	size_t size;
	struct json j = { .out = db ? open_memstream(&s->history, &size) : NULL };
	bool ok = j.out && take_bases(s, db, own);

	if (j.out) {
		json_open(&j, '{');
		put_runs(&j, db);
		ok = put_series(&j, db) && ok;
		json_close(&j, '}');
		ok = fclose(j.out) == 0 && ok;
	}
	if (db && !ok)
		complain(file, db);
	sqlite3_close(db);
	return ok;
}

#else

static bool refuse(void)
{
	cli_say("--history: this build is without SQLite (libsqlite3-dev)");
	return false;
}

bool show_history_append(struct show *s, const char *file, const char *name)
{
	(void)s;
	(void)file;
	(void)name;
	return refuse();
}

bool show_history_read(struct show *s, const char *file, const char *own)
{
	(void)s;
	(void)file;
	(void)own;
	return refuse();
}

#endif
