#!/bin/sh
# env: what it prints, that shells take it, and that it keeps what is set.
. "$(dirname "$0")/harness.sh"

original='HSA_OVERRIDE_GFX_VERSION=10.3.0
MIOPEN_DEBUG_CONV_IMPLICIT_GEMM=0
MIOPEN_FIND_ENFORCE=3
MIOPEN_DEBUG_CONV_WINOGRAD=0
MIOPEN_DEBUG_CONV_DIRECT=0
MIOPEN_DEBUG_CONV_GEMM=1
HIP_FORCE_COARSE_GRAIN=1'
gemm='MIOPEN_DEBUG_AMD_WINOGRAD_RXS_F2X3_G1=0
MIOPEN_DEBUG_CONV_FFT=0
MIOPEN_DEBUG_CONV_IMPLICIT_GEMM=0
MIOPEN_DEBUG_CONV_WINOGRAD=0
MIOPEN_DEBUG_GCN_ASM_KERNELS=0
MIOPEN_DEBUG_OPENCL_CONVOLUTIONS=0'

plain() { # the lines of env's output as NAME=value
    printf '%s\n' "$1" | sed -n "s/^export \([A-Z0-9_]*\)='\(.*\)'\$/\1=\2/p"
}

runs "$PROGRAM" env --sysroot "$MACHINES/rx5700xt"
is 'env succeeds' "$status" 0
is 'env says nothing else' "$err" ''
is 'env switches off what hangs, and neither GEMM nor naive' "$(plain "$out" | sort)" "$gemm"
printed=$out

for shell in sh dash bash zsh; do
    if ! command -v $shell >/dev/null; then
        skips "$shell takes the output" "no $shell here"
        continue
    fi
    # shellcheck disable=SC2016 # for the inner shell
    runs $shell -c 'eval "$1"; env' $shell "$printed"
    is "$shell takes the output" "$(printf '%s\n' "$out" | grep '^MIOPEN_' | sort)" "$gemm"
done

runs "$PROGRAM" env --profile original --sysroot "$MACHINES/rx5700xt"
is 'the original recipe, in its order' "$(plain "$out")" "$original"

for machine in mixed igpu no-amd no-pci; do
    runs "$PROGRAM" env --sysroot "$MACHINES/$machine"
    is "$machine: nothing" "$status$out$err" 0
    runs "$PROGRAM" env --explain --sysroot "$MACHINES/$machine"
    has "$machine: --explain says why nothing" "$out" '# nothing to set: '
    is "$machine: --explain prints only comments" "$(printf '%s\n' "$out" | grep -cv '^# ')" 0
done

runs "$PROGRAM" env --profile off --sysroot "$MACHINES/rx5700xt"
is '--profile off prints nothing' "$status$out$err" 0
runs env ROCM_RDNA1=off "$PROGRAM" env --sysroot "$MACHINES/rx5700xt"
is 'ROCM_RDNA1=off prints nothing' "$status$out$err" 0
runs env ROCM_RDNA1=off "$PROGRAM" env --explain --sysroot "$MACHINES/rx5700xt"
has 'ROCM_RDNA1=off is explained' "$out" 'ROCM_RDNA1=off is set'
runs env ROCM_RDNA1=off "$PROGRAM" env --profile original --sysroot "$MACHINES/rx5700xt"
is 'ROCM_RDNA1=off goes before a profile' "$status$out$err" 0

runs env MIOPEN_DEBUG_CONV_FFT=1 MIOPEN_DEBUG_CONV_WINOGRAD= "$PROGRAM" env --explain --sysroot "$MACHINES/rx5700xt"
lacks "the user's value is kept" "$out" 'export MIOPEN_DEBUG_CONV_FFT'
lacks "the user's empty value is kept" "$out" 'export MIOPEN_DEBUG_CONV_WINOGRAD'
has '--explain says so' "$out" '# MIOPEN_DEBUG_CONV_FFT: kept as it is set already'
has 'the others are printed' "$out" "export MIOPEN_DEBUG_CONV_IMPLICIT_GEMM='0'"
runs sh -c "$out"
is 'with --explain it is still sh' "$status$err" 0

runs "$PROGRAM" env --format json --sysroot "$MACHINES/rx5700xt"
is 'JSON has the same variables' \
    "$(printf '%s' "$out" | jq -r '.environment.variables[] | .name + "=" + .value' | sort)" "$gemm"
is 'JSON names schema and profile' "$(printf '%s' "$out" | jq -c '[.schema, .profile]')" '[1,"gemm"]'
runs "$PROGRAM" env --format json --sysroot "$MACHINES/no-amd"
is 'JSON where nothing applies' \
    "$(printf '%s' "$out" | jq -c '[.environment.applies, .environment.variables]')" '[false,[]]'

finish
