#!/bin/sh
# test_bench.sh BENCH RELEASE…: that the bench runs and has every row; of the rows that count rather
# than time, also that they are as wanted.
set -u

bench=$1
shift
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tests=0
failures=0

# passed DESCRIPTION STATUS
passed() {
    tests=$((tests + 1))
    [ "$2" -eq 0 ] && echo "ok $tests - $1" && return
    failures=$((failures + 1))
    echo "not ok $tests - $1"
    sed 's/^/# /' "$scratch/err"
}

# holds DESCRIPTION JQ-ARGUMENT…: the program's result is true for the rows.
holds() {
    description=$1
    shift
    jq -e "$@" "$scratch/rows" >/dev/null 2>"$scratch/err"
    passed "$description" $?
}

# has RELEASE AREA NAME
has() {
    # shellcheck disable=SC2016 # the variables are jq's
    holds "$1 $2: $3" --arg miopen "$1" --arg area "$2" --arg name "$3" \
        'any(.[]; (.miopen // "") == $miopen and .area == $area and .name == $name)'
}

"$bench" --quick --json >"$scratch/rows" 2>"$scratch/err"
passed 'the bench runs' $?
holds 'every row is complete' 'length > 0 and all(.[];
    (.area, .name, .unit | type == "string" and length > 0) and
    (.ours, .other, .ratio, .wanted | type == "number" and . >= 0))'
holds 'no row is there twice' 'length == (unique_by([.miopen, .area, .name]) | length)'
holds 'times are above 0' 'all(.[] | select(.unit == "ns"); .ours > 0 and .other > 0 and .low <= .ratio)'

for release; do
    for layer in 3x3 1x1; do
        for area in GetWorkSpaceSize GetSolutionCount GetSolution 'Find, repeated'; do
            has "$release" "$area" $layer
        done
        for area in Immediate Forward; do
            for name in '' ', descriptors set' ', descriptors created' \
                ' backward data' ' backward weights'; do
                has "$release" "$area" "$layer$name"
            done
        done
        has "$release" 'immediate mode, whole' "$layer, descriptors created"
        has "$release" 'first Find' "$layer, launches, against our environment"
        has "$release" 'first Find' "$layer, compiled in vain, against our environment"
    done
done
has '' 'process start' 'without MIOpen, against an empty library'
has '' 'process start' 'without MIOpen, audited, against the shim alone'
has '' instructions 'Immediate: 3x3'
has '' instructions 'Find, repeated: 3x3 weights'
has '' instructions 'process start: its user space, against an empty library'
has '' 'simulated card' 'im2col, fibers against ucontext'
if [ -n "$SCAN_LIBRARY" ]; then
    has '' scan 'code for gfx1030, one core, against llvm-objdump -d'
    has '' scan 'code for gfx1030, all cores, against llvm-objdump -d'
    has '' scan 'peak memory, against llvm-objdump -d of one code object'
fi

# Facts, not times.
holds 'instructions are as wanted' \
    'all(.[] | select(.unit == "instructions"); .ours <= .wanted * .other)'
holds 'a first search with the shim launches nothing and compiles nothing in vain' \
    'all(.[] | select(.area == "first Find"); .ours == 0 and .other > 0)'

echo "1..$tests"
[ $failures -eq 0 ]
