# SPDX-License-Identifier: GPL-2.0-only
#
# text.awk: what man3.awk and man5.awk share: a page that grows by lines, text and code in it.
# `paragraph` asks for one before the next line; `state` is what the last line was.

function escape(text)
{
	gsub(/\\/, "\\e", text)
	gsub(/-/, "\\-", text)
	return text
}

# A line of the page.
function put(line)
{
	page = page (paragraph && page != "" ? ".PP\n" : "") line "\n"
	paragraph = 0
}

# What stands in text at a line's begin must not be a request.
function put_text(text)
{
	put((text ~ /^[.']/ ? "\\&" : "") text)
}

# A line as it stands; tabs as its reader sees them.
function verbatim(text,	at)
{
	while ((at = index(text, "\t")) > 0)
		text = substr(text, 1, at - 1) substr("        ", (at - 1) % 8 + 1) substr(text, at + 1)
	put_text(escape(text))
}

# All of TEXT between a pair of MARKs in FONT; REGEX is such a pair.
function in_font(text, regex, mark, font,	done, n)
{
	n = length(mark)
	while (match(text, regex)) {
		done = done substr(text, 1, RSTART - 1) "\\f" font \
			substr(text, RSTART + n, RLENGTH - 2 * n) "\\fR"
		text = substr(text, RSTART + RLENGTH)
	}
	return done text
}

# *italic* and `bold`, and what is not ours to print.
function inline(text)
{
	text = escape(text)
	text = in_font(text, "\\*\\*[^*]+\\*\\*", "**", "B")
	text = in_font(text, "`[^`]+`", "`", "B")
	return in_font(text, "\\*[a-zA-Z][a-zA-Z ]*\\*", "*", "I")
}

# To text, code, or nothing.
function turn(to)
{
	if (state == to)
		return
	if (state == "code") {
		paragraph = 0
		put(".EE")
	}
	if (state == "code" || to == "code")
		paragraph = 1
	if (to == "code")
		put(".EX")
	state = to
}
