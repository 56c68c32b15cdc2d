/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * completion.c: the tables of options as scripts for shells (`sysemu help --completion bash`).
 * What a shell offers for a value is asked of its type now, and stands in the script.
 */
#include <string.h>

#include "cli/cli.h"

/* The words of an option's value, each between `before` and `behind`. */
static void put_offers(const struct cli_option *o, const char *before, const char *behind)
{
	const char *word;

	for (size_t i = 0; o->type->offer && (word = o->type->offer(o, i)) != NULL; i++)
		if (*word)
			printf("%s%s%s", before, word, behind);
}

static bool is_file(const struct cli_option *o)
{
	return !strcmp(o->type->name, cli_file.name) || !strcmp(o->type->name, cli_output.name);
}

/* The operands of all other commands are names of symbols. */
static bool takes_files(const struct cli_command *c)
{
	return strstr(c->operands, "FILE") || strstr(c->operands, "PROGRAM");
}

/* Text without the characters that mean something there: `'` in quotes, `[` to zsh. */
static void put_escaped(const char *text, const char *special)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\'", stdout);
		else if (strchr(special, *text))
			putchar('\\');
		putchar(*text);
	}
}

/* ---- bash ---- */

static const char bash_head[] =
	"# sysemu: completion for bash, made by `sysemu help --completion bash`\n"
	"_sysemu()\n"
	"{\n"
	"\tlocal current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
	"\tlocal words= kind=-W command=${COMP_WORDS[1]}\n"
	"\n"
	"\t# --name=value is three words here.\n"
	"\tif [ \"$current\" = = ]; then\n"
	"\t\tcurrent= before=$before=\n"
	"\telif [ \"$before\" = = ]; then\n"
	"\t\tbefore=${COMP_WORDS[COMP_CWORD - 2]}=\n"
	"\tfi\n";

static const char bash_tail[] =
	"\tesac\n"
	"\tcase $kind in\n"
	"\t-W) mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\") ;;\n"
	"\t*) compopt -o filenames 2>/dev/null\n"
	"\t\tmapfile -t COMPREPLY < <(compgen $kind -- \"$current\") ;;\n"
	"\tesac\n"
	"}\n"
	"complete -F _sysemu sysemu\n";

static void put_bash_value(const struct cli_command *c, const struct cli_option *o)
{
	if (!o->bare)
		printf("\t\"%s --%s\" |", c->name, o->name);
	printf("\t\"%s --%s=\") ", c->name, o->name);
	if (is_file(o))
		fputs("kind=-f", stdout);
	else if (o->type == &cli_folder)
		fputs("kind=-d", stdout);
	else {
		fputs("words=\"", stdout);
		put_offers(o, "", " ");
		putchar('"');
	}
	puts(" ;;");
}

static void put_bash(const struct cli_command *const *commands, size_t n)
{
	fputs(bash_head, stdout);
	puts("\t[ \"$COMP_CWORD\" != 1 ] || command=\n\tcase \"$command $before\" in");
	for (size_t i = 0; i < n; i++)
		for (const struct cli_option *o = commands[i]->options; o->name; o++)
			if (o->arg)
				put_bash_value(commands[i], o);
	fputs("\t\" \"*) words=\"help --version --help", stdout);
	for (size_t i = 0; i < n; i++)
		printf(" %s", commands[i]->name);
	fputs("\" ;;\n\thelp\\ *) words=\"--options --man --completion", stdout);
	for (size_t i = 0; i < n; i++)
		printf(" %s", commands[i]->name);
	puts("\" ;;");
	for (size_t i = 0; i < n; i++) {
		printf("\t%s\\ *)%s words=\"--help", commands[i]->name,
		       takes_files(commands[i]) ? " [[ $current == -* ]] || kind=-f;" : "");
		for (const struct cli_option *o = commands[i]->options; o->name; o++)
			printf(" --%s", o->name);
		puts("\" ;;");
	}
	fputs(bash_tail, stdout);
}

/* ---- zsh ---- */

