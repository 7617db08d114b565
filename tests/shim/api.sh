#!/bin/sh
# src/shim/miopen_api.h against the header of a release: api.sh COMPILER ROOT SOURCE_DIRECTORY
# ROOT is a directory with the release's usr/include below it.
set -eu
export LC_ALL=C

compiler=$1 root=$2 source=$3
here=$(dirname "$0")
. "$here/compare.sh"

real="-DREAL -D__HIP_PLATFORM_AMD__ -isystem $root/usr/include"

# Sizes, layouts and numbers. (The beta part of the header is C++ alone.)
# shellcheck disable=SC2086 # flags
"$compiler" -w $real -o "$dir/facts-real" "$here/api_facts.c"
"$compiler" -I "$source/src" -o "$dir/facts-ours" "$here/api_facts.c"
"$dir/facts-real" >"$dir/real"
"$dir/facts-ours" >"$dir/ours"
same 'sizes, layouts and numbers' "$dir/real" "$dir/ours"

# Prototypes of a preprocessed header, one a line: NAME TYPE, TYPE, … with "mutable " before what is
# not const. Names of parameters and the const of what is passed by value are of no matter.
prototypes() {
    tr '\n' ' ' | tr ';' '\n' | sed -n 's/.*miopenStatus_t  *\(miopen[A-Za-z0-9_]*\) *(\(.*\)).*/\1 \2/p' |
        awk '{
            name = $1
            sub(/^[^ ]* */, "")
            count = split($0, parameters, /,/)
            line = name
            for (i = 1; i <= count; i++) {
                p = parameters[i]
                constant = p ~ /(^|[^A-Za-z0-9_])const([^A-Za-z0-9_]|$)/
                gsub(/(^|[^A-Za-z0-9_])const /, " ", p)
                gsub(/\*/, " * ", p)
                gsub(/[ \t]+/, " ", p)
                sub(/^ /, "", p)
                sub(/ $/, "", p)
                if (p ~ /\[[0-9]*\]$/) { sub(/ ?[A-Za-z0-9_]*\[[0-9]*\]$/, " *", p) }
                else if (p !~ /\*$/ && p ~ / / && p !~ /^unsigned [a-z]+$/) sub(/ [A-Za-z0-9_]+$/, "", p)
                line = line (i > 1 ? ", " : " ") (constant ? "" : "mutable ") p
            }
            print line
        }' | sort -u
}

echo '#include <miopen/miopen.h>' >"$dir/real.c"
# shellcheck disable=SC2086 # flags
"$compiler" -E -P -w -DMIOPEN_BETA_API=1 $real "$dir/real.c" | prototypes >"$dir/real"
echo '#include "shim/miopen_api.h"' >"$dir/ours.c"
"$compiler" -E -P "-I$source/src" "$dir/ours.c" | prototypes >"$dir/ours"
[ "$(wc -l <"$dir/real")" -gt 150 ] || { echo 'Bail out! the header was not understood' && exit 1; }

sed -n 's/^\(WRAPPED\|CALLED\)(\([^,]*\),.*)$/\2/p' "$source/src/shim/symbols.list" | sort >"$dir/known"
for side in real ours; do
    sed 's/mutable //g' "$dir/$side" | awk 'NR == FNR { known[$1] = 1; next } $1 in known' "$dir/known" - >"$dir/$side-known"
done
same 'prototypes' "$dir/real-known" "$dir/ours-known"

cut -d ' ' -f 1 "$dir/ours-known" >"$dir/declared"
same 'every function of symbols.list has one' "$dir/known" "$dir/declared"

# Who can change a descriptor is wrapped, or known to do no harm.
awk '/mutable miopen(Tensor|Convolution)Descriptor_t/ { print $1 }' "$dir/real" | sort >"$dir/can"
{
    sed -n 's/^WRAPPED(\([^,]*\),.*)$/\1/p' "$source/src/shim/symbols.list"
    sed -n 's/^\(miopen[A-Za-z0-9]*\) ..*/\1/p' "$here/harmless.list"
} | sort >"$dir/covered"
comm -23 "$dir/can" "$dir/covered" >"$dir/got"
same 'every function that could change a descriptor is wrapped or in harmless.list' /dev/null "$dir/got"
[ "$(wc -l <"$dir/can")" -gt 30 ] || { echo 'Bail out! the header was not understood' && exit 1; }

finish
