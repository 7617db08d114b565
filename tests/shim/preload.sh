#!/bin/sh
# The shim in front of programs that know nothing of it, as LD_PRELOAD brings it there.
set -eu

shim=$1 linked=$2 opener=$3 plugin=$4 miopen=$5 bundled=$6 early=$7 bystander=$8 crowd=$9
shift 9
audit=$(realpath "$1") build=$2

# The gate finds the shim from a relative path by asking the dynamic linker, past no other dlopen().
[ "$build" = plain ] || shim=$(realpath "$shim")

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
unset LD_PRELOAD
# A sanitizer's library comes with the preloaded one here, and late.
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0
export ASAN_OPTIONS

number=0
failures=0

result() {
    number=$((number + 1))
    if [ "$1" = yes ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        sed 's/^/# /' "$dir/out" "$dir/err"
        failures=$((failures + 1))
    fi
}

# run PROGRAM ARGUMENT…: its output and status in files, with the shim where $preload is set.
run() {
    status=0
    env ${preload:+"LD_PRELOAD=$preload"} "$@" >"$dir/out" 2>"$dir/err" || status=$?
}

# what NAME STATUS STDOUT [STDERR]: the last run ended like that.
what() {
    verdict=no
    [ "$status" -ne "$2" ] || [ "$(cat "$dir/out")" != "$3" ] ||
        [ "$(cat "$dir/err")" != "${4:-}" ] || verdict=yes
    result $verdict "$1"
}

# The last word is what the environment said before the first call: the gate's constructor sets it
# only in programs that are linked with MIOpen, and in others the first call does.
mio_open_s_own='find 0 algorithm 3 run 7 solver 84 winograd -, - before'
by_gemm='find 0 algorithm 0 run 0 solver 91 winograd 0, - before'
by_gemm_linked='find 0 algorithm 0 run 0 solver 91 winograd 0, 0 before'

# both NAME EXPECTED PROGRAM ARGUMENT…: MIOpen's own choice without the shim, EXPECTED with it.
both() {
    name=$1
    expected=$2
    shift 2
    preload=
    run "$@"
    what "$name, without the shim" 0 "$mio_open_s_own"
    preload=$shim
    run "$@"
    what "$name" 0 "$expected"
}

both 'a program that is linked with MIOpen' "$by_gemm_linked" "$linked"
both 'a library that needs MIOpen, opened' "$by_gemm" "$opener" "$plugin"
both 'a call from a constructor before ours' "$by_gemm" "$early"
both 'a MIOpen with a hash in its name' "$by_gemm" "$opener" "$bundled"

# The file has another name than its SONAME, which alone is how the plugin asks for it.
mkdir "$dir/lib"
cp "$miopen" "$dir/lib/renamed-by-somebody.so"
both 'a MIOpen under another file name' "$by_gemm" "$opener" "$dir/lib/renamed-by-somebody.so" "$plugin"

# Where libraries have used up the linker's reserve for those which need a fixed place in each thread:
# the first takes nearly all of it, the others what is left. A sanitizer has a reserve of its own.
if [ "$build" = plain ]; then
    mkdir "$dir/crowd"
    set --
    for bytes in 256 8; do
        for i in $(seq 40); do
            cp "$crowd/libpreload_crowd_$bytes.so" "$dir/crowd/$bytes-$i.so"
            set -- "$@" "?$dir/crowd/$bytes-$i.so"
        done
    done
    cp "$crowd/libpreload_crowd_8.so" "$dir/crowd/last.so"
    set -- "$opener" "$@" "!$dir/crowd/last.so" "$plugin"
    both 'a program that has no more room in its threads' "$by_gemm" "$@"
    # Where there is an auditor, what is preloaded has its place from the same reserve.
    export LD_AUDIT="$audit"
    both 'the same, with an auditor' "$by_gemm" "$@"
    unset LD_AUDIT
fi

# The half that stays when the file of the other is gone.
cp "$shim" "$dir"
preload=$dir/libmiopen_rdna1.so
run "$linked"
what 'the gate alone' 0 "$mio_open_s_own"
run "$opener" "$plugin"
what 'the gate alone, and a library that needs MIOpen' 0 "$mio_open_s_own"

preload=$shim
export ROCM_RDNA1=off
run "$linked"
what 'switched off' 0 "$mio_open_s_own"
unset ROCM_RDNA1

# Of those who never load MIOpen nobody notices.
for preload in '' "$shim"; do
    run "$bystander" x
    what "a program without MIOpen${preload:+, preloaded}" 42 'to stdout' 'to stderr'
done
run "$opener"
what 'a program that opens nothing' 3 ''

# The host's own programs, which a sanitizer's library would not get along with.
if [ "$build" = plain ]; then
    run /bin/sh -c 'echo out; echo err >&2; exit 7'
    what 'a shell' 7 out err
    run /bin/sh -c '/bin/ls -d /; /bin/cat /dev/null'
    what 'its children' 0 /
    run /bin/false
    what 'a program that fails' 1 ''
fi

# With sysfs out of reach, or rules nobody can read, as well.
run env ROCM_RDNA1_SYSROOT="$dir/missing" "$linked"
what 'a machine without sysfs' 0 "$mio_open_s_own"
run env ROCM_RDNA1_RULES="$dir/missing" "$linked"
what 'without rules: those that are built in' 0 "$by_gemm_linked"
mkdir "$dir/rules"
printf '[nonsense\nAllow=everything\n\377\376' >"$dir/rules/50-bad.rules"
run env ROCM_RDNA1_RULES="$dir/rules" "$linked"
what 'with rules that make no sense: GEMM, and not a word' 0 "$by_gemm_linked"

echo "1..$number"
[ $failures -eq 0 ]
