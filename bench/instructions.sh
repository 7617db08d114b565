#!/bin/sh
# instructions.sh WARM_CALLS SHIM FORWARD EMPTY
# What the shim costs in instructions, as valgrind's callgrind counts them: the same numbers each
# time, on a busy machine as well. Rows of the bench, as a JSON array: for each kind of warm call
# the shim against a library that forwards and nothing else (WARM_CALLS, before the stub of MIOpen);
# and for the start of a process without MIOpen, against an empty library. The machine and the
# rules are those of ROCM_RDNA1_SYSROOT and ROCM_RDNA1_RULES.
set -eu
export LC_ALL=C

warm_calls=$1 shim=$2 forward=$3 empty=$4
immediate_max=150 # instructions that a warm call in immediate mode may cost beyond a forwarded one
other_max=200     # any other warm call
# Of the start of a process, ours to the other's.
start_max=1.01

[ -x "$warm_calls" ] || { echo 'instructions.sh: without the headers of valgrind nothing was built' >&2 && exit 77; }
command -v valgrind >/dev/null || { echo 'instructions.sh: there is no valgrind' >&2 && exit 77; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# counted LIBRARY PROGRAM: leaves the counts in $scratch/out*
counted() {
    rm -f "$scratch"/out*
    env -i PATH="$PATH" ROCM_RDNA1_SYSROOT="$ROCM_RDNA1_SYSROOT" ROCM_RDNA1_RULES="$ROCM_RDNA1_RULES" \
        LD_PRELOAD="$1" valgrind --tool=callgrind --callgrind-out-file="$scratch/out" "$2" \
        >"$scratch/said" 2>&1 || { cat "$scratch/said" >&2 && exit 1; }
}

# calls LIBRARY: a line KIND<tab>INSTRUCTIONS for each dump of warm_calls.
calls() {
    counted "$1" "$warm_calls"
    awk -v OFS='\t' '
        sub(/^desc: Trigger: Client Request: /, "") { kind = $0 }
        /^summary: / && kind { print kind, $2 / 100; kind = "" }' "$scratch"/out.* | sort
}

# start LIBRARY: the instructions of a whole process that does nothing, the dynamic linker's as well.
start() {
    counted "$1" /bin/true
    awk '/^(summary|totals): / { count = $2 } END { print count }' "$scratch"/out*
}

calls "$shim" >"$scratch/ours"
calls "$forward" >"$scratch/other"
[ -s "$scratch/ours" ] || { echo 'instructions.sh: nothing was counted' >&2 && exit 1; }
{
    join -t "$(printf '\t')" "$scratch/ours" "$scratch/other" |
        awk -F '\t' -v OFS='\t' -v immediate=$immediate_max -v other=$other_max \
            '{ print "instructions", $1, $2, $3, ($3 + (/^Immediate/ ? immediate : other) + 0.5) / $3 }'
    printf 'instructions\tprocess start: its user space, against an empty library\t%s\t%s\t%s\n' \
        "$(start "$shim")" "$(start "$empty")" $start_max
} | jq -R -n '[inputs | split("\t") | {area: .[0], name: .[1], ours: (.[2] | tonumber), other: (.[3] | tonumber),
    ratio: ((.[2] | tonumber) / (.[3] | tonumber)), wanted: (.[4] | tonumber), unit: "instructions"}]'
