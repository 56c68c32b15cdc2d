#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# sources.sh TEXT SOURCE SCRATCH [N] [SEED]: a sample of N mutants (text.c) of the delivery of
# exceptions and of the clocks' sources, each compiled into a copy of the project and asked for by
# the tests named below until one fails. A mutant that does not compile is none, and one that the
# compiler makes the same object of is equal. The exit status is 1 under nine tenths.
set -euo pipefail

text=$1 source=$2 scratch=$3 sample=${4:-300} seed=${5:-1}
copy=$scratch/source build=$scratch/build

delivery=sim/delivery/deliver.c
clocks=$(cd "$source" && echo sim/timing/*.c)
delivery_tests="sim_fault_test sim_cpu_test entry_test work_test exception_test hostile_state_test sim_ways_test hostile_test"
clocks_tests="timing_i386_test timing_i486_test timing_p5_test timing_form_test microcode_test
	timing_i386_kernel_test bus_test captures_test timing_test timing_code_test clock_test
	timing_path_test"

rm -rf "$scratch"
mkdir -p "$copy"
for part in CMakeLists.txt cmake asm include sim lib cli examples bench tests scenarios docs; do
	cp -r "$source/$part" "$copy"
done
cmake -S "$copy" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DSYSEMU_HOUSE_TESTS=OFF >/dev/null
cmake --build "$build" --target $delivery_tests $clocks_tests >"$scratch/log" || { cat "$scratch/log"; exit 2; }

object() { find "$build/CMakeFiles" -path "*/${1}.o" | head -1; }

# Which tests tell it? Prints the first, or nothing.
told_by() {
	for name in $1; do
		cmake --build "$build" --target "$name" >"$scratch/log" 2>&1 || { echo BROKEN; return; }
		(ulimit -c 0 -t 120; cd "$build/tests" && "./$name" >"$scratch/log" 2>&1 </dev/null) 2>/dev/null || { echo "$name"; return; }
	done
}

# All mutants, FILE N a line; the seed picks.
for file in $delivery $clocks; do
	n=$("$text" "$source/$file")
	seq -f "$file %.0f" 0 $((n - 1))
done >"$scratch/all"
awk -v x="$seed" '{ x = x * 16807 % 2147483647; print x "\t" $0 }' "$scratch/all" |
	sort -n | awk -v n="$sample" "NR <= n" | cut -f2 | sort -k1,1 -k2n >"$scratch/sample"

while read -r file n; do
	cp "$(object "$file")" "$scratch/right.o"
	"$text" "$source/$file" "$n" >"$copy/$file" 2>"$scratch/what"
	tests=$clocks_tests
	[ "$file" = "$delivery" ] && tests=$delivery_tests
	if ! cmake --build "$build" --target sysemu_sim >"$scratch/log" 2>&1; then
		verdict=none
	elif cmp -s "$(object "$file")" "$scratch/right.o"; then
		verdict=equal
	else
		by=$(told_by "$tests")
		verdict=${by:+killed}
		verdict=${verdict:-lives}
	fi
	printf '%s\t%s\t%s\n' "$verdict" "$file" "$(cat "$scratch/what")" | tee -a "$scratch/verdicts"
	cp "$source/$file" "$copy/$file"
	cmake --build "$build" --target sysemu_sim >"$scratch/log" 2>&1
done <"$scratch/sample"

awk -F'\t' '
	$1 != "none" { all[$2]++; n[$2, $1]++; sum[$1]++; total++ }
	END {
		printf "%-28s %7s %7s %6s %6s %7s\n", "file", "mutants", "killed", "equal", "lives", "score"
		for (f in all)
			printf "%-28s %7d %7d %6d %6d %6.1f%%\n", f, all[f], n[f, "killed"], n[f, "equal"],
				n[f, "lives"], 100 * n[f, "killed"] / (all[f] - n[f, "equal"] + !(all[f] - n[f, "equal"])) | "sort"
		close("sort")
		score = 100 * sum["killed"] / (total - sum["equal"])
		printf "%-28s %7d %7d %6d %6d %6.1f%%\n", "all", total, sum["killed"], sum["equal"], sum["lives"], score
		exit score < 90
	}' "$scratch/verdicts"
