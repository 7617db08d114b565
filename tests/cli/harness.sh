# shellcheck shell=sh
# Sourced by the tests of this directory: runs commands, compares, and prints TAP.
#
# Given by meson: PROGRAM (rocm-rdna1), MACHINES (trees), EXPECTED (what is on them), FIXTURE (a
# library that stands in for the shim), AUDIT (the audit library), BIG_TLS (a library that needs as
# much of every thread as jemalloc does), OLD_GLIBC (a library that makes the C library out to be an
# old one), SAMPLES (files with GPU code; empty where there are no tools to make them), SOURCE (the
# project), SANITIZE (b_sanitize).
set -u
export LC_ALL=C.UTF-8
unset ROCM_RDNA1 ROCM_RDNA1_SYSROOT ROCM_RDNA1_RULES ROCM_RDNA1_SHIM ROCM_RDNA1_AUDIT \
    ROCM_RDNA1_MAX_WORKSPACE ROCM_RDNA1_TRACE HSA_OVERRIDE_GFX_VERSION LD_PRELOAD LD_AUDIT GLIBC_TUNABLES \
    NO_COLOR
for name in $(env | sed -n 's/^\(MIOPEN_[A-Z_]*\)=.*/\1/p'); do unset "$name"; done

# Where rocm-rdna1 is built with it, the address sanitizer must bear a library preloaded before it.
export ASAN_OPTIONS="verify_asan_link_order=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}"

tests=0
failures=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Runs a command; leaves its output in $out, its messages in $err, its exit status in $status.
runs() {
    "$@" >"$scratch/out" 2>"$scratch/err" </dev/null
    status=$?
    out=$(cat "$scratch/out")
    err=$(cat "$scratch/err")
}

# passed DESCRIPTION STATUS: one test, passed where STATUS is 0; else shows what the last run said.
passed() {
    tests=$((tests + 1))
    if [ "$2" -eq 0 ]; then
        echo "ok $tests - $1"
        return
    fi
    failures=$((failures + 1))
    echo "not ok $tests - $1"
    printf 'status %s\nout: %s\nerr: %s\n' "${status-}" "${out-}" "${err-}" | sed 's/^/# /'
}

# is DESCRIPTION ACTUAL EXPECTED
is() {
    [ "$2" = "$3" ]
    local_result=$?
    [ $local_result -eq 0 ] || printf 'got      %s\nexpected %s\n' "$2" "$3" | sed 's/^/# /'
    passed "$1" $local_result
}

# has DESCRIPTION TEXT PART
has() {
    case $2 in
    *"$3"*) passed "$1" 0 ;;
    *)
        echo "# no \"$3\" in it"
        passed "$1" 1
        ;;
    esac
}

# lacks DESCRIPTION TEXT PART: no text at all is none that lacks it, for then nothing was said.
lacks() {
    case $2 in
    '')
        echo '# there is no text'
        passed "$1" 1
        ;;
    *"$3"*)
        echo "# has \"$3\" in it"
        passed "$1" 1
        ;;
    *) passed "$1" 0 ;;
    esac
}

# skips DESCRIPTION REASON
skips() {
    tests=$((tests + 1))
    echo "ok $tests - $1 # SKIP $2"
}

# Ends the test; a script that died before it has no plan, which counts as a failure.
finish() {
    echo "1..$tests"
    [ "$failures" -eq 0 ]
    exit
}

# scan_facts OPTION…: what is known of the code in one file, as far as expectations are about it.
scan_facts() {
    "$PROGRAM" scan --json "$@" | jq -c '.files[0] | [.verdict, .kernels, (.classes | map_values(.kernels)), .undecoded, .notes_count]'
}
