#!/bin/sh
# roads.list by itself and against what the shim knows: roads.sh SYMBOLS_LIST
# What the library exports is exports.sh's matter, what each release exports that of api.sh.
set -eu
export LC_ALL=C

symbols=$1
here=$(dirname "$0")
. "$here/compare.sh"

awk -f "$here/roads.awk" "$here/roads.list" >"$dir/rows"
[ "$(wc -l <"$dir/rows")" -gt 250 ] || { echo 'Bail out! roads.list was not understood' && exit 1; }

grep -nvE '^(#.*|= (wrapped|emulated|safe|reads|open): .*[^ ]|miopen[A-Za-z0-9_]+ [23]\.[0-9]+(-[23]\.[0-9]+)?|)$' \
    "$here/roads.list" >"$dir/got" || true
same 'every line is a comment, a group with its reason or a row' /dev/null "$dir/got"

cut -d ' ' -f 2 "$dir/rows" | sort | uniq -d >"$dir/got"
same 'no function is named twice' /dev/null "$dir/got"

sed -n 's/^WRAPPED(\([^,]*\),.*)$/\1/p' "$symbols" | sort >"$dir/wanted"
awk '$1 == "wrapped" || $1 == "emulated" { print $2 }' "$dir/rows" | sort >"$dir/got"
same 'wrapped or emulated is what symbols.list has as WRAPPED' "$dir/wanted" "$dir/got"

sed -n 's/^\(WRAPPED\|CALLED\)(\([^,]*\), \([0-9]*\), \([0-9]*\))$/\2 \3.\4/p' "$symbols" | sort >"$dir/wanted"
[ "$(wc -l <"$dir/wanted")" -gt 40 ] || { echo "Bail out! $symbols was not understood" && exit 1; }
awk 'NR == FNR { known[$1] = 1; next } $2 in known { print $2, $3 }' "$dir/wanted" "$dir/rows" | sort >"$dir/got"
same 'both lists agree on the first release of each function' "$dir/wanted" "$dir/got"

awk '$1 == "open" { print $2 }' "$dir/rows" >"$dir/got"
same 'no way is open' /dev/null "$dir/got"

finish
