#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The example project against the installed tree PREFIX, by find_package (shared and static) and
# by pkg-config; and the steps of its two workflows as they stand in the YAML, but for the
# installation of packages (scripts/try-packages does that, too). A failing test fails them.
. "$(dirname "$0")/../cli/check.inc"
: "${PREFIX:?the installed tree}" "${CC:?the C compiler}"
source=$(cd "$(dirname "$0")/../../examples/project" && pwd)
export CMAKE_PREFIX_PATH=$PREFIX CC
libraries=$(dirname "$(find "$PREFIX" -name 'libsysemu.so.0')")
export PKG_CONFIG_PATH=$libraries/pkgconfig LD_LIBRARY_PATH=$libraries PATH=$PREFIX/bin:$PATH

# in_copy NAME: a fresh copy of the project, and into it.
in_copy()
{
	cp -r "$source" "$scratch/$1" && cd "$scratch/$1" || exit 1
}

# run WHAT COMMAND...: must succeed; its output is in $out.
run()
{
	local what=$1
	shift

	out=$("$@" 2>&1) || is "$what: exit" $? "0: $out"
}

# steps FILE: the shell commands of a workflow, but for the one that installs packages.
steps()
{
	case $1 in
	*.gitlab-ci.yml) sed -n '/^  script:/,/^  [a-z]/s/^    - //p' "$1" ;;
	*) awk '/^        run: \|/ { block = 1; next }
		/^        run: / { sub(/^        run: /, ""); print; next }
		block && /^          / { sub(/^          /, ""); print; next }
		{ block = 0 }' "$1" ;;
	esac | grep -vx scripts/install-libsysemu
}

for library in sysemu static; do
	in_copy "cmake-$library"
	run "cmake, $library" cmake -B build -DSYSEMU_LIBRARY=$library
	run "build, $library" cmake --build build
	run "ctest, $library" ctest --test-dir build --output-on-failure
	has "ctest, $library" "$out" "100% tests passed, 0 tests failed out of 3"
done
has "static: no shared library" "$(ldd build/entry_test)" libunicorn
case $(ldd build/entry_test) in
*libsysemu*) is "static" "linked with the shared library" "not" ;;
esac

in_copy make
run "make check" make check
has "make check: cmocka" "$out" "[  PASSED  ] 5 test(s)."

for workflow in .github/workflows/test.yml .gitlab-ci.yml; do
	in_copy "steps-$(basename "$workflow" .yml)"
	steps "$workflow" >steps
	is "$workflow: steps" "$(wc -l <steps)" 4
	run "$workflow" bash -e steps
	has "$workflow" "$out" "100% tests passed"
	for report in junit budget; do
		[ -s build/$report.xml ] || is "$workflow: $report.xml" "none" "there"
	done

	# A kernel that does not keep the promise: the workflow fails, and says by what.
	sed -i 's/traced = {/traced = { .config = { .kernel = "sysemu-1" },/' tests/entry_test.c
	out=$(bash -e steps 2>&1)
	[ $? != 0 ] || is "$workflow, a wrong kernel" "passed" "failed"
	has "$workflow, a wrong kernel" "$out" "place: expected entry, seen exit"
	has "$workflow, a wrong kernel" "$out" "SYSCALL            stop   057f    exit    08048007  00000065  TRACE         getpid"

	# A budget that is broken: exit 3, and where.
	in_copy "budget-$(basename "$workflow" .yml)"
	sed -i 's/^\(after:.*exact\) 37/\1 36/' tests/entry.budget
	steps "$workflow" | grep '^sysemu check' >steps
	mkdir build
	out=$(bash -e steps 2>&1)
	is "$workflow, a broken budget: exit" $? 3
	case $workflow in
	*gitlab*) out=$(cat build/quality.json) ;;
	*) has "$workflow, a broken budget: annotation" "$out" "::error" ;;
	esac
	has "$workflow, a broken budget" "$out" "37"
done
finish
