# SPDX-License-Identifier: GPL-2.0-only
#
# man5.awk: a page of docs/ as a manual page of section 5, on standard output. Headings, paragraphs,
# lists, tables (a row becomes a word and what is said of it) and fenced blocks.
#
#	awk -v name=sysemu-scenario -v about=TEXT -v version=V -f text.awk -f man5.awk docs/PAGE.md

# The cells of a row in cell[1..n].
function split_row(row)
{
	gsub(/`\|`/, "`\001`", row)
	gsub(/\\\|/, "\001", row)
	sub(/^\| */, "", row)
	sub(/ *\|$/, "", row)
	n = split(row, cell, / *\| */)
	for (i = 1; i <= n; i++)
		gsub(/\001/, "|", cell[i])
}

function put_row(row)
{
	split_row(row)
	paragraph = 0
	put(".TP")
	put_text(inline(cell[1]))
	put_text(inline(cell[2]))
	for (i = 3; i <= n; i++)
		if (cell[i] != "")
			put_text("(" inline(head[i]) ": " inline(cell[i]) ")")
}

# Links are their words.
function without_links(text,	words)
{
	while (match(text, /\[[^]]*\]\([^)]*\)/)) {
		words = substr(text, RSTART + 1, index(substr(text, RSTART), "](") - 2)
		text = substr(text, 1, RSTART - 1) words substr(text, RSTART + RLENGTH)
	}
	return text
}

/^```/ {
	if (state == "code") {
		turn("none")
	} else {
		turn("code")
		if (NF > 1 || $0 ~ /\.[a-z]+$/)
			put_text("# " escape(substr($NF, $NF ~ /^```/ ? 4 : 1)))
	}
	next
}
state == "code" { verbatim($0); next }

/^# / { next }
/^## / { turn("none"); paragraph = 0; put(".SH " toupper(inline(substr($0, 4)))); rows = 0; next }
/^### / { turn("none"); paragraph = 0; put(".SS " inline(substr($0, 5))); rows = 0; next }
/^$/ { turn("none"); paragraph = 1; rows = 0; next }

/^\|/ {
	if (rows++ == 0) {
		split_row($0)
		for (i = 1; i <= n; i++)
			head[i] = cell[i]
	} else if (rows > 2)
		put_row(without_links($0))
	next
}

/^- / { paragraph = 0; put(".IP \\(bu 2"); $0 = substr($0, 3) }
{
	turn("text")
	sub(/^ +/, "")
	put_text(inline(without_links($0)))
}

END {
	turn("none")
	print ".\\\" Made of docs/ by cmake/man/man5.awk."
	print ".TH " toupper(name) " 5 \"\" \"libsysemu " version "\" \"libsysemu\""
	print ".SH NAME\n" escape(name) " \\- " escape(about)
	print ".SH DESCRIPTION"
	printf "%s", page
	print ".SH SEE ALSO\n.BR sysemu (1),\n.BR libsysemu (3)"
}
