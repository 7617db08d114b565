#!/bin/sh
# Command lines, right and wrong ones, and what becomes of output that cannot be written.
. "$(dirname "$0")/harness.sh"

runs "$PROGRAM" --version
is '--version succeeds' "$status" 0
is '--version names the version' "$out" "rocm-rdna1 $VERSION"

runs "$PROGRAM" --help
is '--help succeeds' "$status" 0
is '--help says nothing on stderr' "$err" ''
for command in status env run trace; do
    has "--help lists $command" "$out" "  $command "
done

for command in status env run trace; do
    runs "$PROGRAM" "$command" --help
    is "$command --help succeeds" "$status" 0
    has "$command --help has a usage line" "$out" "Usage: rocm-rdna1 $command"
    for option in $("$PROGRAM" --list-commands | awk -F'\t' -v c="$command" '$1 == "option" && $2 == c { print $3 }'); do
        has "$command --help has $option" "$out" "  $option"
    done
done

wrong() { # wrong STATUS PART-OF-THE-MESSAGE WORD...
    expected=$1
    part=$2
    shift 2
    runs "$PROGRAM" "$@"
    is "$* fails with $expected" "$status" "$expected"
    is "$* prints nothing" "$out" ''
    has "$* says why" "$err" "$part"
}
wrong 2 'which command'
wrong 2 'unknown command stauts; did you mean status?' stauts
wrong 2 'unknown command frobnicate; see' frobnicate
wrong 2 'unknown command' ''
wrong 2 'did you mean --json?' status --jsno
wrong 2 'unknown option --frobnicate; see' status --frobnicate
wrong 2 'unknown option -x' status -x
wrong 2 'unexpected argument here' status here
wrong 2 'needs a value' env --format
wrong 2 'expected one of sh|json' env --format=fish
wrong 2 'expected one of sh|json' env --format=
wrong 2 'expected one of sh|json' env '--format=sh|json'
wrong 2 'expected one of gemm|original|off' env --profile wild
wrong 2 'expected one of auto|always|never' status --color blue
wrong 2 '\x1b[31m' "$(printf '\033[31m')"
wrong 1 'cannot be used as the root' status --sysroot /nonexistent
wrong 1 'cannot be used as the root' status --sysroot /dev/null
wrong 1 'cannot be used as the root' env --sysroot ''
wrong 2 'which file' trace
wrong 2 'expected one of them' trace --json --html /nonexistent
wrong 1 'No such file' trace /nonexistent
wrong 1 'Is a directory' trace /
wrong 125 'the shim that writes it' run --trace /tmp/x --no-shim -- true
wrong 125 'the shim that writes it' run --trace /tmp/x --profile original -- true
wrong 125 'which program' run
wrong 125 'which program' run --
wrong 125 'did you mean --no-shim?' run --noshim -- true
wrong 125 'expected one of' run --profile wild -- true

runs "$PROGRAM" status --json --sysroot /nonexistent
is 'an error in JSON fails too' "$status" 1
is 'an error in JSON is JSON' "$(printf '%s' "$out" | jq -r .error.message)" 'No such file or directory'

for words in --help --version status 'status --json' 'env --format json' 'status --help'; do
    # shellcheck disable=SC2086 # words to be split
    "$PROGRAM" $words >/dev/full 2>"$scratch/err"
    status=$?
    err=$(cat "$scratch/err")
    is "$words on a full device fails" "$status" 1
    has "$words on a full device says so" "$err" 'No space left'
    # shellcheck disable=SC2086
    "$PROGRAM" $words >&- 2>"$scratch/err"
    is "$words without a stdout fails" "$?" 1
done

# Nothing to write is nothing lost.
"$PROGRAM" env --sysroot "$MACHINES/no-amd" >&- 2>"$scratch/err"
is 'without a stdout, and with nothing to say, all is well' "$?$(cat "$scratch/err")" 0

runs env ROCM_RDNA1=of "$PROGRAM" status --sysroot "$MACHINES/rx5700xt"
is 'a malformed setting does not stop status' "$status" 0
has 'a malformed setting is named' "$err" 'ROCM_RDNA1=of: expected off or on; taken as not set'

finish
