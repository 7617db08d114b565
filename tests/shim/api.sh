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
# Exported, but in no header: as src/tensor_api.cpp defines it, its reference as a pointer.
echo 'miopenGetTensorCastType miopenTensorDescriptor_t, miopenDataType_t *' >>"$dir/real"
sort -o "$dir/real" "$dir/real"
[ "$(wc -l <"$dir/real")" -gt 150 ] || { echo 'Bail out! the header was not understood' && exit 1; }

release=$(sed -n 's/^#define MIOPEN_VERSION_M[AI][JN]OR *\([0-9]*\).*/\1/p' "$root/usr/include/miopen/version.h" | paste -sd.)
sed -n 's/^\(WRAPPED\|CALLED\)(\([^,]*\), \([0-9]*\), \([0-9]*\))$/\2 \3 \4/p' "$source/src/shim/symbols.list" |
    awk -v release="$release" '{ split(release, part, "."); if ($2 * 1000 + $3 <= part[1] * 1000 + part[2]) print $1 }' |
    sort >"$dir/known"
[ "$(wc -l <"$dir/known")" -gt 40 ] || { echo 'Bail out! symbols.list was not understood' && exit 1; }
for side in real ours; do
    sed 's/mutable //g' "$dir/$side" | awk 'NR == FNR { known[$1] = 1; next } $1 in known' "$dir/known" - >"$dir/$side-known"
done
same 'prototypes' "$dir/real-known" "$dir/ours-known"

cut -d ' ' -f 1 "$dir/ours-known" >"$dir/declared"
same 'every function of symbols.list has one' "$dir/known" "$dir/declared"

# The graph interface's numbers, which stand in the part of the header that only C++ understands.
attributes() { sed -n 's/.*\(MIOPEN_ATTR_[A-Z0-9_]*\)[ =]*\([0-9][0-9]*\)[u,]*$/\1 \2/p' "$1" | sort; }
attributes "$source/src/shim/miopen_fusion_api.h" >"$dir/ours-numbers"
[ -s "$dir/ours-numbers" ] || { echo 'Bail out! our header was not understood' && exit 1; }
attributes "$root/usr/include/miopen/miopen.h" |
    awk 'NR == FNR { ours[$1] = 1; next } $1 in ours' "$dir/ours-numbers" - >"$dir/real-numbers"
same 'numbers of attributes' "$dir/real-numbers" "$dir/ours-numbers"

# Every function has a row in roads.list, and every row of this release is a function of it.
awk -f "$here/roads.awk" "$here/roads.list" | awk -v release="$release" '
    function number(version, part) { split(version, part, "."); return part[1] * 1000 + part[2] }
    number($3) <= number(release) && number(release) <= number($4)' >"$dir/rows"
[ "$(wc -l <"$dir/rows")" -gt 250 ] || { echo 'Bail out! roads.list was not understood' && exit 1; }

cut -d ' ' -f 2 "$dir/rows" | sort >"$dir/wanted"
readelf --dyn-syms -W "$root"/usr/lib/*/libMIOpen.so.1 |
    awk '$7 != "UND" && $8 ~ /^miopen/ { sub(/@.*/, "", $8); print $8 }' | sort -u >"$dir/got"
same "roads.list has what MIOpen $release exports" "$dir/wanted" "$dir/got"

cut -d ' ' -f 1 "$dir/real" | comm -23 - "$dir/wanted" >"$dir/got"
same 'roads.list has what its header declares' /dev/null "$dir/got"

# Who could change a descriptor is looked at, or known to do no harm.
awk '/mutable miopen(Tensor|Convolution)Descriptor_t/ { print $1 }' "$dir/real" | sort >"$dir/can"
[ "$(wc -l <"$dir/can")" -gt 30 ] || { echo 'Bail out! the header was not understood' && exit 1; }
awk '$1 != "safe" && $1 != "reads" { print $2 }' "$dir/rows" | sort | comm -23 "$dir/can" - >"$dir/got"
awk '$1 == "reads" { print $2 }' "$dir/rows" | sort >"$dir/reads"
cut -d ' ' -f 1 "$dir/real" | comm -12 - "$dir/reads" >"$dir/wanted"
same '"reads" are the others that could change a descriptor' "$dir/wanted" "$dir/got"

finish
