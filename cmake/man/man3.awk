# SPDX-License-Identifier: GPL-2.0-only
#
# man3.awk: the public headers as manual pages of section 3. Each section of a header,
# /* ---- 2. open a machine --- */, becomes a page named as its first function that returns a
# status, or else its first, and each other function of it a page that leads there; what stands before the first section of sysemu.h is
# libsysemu(3). Comments become text, declarations stay as they are.
#
#	awk -v folder=DIR -v version=V -f text.awk -f man3.awk include/libsysemu/*.h
#
# Writes DIR/*.3.

# A line of a comment without its stars.
function comment(text)
{
	if (text ~ /^[ \t]*$/) {
		turn("none")
		paragraph = 1
	} else if (text ~ /^\t/) {
		turn("code")
		verbatim(substr(text, 2))
	} else {
		if (text ~ /^  - /) {
			turn("text")
			paragraph = 0
			put(".IP \\(bu 2")
			text = substr(text, 5)
		}
		turn("text")
		sub(/^ +/, "", text)
		put_text(inline(text))
	}
}

function begin(what)
{
	finish()
	title = what
	names = page = first = status = ""
	state = "none"
	paragraph = 0
}

# A function's name, of a line that begins its declaration; or that of a macro like a function.
function declared(line)
{
	if (sub(/^#define /, "", line))
		return line ~ /^sysemu_[a-z0-9_]+\(/ ? substr(line, 1, index(line, "(") - 1) : ""
	if (line !~ /^(static inline )?[a-z][a-z_0-9 ]*[ *]sysemu_[a-z0-9_]+\(/ || line ~ /^typedef/)
		return ""
	sub(/\(.*/, "", line)
	sub(/.*[ *]/, "", line)
	return line
}

function name_of(name, line)
{
	if (name == "" || index(", " names ", ", ", " name ", "))
		return
	names = names (names == "" ? "" : ", ") name
	if (first == "")
		first = name
	if (status == "" && line ~ /^sysemu_status /)
		status = first = name
}

function write_link(name)
{
	print ".so man3/" first ".3" >(folder "/" name ".3")
}

function finish(	n, i, each)
{
	paragraph = 0
	if (title == "" || (first == "" && title != "libsysemu"))
		return
	turn("none")
	if (title == "libsysemu") {
		first = names = "libsysemu"
		title = "Linux's entry path and ptrace in an emulated i386"
	}
	if (first != "libsysemu")
		pages = pages (pages == "" ? "" : ",\n") ".BR " first " (3)"
	each = folder "/" first ".3"
	n = names
	sub("(^|, )" first "($|, )", ", ", n)
	sub(/^, /, "", n)
	sub(/, $/, "", n)
	names = first (n == "" ? "" : ", ") n
	print ".\\\" Made of <libsysemu/" header "> by cmake/man/man3.awk." >each
	print ".TH " toupper(first) " 3 \"\" \"libsysemu " version "\" \"libsysemu\"" >each
	print ".SH NAME\n" names " \\- " escape(title) >each
	print ".SH LIBRARY\nlibsysemu (\\-lsysemu)" >each
	print ".SH SYNOPSIS\n.B #include <libsysemu/" header ">" >each
	print ".SH DESCRIPTION" >each
	printf "%s", page >each
	if (first != "libsysemu") {
		print ".SH SEE ALSO\n.BR libsysemu (3)" >each
		close(each)
	}
	n = split(names, list, ", ")
	for (i = 1; i <= n; i++)
		if (list[i] != first)
			write_link(list[i])
}

FNR == 1 {
	finish()
	title = ""
	header = FILENAME
	sub(/.*\//, "", header)
	inside = 0
}

/^\/\* clang-format/ || /^\/\* SPDX/ { next }
/^#ifn?def|^#define LIBSYSEMU_|^#endif|^#elif|^#pragma|^extern "C"|^#include/ { next }
/^\/\* ---- from here on/ { finish(); title = ""; next }

# A new section; a line that says where others are ends this one.
/^\/\* ---- [0-9]+\. / {
	finish()
	title = ""
	text = $0
	sub(/^\/\* ---- [0-9]+\. /, "", text)
	if (sub(/ -+ \*\/$/, "", text))
		begin(text)
	next
}

# The head of sysemu.h.
/^\/\*$/ && FNR < 5 {
	if (header == "sysemu.h")
		begin("libsysemu")
	inside = 1
	next
}

# Comments of several lines.
inside {
	text = $0
	last = sub(/[ \t]*\*\/$/, "", text)
	sub(/^ \* ?/, "", text)
	if (text !~ /^[ \t]*$/ || !last)
		comment(text)
	if (last) {
		inside = 0
		turn("none")
	}
	next
}
/^\/\*/ {
	text = $0
	sub(/^\/\* ?/, "", text)
	turn("none")
	paragraph = 1
	last = sub(/[ \t]*\*\/$/, "", text)
	if (text !~ /^[ \t]*$/)
		comment(text)
	inside = !last
	if (last)
		turn("none")
	next
}

/^[ \t]*$/ { if (state == "code") turn("none"); next }
/^}$/ && header == "sysemu.h" && FNR > 10 { next }

{
	name_of(declared($0), $0)
	turn("code")
	verbatim($0)
}

END {
	finish()
	print ".SH SEE ALSO\n.BR sysemu (1),\n" pages >(folder "/libsysemu.3")
}
