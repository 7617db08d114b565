#!/bin/sh
# scan of rocBLAS, one of the largest libraries there are: what is known of its code, to the last kernel.
#
# Given by meson besides: ROCBLAS (the directory that sim/fetch-rocblas printed).
. "$(dirname "$0")/harness.sh"

HOME=$scratch/home
mkdir "$HOME"
export HOME ROCM_RDNA1_SYSROOT="$MACHINES/rx5700xt"
unset XDG_CACHE_HOME

if [ -z "$ROCBLAS" ]; then
    skips 'rocBLAS' 'it was not fetched: sim/fetch-rocblas'
    finish
fi
library=$(find "$ROCBLAS" -maxdepth 1 -name 'librocblas.so.*')
release=$(basename "$ROCBLAS")

# sums TARGET SUFFIX: of all files for the target whose names end so.
sums() {
    jq -c --arg target "$1" --arg suffix "$2" '[.files[] | select(.target == $target and (.path | endswith($suffix)))] |
        [length, (map(.kernels) | add), (map(.instructions) | add), (map(.classes.A.kernels) | add),
            (map(.classes.B.kernels) | add), (map(.classes.C.kernels) | add), (map(.classes.D.kernels) | add),
            (map(.counts["absent-opcode"]) | add), (map(.undecoded + .notes_count) | add)]' "$scratch/all"
}

own=$(scan_facts "$library")
later=$(scan_facts --target gfx1030 "$library")
"$PROGRAM" scan --json "$ROCBLAS" >"$scratch/all"
case $release in
7.2.4*)
    is 'the library' "$own" '["native",8639,{"A":0,"B":0,"C":0,"D":0},0,0]'
    is 'the library with the override' "$later" '["native",8639,{"A":12,"B":1204,"C":2786,"D":3424},0,0]'
    is 'Tensile for gfx1010' "$(sums gfx1010 .hsaco)" '[55,853,1130588,0,0,0,0,0,0]'
    is 'Tensile from HIP for gfx1030' "$(sums gfx1030 .hsaco)" '[55,853,993819,155,234,152,105,23308,0]'
    is 'Tensile in assembly for gfx1030' "$(sums gfx1030 .co)" '[16,4357,17042965,1708,149,0,2500,1939360,0]'
    ;;
*)
    has "$release: native code has no findings" "$own" '{"A":0,"B":0,"C":0,"D":0},0,0]'
    lacks "$release: code for gfx1030 has some" "$later" '"A":0,'
    ;;
esac

# Of a library one bundle at a time is unpacked, and what is looked at makes room for what comes next.
if [ "$SANITIZE" = none ]; then
    peak=$(python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)' "$PROGRAM" scan --no-cache "$ROCBLAS")
    echo "# at most $peak MiB at one time"
    [ "$peak" -lt 512 ]
    passed 'memory is bounded' $?
else
    skips 'memory' 'a sanitizer takes its own'
fi
finish