static void put_zsh_option(const struct cli_option *o)
{
	printf("\t\t\t'%s--%s%s[", o->repeats ? "*" : "", o->name,
	       !o->arg ? "" :
	       o->bare ? "=-" :
			 "=");
	put_escaped(o->help, "[]:\\");
	putchar(']');
	if (o->arg) {
		fputs(o->bare ? "::" : ":", stdout);
		put_escaped(o->arg, "[]:\\");
		putchar(':');
		if (is_file(o))
			fputs("_files", stdout);
		else if (o->type == &cli_folder)
			fputs("_files -/", stdout);
		else if (o->type->offer) {
			putchar('(');
			put_offers(o, "", " ");
			putchar(')');
		} else
			putchar(' ');
	}
	puts("' \\");
}

static void put_zsh(const struct cli_command *const *commands, size_t n)
{
	puts("#compdef sysemu\n"
	     "# sysemu: completion for zsh, made by `sysemu help --completion zsh`\n"
	     "_sysemu()\n"
	     "{\n"
	     "\tlocal -a commands=(");
	for (size_t i = 0; i < n; i++) {
		printf("\t\t'%s:", commands[i]->name);
		put_escaped(commands[i]->about, ":\\");
		puts("'");
	}
	puts("\t\t'help:tell more of a command'\n"
	     "\t)\n"
	     "\tif ((CURRENT == 2)); then\n"
	     "\t\t_describe command commands\n"
	     "\t\treturn\n"
	     "\tfi\n"
	     "\tshift words\n"
	     "\t((CURRENT--))\n"
	     "\tcase $words[1] in\n"
	     "\thelp) _describe command commands ;;");
	for (size_t i = 0; i < n; i++) {
		printf("\t%s)\n\t\t_arguments \\\n", commands[i]->name);
		for (const struct cli_option *o = commands[i]->options; o->name; o++)
			put_zsh_option(o);
		printf("\t\t\t'--help[what it does]'%s\n\t\t;;\n",
		       takes_files(commands[i]) ? " '*:file:_files'" : "");
	}
	puts("\tesac\n"
	     "}\n"
	     "if [ \"$funcstack[1]\" = _sysemu ]; then\n"
	     "\t_sysemu \"$@\"\n"
	     "else\n"
	     "\tcompdef _sysemu sysemu\n"
	     "fi");
}

/* ---- fish ---- */

static void put_fish_option(const struct cli_command *c, const struct cli_option *o)
{
	printf("complete -c sysemu -n '__fish_seen_subcommand_from %s' -l %s", c->name, o->name);
	if (o->arg && o->bare)
		;
	else if (is_file(o))
		fputs(" -r -F", stdout);
	else if (o->type == &cli_folder)
		fputs(" -x -a '(__fish_complete_directories)'", stdout);
	else if (o->arg) {
		fputs(" -x -a '", stdout);
		put_offers(o, "", " ");
		putchar('\'');
	}
	fputs(" -d '", stdout);
	put_escaped(o->help, "\\");
	puts("'");
}

static void put_fish(const struct cli_command *const *commands, size_t n)
{
	puts("# sysemu: completion for fish, made by `sysemu help --completion fish`\n"
	     "complete -c sysemu -f\n"
	     "complete -c sysemu -n __fish_use_subcommand -a help -d 'tell more of a command'");
	for (size_t i = 0; i < n; i++) {
		printf("complete -c sysemu -n __fish_use_subcommand -a %s -d '", commands[i]->name);
		put_escaped(commands[i]->about, "\\");
		puts("'");
	}
	for (size_t i = 0; i < n; i++) {
		for (const struct cli_option *o = commands[i]->options; o->name; o++)
			put_fish_option(commands[i], o);
		if (takes_files(commands[i]))
			printf("complete -c sysemu -n '__fish_seen_subcommand_from %s' -F\n",
			       commands[i]->name);
	}
}

bool cli_put_completion(const char *shell, const struct cli_command *const *commands, size_t n)
{
	static const struct {
		const char *name;
		void (*put)(const struct cli_command *const *commands, size_t n);
	} shells[] = { { "bash", put_bash }, { "zsh", put_zsh }, { "fish", put_fish } };

	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++)
		if (!strcmp(shells[i].name, shell)) {
			shells[i].put(commands, n);
			return true;
		}
	return false;
}
