#!/bin/sh
# The audit library before a stub of MIOpen: who looks its functions up by name, or binds to them
# past the shim, gets the shim's. Each way is also shown without it, or the test would prove nothing.
set -eu

audit=$(realpath "$1") shim=$(realpath "$2") client=$3 plugin=$4 lazy=$5 now=$6 miopen=$(realpath "$7") bundled=$8 auditor=$9
shift 9
linked=$1 build=$2 proxy=${3-}

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
unset LD_PRELOAD LD_AUDIT
# A sanitizer's library comes with the preloaded one here, and late.
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0
export ASAN_OPTIONS
# Nor does the place that its library needs in each thread fit into what is set apart for an auditor.
[ "$build" = plain ] || export GLIBC_TUNABLES=glibc.rtld.optional_static_tls=1048576

number=0
failures=0

# run PROGRAM ARGUMENT…: its output and status, with $preload and $audits where they are set.
run() {
    status=0
    env ${preload:+"LD_PRELOAD=$preload"} ${audits:+"LD_AUDIT=$audits"} "$@" \
        >"$dir/out" 2>"$dir/err" || status=$?
}

# what NAME STDOUT: the last run succeeded, said this and nothing on stderr.
what() {
    number=$((number + 1))
    if [ "$status" -eq 0 ] && [ "$(cat "$dir/out")" = "$2" ] && [ ! -s "$dir/err" ]; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
        printf 'status %s, expected:\n%s\ngot:\n' "$status" "$2" | sed 's/^/# /'
        sed 's/^/# /' "$dir/out" "$dir/err"
        failures=$((failures + 1))
    fi
}

skip() {
    number=$((number + 1))
    echo "ok $number - $1 # SKIP $2"
}

# Algorithm 3 and solution 84 are Winograd, MIOpen's own choice; 0 and 91 GEMM. It is launched once by
# each of two calls.
own='miopen: algorithm 3, solution 84, GEMM launched 0'
past='shim: algorithm 0, solution 91, GEMM launched 2'
linked_own='find 0 algorithm 3 run 7 solver 84 winograd -, - before'
linked_past='find 0 algorithm 0 run 0 solver 91 winograd 0, - before'

twice() { printf '%s\n%s' "$1" "$1"; }

# covered NAME BEFORE AFTER CLIENT_ARGUMENT…: what comes of it with the shim alone, and with both.
covered() {
    name=$1 before=$2 after=$3
    shift 3
    preload=$shim audits=''
    run "$client" "$@"
    what "$name: without the audit library" "$before"
    audits=$audit
    run "$client" "$@"
    what "$name" "$after"
}

# The same for what no sanitizer goes along with.
covered_plain() {
    if [ "$build" = plain ]; then
        covered "$@"
    else
        skip "$1" 'the sanitizer does not allow it'
    fi
}

covered 'dlsym by the program' "$own" "$past" dlsym "$miopen"
covered 'dlvsym by the program' "$own" "$past" dlvsym "$miopen"
covered 'dlsym by a library' "$own" "$past" plugin "$plugin" "$miopen"
covered 'a MIOpen with a hash in its name' "$own" "$past" dlsym "$bundled"
covered_plain 'a library opened with RTLD_DEEPBIND, bound lazily' "$linked_own" "$linked_past" deepbind "$lazy"
covered_plain 'a library opened with RTLD_DEEPBIND, bound at once' "$linked_own" "$linked_past" deepbind "$now"
covered 'closed and opened again' "$(twice "$own")" "$(twice "$past")" reopen "$miopen"
covered 'closed without a call' "$own" "$past" unused "$miopen"

# What the shim reaches by itself stays as it is.
covered 'dlsym among everybody' "$past" "$past" default "$miopen"
covered 'a library that is linked with it' "$linked_past" "$linked_past" linked "$lazy"
covered 'a library that is linked with it, bound at once' "$linked_past" "$linked_past" linked "$now"
client_before=$client client=$linked
covered 'a program that is linked with it' \
    'find 0 algorithm 0 run 0 solver 91 winograd 0, 0 before' \
    'find 0 algorithm 0 run 0 solver 91 winograd 0, 0 before'
client=python3
covered_plain 'ctypes in Python' 'solution 84' 'solution 91' "$(dirname "$0")/ctypes_client.py" "$miopen"
client=$client_before

# Only the SONAME says what the file is.
cp "$miopen" "$dir/renamed-by-somebody.so"
covered 'a MIOpen under another file name' "$own" "$past" dlsym "$dir/renamed-by-somebody.so"

# Each gets the copy that it asked for.
again='find 0 algorithm 0 run 0 solver 91 winograd 0, 0 before'
covered 'two copies, one linked with and one looked up in' \
    "$(printf '%s\n' "$linked_past" "$own" "$again" "$own")" \
    "$(printf '%s\n' "$linked_past" "$past" "$again" "$past")" two "$lazy" "$bundled"

# One that passes calls on is asked once, and what it asks for itself it gets.
if [ -n "$proxy" ]; then
    covered 'a MIOpen that has all from another' "$own" "$past" through "$proxy" "$bundled"
else
    skip 'a MIOpen that has all from another' 'its jumps are written for x86-64'
fi

# A namespace of its own has no shim.
covered_plain 'a namespace of its own' "$own" "$own" apart "$miopen"

# Without the shim nothing is touched.
preload='' audits=$audit
run "$client" dlsym "$miopen"
what 'the shim is not there' "$own"
if [ "$build" = plain ]; then
    run "$client" deepbind "$lazy"
    what 'the shim is not there: RTLD_DEEPBIND' "$linked_own"
fi
cp "$plugin" "$dir/libmiopen_rdna1.so"
preload=$dir/libmiopen_rdna1.so
run "$client" dlsym "$miopen"
what 'another library of its name' "$own"

# Switched off, the shim forwards.
preload=$shim
export ROCM_RDNA1=off
run "$client" dlsym "$miopen"
what 'switched off' "shim${own#miopen}"
unset ROCM_RDNA1

# Auditors before and behind ours.
export TEST_AUDITOR_REPORT="$dir/report"
for audits in "$auditor:$audit" "$audit:$auditor"; do
    rm -f "$dir/report"
    run "$client" dlsym "$miopen"
    what "with another auditor, ${audits##*/} last" "$past"
    number=$((number + 1))
    if [ -s "$dir/report" ] && [ "$(cat "$dir/report")" -gt 10 ]; then
        echo "ok $number - it was there"
    else
        echo "not ok $number - it was there"
        failures=$((failures + 1))
    fi
done

# The linker ignores paths in LD_AUDIT and LD_PRELOAD where a program gains privileges.
audits=$audit
cp "$client" "$dir/privileged"
if [ "$build" != plain ]; then
    skip 'a program that gains privileges' 'a sanitized library cannot be left out'
elif [ "$(id -u)" -ne 0 ] || ! chgrp 65534 "$dir/privileged" || findmnt -no OPTIONS -T "$dir" | grep -q nosuid; then
    skip 'a program that gains privileges' 'making one needs root'
else
    chmod g+s "$dir/privileged"
    run "$dir/privileged" dlsym "$miopen"
    what 'a program that gains privileges' "$own"
fi

echo "1..$number"
[ $failures -eq 0 ]
