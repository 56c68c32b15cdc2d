/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * text.c: the mutants of a C source, made by rule over its text.
 *
 *	text FILE	how many there are
 *	text FILE N	that file with mutant N, on standard output; on standard error what it is
 *
 * Operators are exchanged, integers are one more and one less, conditions are denied, statements
 * left out. Comments, strings and preprocessor lines are left alone. Read next: sources.sh.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct token {
	size_t at, size;
	unsigned line;
};

static char *text;
static size_t length;
static struct token *tokens;
static size_t ntokens;

static bool is(size_t token, const char *word)
{
	return token < ntokens && tokens[token].size == strlen(word) &&
	       memcmp(text + tokens[token].at, word, tokens[token].size) == 0;
}

static bool is_word(size_t token)
{
	return token < ntokens &&
	       (isalpha((unsigned char)text[tokens[token].at]) || text[tokens[token].at] == '_');
}

static bool is_number(size_t token)
{
	return token < ntokens && isdigit((unsigned char)text[tokens[token].at]);
}

/* ---- tokens ---- */

static size_t quoted(size_t at)
{
	char quote = text[at++];

	while (at < length && text[at] != quote)
		at += text[at] == '\\' ? 2 : 1;
	return at + 1;
}

/* Behind what is no token: blanks, comments, preprocessor lines. */
static size_t skip(size_t at)
{
	if (strncmp(text + at, "/*", 2) == 0)
		return (size_t)(strstr(text + at, "*/") + 2 - text);
	if (text[at] == '#') {
		while (at < length && (text[at] != '\n' || text[at - 1] == '\\'))
			at++;
		return at;
	}
	return isspace((unsigned char)text[at]) ? at + 1 : at;
}

static size_t token_end(size_t at)
{
	static const char *const longer[] = { "<<=", ">>=", "...", "->", "++", "--", "<<", ">>",
					      "<=",  ">=",  "==",  "!=", "&&", "||", "+=", "-=",
					      "*=",  "/=",  "|=",  "&=", "^=", "%=" };

	if (isalnum((unsigned char)text[at]) || text[at] == '_') {
		while (isalnum((unsigned char)text[at]) || text[at] == '_')
			at++;
		return at;
	}
	if (text[at] == '"' || text[at] == '\'')
		return quoted(at);
	for (size_t i = 0; i < sizeof(longer) / sizeof(longer[0]); i++)
		if (strncmp(text + at, longer[i], strlen(longer[i])) == 0)
			return at + strlen(longer[i]);
	return at + 1;
}

static void read_tokens(void)
{
	unsigned line = 1;

	tokens = calloc(length + 1, sizeof(*tokens));
	for (size_t at = 0; at < length;) {
		size_t end = skip(at);
		bool token = end == at;

		if (token) {
			end = token_end(at);
			tokens[ntokens++] = (struct token){ at, end - at, line };
		}
		for (; at < end; at++)
			line += text[at] == '\n';
	}
}

/* ---- mutants ---- */

static long wanted = -1, made;

/* The text from one token to another (both included) becomes something else. */
static void make(size_t from, size_t to, const char *before, const char *after, bool keep)
{
	size_t start = tokens[from].at, end = tokens[to].at + tokens[to].size;
	int size = (int)(end - start), shown = (int)strcspn(text + start, "\n");

	if (made++ != wanted)
		return;
	fprintf(stderr, "%u: %.*s: %s%s%s\n", tokens[from].line, shown < size ? shown : size,
		text + start, before, keep ? "..." : "", after);
	fwrite(text, 1, start, stdout);
	printf("%s%.*s%s", before, keep ? size : 0, text + start, after);
	fwrite(text + end, 1, length - end, stdout);
}

static void exchange(size_t i)
{
	static const char *const pairs[][2] = {
		{ "==", "!=" },      { "!=", "==" },      { "<", "<=" },  { "<=", "<" },
		{ ">", ">=" },       { ">=", ">" },       { "&&", "||" }, { "||", "&&" },
		{ "<<", ">>" },      { ">>", "<<" },      { "+=", "-=" }, { "-=", "+=" },
		{ "|=", "&=" },      { "&=", "|=" },      { "++", "--" }, { "--", "++" },
		{ "+", "-" },        { "-", "+" },        { "&", "|" },   { "|", "&" },
		{ "true", "false" }, { "false", "true" }, { "!", "" },
	};
	/* With one operand they are something else. */
	bool binary = i &&
		      (is_word(i - 1) || is_number(i - 1) || is(i - 1, ")") || is(i - 1, "]")) &&
		      !is(i - 1, "return") && !is(i - 1, "case");

	for (size_t p = 0; p < sizeof(pairs) / sizeof(pairs[0]); p++)
		if (is(i, pairs[p][0]) &&
		    (binary || !strchr("+-&|", text[tokens[i].at]) || tokens[i].size > 1))
			make(i, i, pairs[p][1], "", false);
	if (is_number(i)) {
		make(i, i, "(", " + 1)", true);
		make(i, i, "(", " - 1)", true);
	}
}

/* The parenthesis that ends what begins at `open`. */
static size_t closing(size_t open)
{
	int depth = 0;

	for (size_t i = open; i < ntokens; i++) {
		depth += is(i, "(") - is(i, ")");
		if (depth == 0)
			return i;
	}
	return open;
}

static void deny(size_t i)
{
	if ((is(i, "if") || is(i, "while")) && is(i + 1, "("))
		make(i + 1, closing(i + 1), "(!", ")", true);
}

/* An assignment or a call that stands alone. */
static void leave_out(size_t i)
{
	size_t end = i;
	int depth = 0;
	bool begins = is(i - 1, ";") || is(i - 1, "{") || is(i - 1, "}") || is(i - 1, ")") ||
		      is(i - 1, "else");
	bool does = false;

	if (!begins || !(is_word(i) || is(i, "*")) || is_word(i + 1) || is(i, "return") ||
	    is(i, "break") || is(i, "continue") || is(i, "goto") || is(i, "if") || is(i, "for") ||
	    is(i, "while") || is(i, "switch") || is(i, "case") || is(i, "default") || is(i, "else"))
		return;
	while (end < ntokens && !is(end, ";") && !is(end, "{") && !is(end, ":")) {
		does |= is(end, "(") ||
			strchr(text + tokens[end].at, '=') ==
				text + tokens[end].at + tokens[end].size - 1 ||
			is(end, "++") || is(end, "--");
		depth += is(end, "(") - is(end, ")");
		end++;
	}
	if (does && depth == 0 && is(end, ";") && end > i + 1)
		make(i, end, ";", "", false);
}

int main(int argc, char **argv)
{
	FILE *f = argc > 1 ? fopen(argv[1], "r") : NULL;

	if (!f) {
		fprintf(stderr, "usage: text FILE [N]\n");
		return 2;
	}
	text = calloc(1, 1 << 20);
	length = fread(text, 1, (1 << 20) - 1, f);
	fclose(f);
	wanted = argc > 2 ? strtol(argv[2], NULL, 10) : -1;
	read_tokens();
	for (size_t i = 1; i < ntokens; i++) {
		exchange(i);
		deny(i);
		leave_out(i);
	}
	if (argc < 3)
		printf("%ld\n", made);
	return 0;
}
