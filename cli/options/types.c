/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * types.c: what values options take. Each type says of a value that it refuses what would be
 * possible. Flags are in names.c, lists of requests in requests.c; a command may have its own
 * (`inject --inject`).
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "cli/cli.h"

bool cli_refuse(struct cli_why *why, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why->text, sizeof(why->text), format, args);
	va_end(args);
	return false;
}

static bool take_switch(const struct cli_option *o, const char *value, void *field,
			struct cli_why *why)
{
	(void)o, (void)value, (void)why;
	*(bool *)field = true;
	return true;
}

static bool take_text(const struct cli_option *o, const char *value, void *field,
		      struct cli_why *why)
{
	if (!*value)
		return cli_refuse(why, "\"\" is no %s", o->arg);
	*(const char **)field = value;
	return true;
}

/* ---- numbers ---- */

/* By hand: strtoull takes signs and blanks, and means octal by a leading zero. */
bool cli_number_of(const char *text, uint64_t *out)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *digits = hex ? text + 2 : text, *at;
	uint64_t base = hex ? 16 : 10, value = 0;

	for (at = digits; hex ? isxdigit((unsigned char)*at) : isdigit((unsigned char)*at); at++) {
		uint64_t digit = isdigit((unsigned char)*at) ?
					 (uint64_t)(*at - '0') :
					 (uint64_t)(tolower((unsigned char)*at) - 'a' + 10);

		if (value > (UINT64_MAX - digit) / base)
			return false;
		value = base * value + digit;
	}
	*out = value;
	return at > digits && !*at;
}

/* The value is kept only where it is in range. */
static bool in_range(const char *value, uint64_t min, uint64_t max, struct cli_number *out)
{
	uint64_t number;

	if (!cli_number_of(value, &number) || number < min || number > max)
		return false;
	out->value = number;
	return true;
}

static bool take_number(const struct cli_option *o, const char *value, void *field,
			struct cli_why *why)
{
	if (in_range(value, o->min, o->max, field))
		return true;
	return cli_refuse(why, "\"%s\" is not a number from %" PRIu64 " to %" PRIu64, value, o->min,
			  o->max);
}

static bool take_address(const struct cli_option *o, const char *value, void *field,
			 struct cli_why *why)
{
	if (in_range(value, o->min, o->max, field))
		return true;
	return cli_refuse(why, "\"%s\" is not an address from 0x%" PRIx64 " to 0x%" PRIx64, value,
			  o->min, o->max);
}

/* ---- names of calls ---- */

#define CALLS 512 /* no table of Linux 2.6 is longer */

/* Those that begin as the text does: all would be a page. */
static void list_calls(const char *like, char *buf, size_t size)
{
	size_t used = (size_t)snprintf(buf, size, ": with %c there are", *like);
	size_t empty = used;

	for (int32_t nr = 0; nr < CALLS; nr++) {
		const char *name = sysemu_call_name(nr);

		if (name && name[0] == *like && used < size)
			used += (size_t)snprintf(buf + used, size - used, " %s", name);
	}
	if (used == empty)
		snprintf(buf, size, ", as getpid");
}

static bool take_call(const struct cli_option *o, const char *value, void *field,
		      struct cli_why *why)
{
	char names[sizeof(why->text) - 256];

	if (in_range(value, o->min, o->max, field))
		return true;
	for (int32_t nr = 0; nr < CALLS; nr++) {
		const char *name = sysemu_call_name(nr);

		if (name && !strcmp(name, value)) {
			((struct cli_number *)field)->value = (uint64_t)nr;
			return true;
		}
	}
	list_calls(value, names, sizeof(names));
	return cli_refuse(why,
			  "\"%.40s\" is neither a number from %" PRIu64 " to %" PRIu64
			  " nor the name of a call%s",
			  value, o->min, o->max, names);
}

/* ---- words and names ---- */

static bool take_choice(const struct cli_option *o, const char *value, void *field,
			struct cli_why *why)
{
	unsigned n = 0;

	for (const char *word = o->arg;; word++, n++) {
		size_t length = strcspn(word, "|");

		if (strlen(value) == length && !strncasecmp(word, value, length)) {
			*(unsigned *)field = n;
			return true;
		}
		word += length;
		if (!*word)
			return cli_refuse(why, "\"%s\" is none of %s", value, o->arg);
	}
}

const char *cli_kernel_named(const char *value, struct cli_why *why)
{
	const char *name = value;

	if (sysemu_kernel_digest(value))
		return value;
	if (access(value, F_OK) != 0 && !strchr(value, '/')) {
		sysemu_kernel_unknown(value, why->text, sizeof(why->text));
		return NULL;
	}
	if (sysemu_kernel_open(value, &name) == SYSEMU_OK)
		return name;
	cli_refuse(why, "%s", sysemu_errmsg(NULL));
	return NULL;
}

