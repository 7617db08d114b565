#!/bin/sh
# workspace.sh BUILD RELEASE SCENARIO DEVICES [VARIABLE=VALUE]…: the client `workspace` among a release's
# libraries, under the shim.
set -eu
build=$1 release=$2 scenario=$3 devices=$4
shift 4
source=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/home" "$scratch/sysroot"
unset LD_LIBRARY_PATH LD_PRELOAD
export SIM_CACHE="${SIM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/rocm-rdna1/kernels}"
unset XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME
export HOME="$scratch/home" SIM_DEVICES="$devices" SIM_SYSROOT="$scratch/sysroot" SIM_LOG="$scratch/log"
export ROCM_RDNA1_SYSROOT="$SIM_SYSROOT" ROCM_RDNA1_RULES="$source/data/rules"
export ROCM_RDNA1_SHIM="$build/src/shim/libmiopen_rdna1.so" ROCM_RDNA1_CLI="$build/src/cli/rocm-rdna1"
"$build/sim/sysroot" "$SIM_SYSROOT"
env "$@" "$source/tests/real/way" shim "$build/sim/world-$release/enter" \
    "$build/tests/real/workspace-$release" "$scenario"
