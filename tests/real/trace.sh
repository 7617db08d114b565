#!/bin/bash
# trace.sh BUILD RELEASE TAG: convolutions of the real MIOpen on the simulated card under a trace.
# Each problem that it notes is run again from its line, by MIOpen's own driver and by ours, and must
# come out as the same; and what MIOpen is said to choose must be what it does choose when nothing
# of ours is there.
set -u
build=$1 release=$2 tag=$3
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
world=$build/sim/world-$release
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

for name in $(compgen -e MIOPEN_) $(compgen -e HSA_); do unset "$name"; done
unset LD_LIBRARY_PATH LD_PRELOAD XDG_CONFIG_HOME XDG_DATA_HOME ROCM_RDNA1_TRACE
export SIM_CACHE=${SIM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/rocm-rdna1/kernels}
unset XDG_CACHE_HOME
# MIOpen complains where two processes make its directory at the same time.
mkdir -p "$scratch/home/.config/miopen" "$scratch/sysroot"
export HOME=$scratch/home SIM_DEVICES=gfx1010 SIM_SYSROOT=$scratch/sysroot SIM_EXECUTE=0
export ROCM_RDNA1_SYSROOT=$SIM_SYSROOT ROCM_RDNA1_RULES=$source/data/rules
export ROCM_RDNA1_SHIM=$build/src/shim/libmiopen_rdna1.so
cli=$build/src/cli/rocm-rdna1 convolve=$build/tests/real/convolve-$release
"$build/sim/sysroot" "$SIM_SYSROOT" || exit 1

tests=0 failures=0
is() { # is DESCRIPTION ACTUAL EXPECTED
    tests=$((tests + 1))
    if [ "$2" = "$3" ]; then
        echo "ok $tests - $1"
    else
        failures=$((failures + 1))
        echo "not ok $tests - $1"
        printf 'got      %s\nexpected %s\n' "$2" "$3" | sed 's/^/# /'
    fi
}

# traced FILE PROGRAM ARGUMENT…: its own result is of no interest, for nothing is computed.
traced() {
    local file=$1
    shift
    "$cli" run --no-audit --trace "$file" -- "$world/enter" "$@" >/dev/null 2>>"$scratch/err"
}

# What was said, but for addresses and times.
messages() { sed 's/0x[0-9a-f]*//g' "$1" | sort -u; }

case $tag in
few) # one of each kind; MIOpen would take Winograd kernels for the last
    lines=("conv -n 1 -c 16 -H 24 -W 24 -k 32 -y 3 -x 3 -p 2 -q 2 -l 2 -j 2 -F 4"
        "convfp16 -n 2 -c 16 -H 12 -W 14 -k 8 -y 3 -x 3 -p 1 -q 1 -u 2 -v 1 -I NHWC -O NHWC -f NHWC -F 2"
        "conv -n 1 -c 8 -H 10 -W 10 -k 8 -g 2 -y 3 -x 3 -u 2 -v 2 -m trans -F 1"
        "conv -n 1 -c 256 -H 14 -W 14 -k 256 -y 3 -x 3 -p 1 -q 1 -F 1") ;;
*) mapfile -t lines < <(awk -F'\t' -v tag="$tag" '!/^#/ && ("," $3 ",") ~ ("," tag ",") { print $2 }' "$source/tests/real/cases.list") ;;
esac
is 'there are cases' "$((${#lines[@]} > 0))" 1

for line in "${lines[@]}"; do
    "$world/enter" "$convolve" --road immediate "$line" >>"$scratch/plain" 2>>"$scratch/plain-err"
done &
for line in "${lines[@]}"; do
    traced "$scratch/trace" "$convolve" --road immediate "$line"
done
wait
is 'a line for each' "$(jq -s length "$scratch/trace")" "${#lines[@]}"
is 'nothing stood in the way of MIOpen' "$(jq -c -s 'map(.variables) | unique' "$scratch/trace")" '[[]]'
is "MIOpen's own choice is what it chooses by itself" \
    "$(jq -c -s 'map(.miopen.solver.id)' "$scratch/trace")" "$(jq -c -s 'map(.solver_id)' "$scratch/plain")"
is 'each ran once, and was measured' "$(jq -c -s 'map([(.runs | add), .failures, .timed, .device_us > 0]) | unique' "$scratch/trace")" \
    '[[1,0,1,true]]'
is 'each has its rule' "$(jq -c -s 'map(.rules[-1].origin | startswith("50-rdna1.rules:")) | unique' "$scratch/trace")" '[true]'
is 'the card' "$(jq -c -s 'map(.device) | unique' "$scratch/trace")" '[{"pci":"0000:03:00.0","chip":"gfx1010","target":"gfx1010"}]'
is 'what MIOpen says, it says without us as well' \
    "$(comm -13 <(messages "$scratch/plain-err") <(messages "$scratch/err"))" ''

# Again, each from its own line.
mapfile -t problems < <(jq -r .problem "$scratch/trace")
for problem in "${problems[@]}"; do
    traced "$scratch/again" "$convolve" --road find "$problem"
done &
# In the driver of 3.4.0 and later y is int8 where x is; before, and in our lines, it is int32.
for problem in "${problems[@]}"; do
    [[ $problem != convint8* ]] || continue
    # shellcheck disable=SC2086 # the driver takes words
    traced "$scratch/driver" "$world/root/usr/libexec/rocm/libmiopen1-tests/MIOpenDriver" $problem -V 0 -i 1
done
wait
same() { jq -S -c '[.problem, .direction, .type, .layout, .transposed, [.chosen[].id], .miopen.solver.id]' "$1"; }
is 'each line makes the same problem again' "$(same "$scratch/again")" "$(same "$scratch/trace")"
is "and in MIOpen's own driver" "$(same "$scratch/driver")" "$(same <(jq -c 'select(.type != "int8")' "$scratch/trace"))"
is 'the search that comes before a run is noted' "$(jq -c -s 'map(.finds) | unique' "$scratch/again")" '[1]'

"$cli" trace --json "$scratch/trace" "$scratch/again" "$scratch/driver" >"$scratch/json"
is 'together they are the same problems' "$(jq -c '[.lines.skipped, .totals.problems]' "$scratch/json")" "[0,${#lines[@]}]"

echo "1..$tests"
[ "$failures" -eq 0 ]