static bool take_kernel(const struct cli_option *o, const char *value, void *field,
			struct cli_why *why)
{
	const char *name = cli_kernel_named(value, why);

	(void)o;
	*(const char **)field = name;
	return name != NULL;
}

static bool take_model(const struct cli_option *o, const char *value, void *field,
		       struct cli_why *why)
{
	if ((!o->also || strcmp(value, o->also) != 0) &&
	    sysemu_timing_check(value, NULL) != SYSEMU_OK)
		return cli_refuse(why, "%s", sysemu_errmsg(NULL));
	*(const char **)field = value;
	return true;
}

static bool take_variable(const struct cli_option *o, const char *value, void *field,
			  struct cli_why *why)
{
	struct cli_variables *v = field;
	const char *equals = strchr(value, '=');

	if (!equals || equals == value)
		return cli_refuse(why, "\"%s\" is not %s", value, o->arg);
	if (v->n == CLI_VARIABLES_MAX)
		return cli_refuse(why, "\"%s\" is one more than %d", value, CLI_VARIABLES_MAX);
	v->list[v->n++] = value;
	return true;
}

/* ---- machine code ---- */

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool take_code(const struct cli_option *o, const char *value, void *field,
		      struct cli_why *why)
{
	struct cli_code *code = field;
	const char *at = value;

	(void)o;
	code->size = 0;
	for (; *at; at += *at == ' ' ? 1 : 2) {
		if (*at == ' ') /* between two bytes */
			continue;
		if (digit_of(at[0]) < 0 || (at[1] && at[1] != ' ' && digit_of(at[1]) < 0))
			return cli_refuse(why,
					  "\"%s\": \"%c\" at character %zu is no hexadecimal digit",
					  value, at[digit_of(at[0]) >= 0],
					  (size_t)(at - value) + 1 + (digit_of(at[0]) >= 0));
		if (!at[1] || at[1] == ' ')
			return cli_refuse(why,
					  "\"%s\": half a byte is missing behind character %zu: "
					  "two hexadecimal digits a byte",
					  value, (size_t)(at - value) + 1);
		if (code->size == CLI_CODE_MAX)
			return cli_refuse(why, "more than %d bytes", CLI_CODE_MAX);
		code->bytes[code->size++] = (unsigned char)(digit_of(at[0]) << 4 | digit_of(at[1]));
	}
	return code->size ||
	       cli_refuse(why, "\"%s\" has no bytes: two hexadecimal digits each", value);
}

/* ---- what a shell may offer ---- */

static const char *offer_call(const struct cli_option *o, size_t index)
{
	const char *name = index < CALLS ? sysemu_call_name((int32_t)index) : NULL;

	(void)o;
	return name || index >= CALLS ? name : "";
}

static const char *offer_choice(const struct cli_option *o, size_t index)
{
	static char text[32];
	const char *word = o->arg;

	for (; index && word; index--) {
		word = strchr(word, '|');
		word = word ? word + 1 : NULL;
	}
	if (word)
		snprintf(text, sizeof(text), "%.*s", (int)strcspn(word, "|"), word);
	return word ? text : NULL;
}

/* `also` comes first. */
static const char *offer_also(const struct cli_option *o, size_t *index)
{
	return o->also && !(*index)-- ? o->also : NULL;
}

const char *cli_offer_kernel(const struct cli_option *o, size_t index)
{
	const char *also = offer_also(o, &index);

	return also ? also : sysemu_kernel_at(index, NULL);
}

static const char *offer_model(const struct cli_option *o, size_t index)
{
	const char *also = offer_also(o, &index);

	return also ? also : sysemu_timing_at(index, NULL);
}

const struct cli_type cli_switch = { "switch", take_switch, NULL };
const struct cli_type cli_text = { "text", take_text, NULL };
const struct cli_type cli_file = { "file", take_text, NULL };
const struct cli_type cli_output = { "output", take_text, NULL };
const struct cli_type cli_folder = { "folder", take_text, NULL };
const struct cli_type cli_number = { "number", take_number, NULL };
const struct cli_type cli_address = { "address", take_address, NULL };
const struct cli_type cli_call = { "call", take_call, offer_call };
const struct cli_type cli_choice = { "choice", take_choice, offer_choice };
const struct cli_type cli_kernel = { "kernel", take_kernel, cli_offer_kernel };
const struct cli_type cli_model = { "model", take_model, offer_model };
const struct cli_type cli_variable = { "variable", take_variable, NULL };
const struct cli_type cli_code = { "code", take_code, NULL };
