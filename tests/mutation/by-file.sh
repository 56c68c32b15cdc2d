#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# by-file.sh GUEST: what `mutate` prints of functions, on standard input, by the file of asm/ that each is in, as the table
# in docs/mutation.md. GUEST: the build's folder guest, whose images say where a function is from.
set -euo pipefail
guest=$1
rows=$(grep -E '^[^ ]+ .* [0-9.]+%$' | grep -v -e '^all ' -e '^function ')
for kernel in $(awk '{print $1}' <<<"$rows" | sort -u); do
	nm -l --defined-only "$guest/$kernel.debug" | awk -v k="$kernel" 'NF > 3 {
		sub(/:[0-9?]*$/, "", $4)
		sub(/^(.*\/)?asm\//, "", $4)
		print "where", k, $3, $4
	}'
done | cat - <(printf '%s\n' "$rows") | awk '
	$1 == "where" && NF == 4 { file[$2, $3] = $4; next }
	{
		name = $(NF - 6) # of "fixup behind NAME" the last
		f = file[$1, name] == "" ? "another" : file[$1, name]
		n[f] += $(NF - 5); killed[f] += $(NF - 4); equal[f] += $(NF - 3); lives[f] += $(NF - 2); unseen[f] += $(NF - 1)
	}
	function row(name, n, killed, equal, lives, unseen) {
		return sprintf("| %s | %d | %d | %d | %d | %d | %s |", name, n, killed, equal, lives, unseen,
			n == equal ? "" : sprintf("%.0f%%", 100 * killed / (n - equal)))
	}
	END {
		print "| file of asm/ | mutants | killed | equal | lives | unseen | score |"
		print "|---|---|---|---|---|---|---|"
		for (f in n) {
			print row(f, n[f], killed[f], equal[f], lives[f], unseen[f]) | "sort"
			N += n[f]; K += killed[f]; E += equal[f]; L += lives[f]; U += unseen[f]
		}
		close("sort")
		print row("**all**", N, K, E, L, U)
	}'
