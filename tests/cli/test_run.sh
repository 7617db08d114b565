#!/bin/sh
# run: the environment it leaves, what it refuses, and whose exit status comes back.
#
# shellcheck disable=SC2016 # what stands in single quotes is for inner shells
. "$(dirname "$0")/harness.sh"

export ROCM_RDNA1_SYSROOT="$MACHINES/rx5700xt" ROCM_RDNA1_SHIM="$FIXTURE" ROCM_RDNA1_AUDIT="$AUDIT"
sh=$(command -v sh)

runs "$PROGRAM" run -- env
is 'run succeeds' "$status" 0
is 'run says nothing' "$err" ''
has 'the shim is preloaded' "$out" "
LD_PRELOAD=$FIXTURE"
has 'the audit library audits' "$out" "
LD_AUDIT=$AUDIT"
has 'the variables are set' "$out" 'MIOPEN_DEBUG_CONV_WINOGRAD=0'
runs "$PROGRAM" run -- cat /proc/self/maps
has 'the shim is in the process' "$out" "$FIXTURE"
has 'the audit library is in the process' "$out" "$AUDIT"
is 'no second C library came with it' "$(printf '%s\n' "$out" | grep -c 'r-xp.*/libc\.so')" 1

runs "$PROGRAM" run "$sh" -c 'echo "$0 $*"' --json -- a
is 'words after the program are its own' "$out" '--json -- a'
runs "$PROGRAM" run --no-shim -- env
lacks '--no-shim preloads nothing' "$out" LD_PRELOAD
lacks '--no-shim audits nothing' "$out" LD_AUDIT
has '--no-shim sets the variables' "$out" 'MIOPEN_DEBUG_CONV_WINOGRAD=0'
runs "$PROGRAM" run --no-audit -- env
has '--no-audit preloads the shim' "$out" "LD_PRELOAD=$FIXTURE"
lacks '--no-audit audits nothing' "$out" LD_AUDIT
runs "$PROGRAM" run --profile original -- env
lacks '--profile original preloads nothing' "$out" LD_PRELOAD
lacks '--profile original audits nothing' "$out" LD_AUDIT
has '--profile original sets its variables' "$out" 'MIOPEN_FIND_ENFORCE=3'
runs "$PROGRAM" run --profile off -- env
lacks '--profile off preloads nothing' "$out" LD_PRELOAD
lacks '--profile off sets nothing' "$out" MIOPEN_
runs env ROCM_RDNA1=off ROCM_RDNA1_SHIM=/nonexistent "$PROGRAM" run -- env
is 'ROCM_RDNA1=off just runs' "$status$err" 0
lacks 'ROCM_RDNA1=off preloads nothing' "$out" LD_PRELOAD
lacks 'ROCM_RDNA1=off audits nothing' "$out" LD_AUDIT
lacks 'ROCM_RDNA1=off sets nothing' "$out" MIOPEN_
for machine in no-amd no-pci; do
    runs env ROCM_RDNA1_SYSROOT="$MACHINES/$machine" ROCM_RDNA1_SHIM=/nonexistent "$PROGRAM" run -- env
    is "$machine: just runs" "$status$err" 0
    lacks "$machine: preloads nothing" "$out" LD_PRELOAD
    lacks "$machine: audits nothing" "$out" LD_AUDIT
    lacks "$machine: sets nothing" "$out" MIOPEN_
done
runs env ROCM_RDNA1_SYSROOT="$MACHINES/mixed" "$PROGRAM" run -- env
has 'mixed: the shim is preloaded' "$out" "LD_PRELOAD=$FIXTURE"
lacks 'mixed: no variable reaches the other card' "$out" MIOPEN_
runs env MIOPEN_DEBUG_CONV_FFT=1 MIOPEN_DEBUG_CONV_WINOGRAD= "$PROGRAM" run -- env
has "the user's value is kept" "$out" 'MIOPEN_DEBUG_CONV_FFT=1'
is "the user's empty value is kept" "$(printf '%s\n' "$out" | grep CONV_WINOGRAD)" 'MIOPEN_DEBUG_CONV_WINOGRAD='

cp "$FIXTURE" "$scratch/other.so"
runs env LD_PRELOAD="$scratch/other.so" "$PROGRAM" run -- env
has 'the shim goes before others' "$out" "LD_PRELOAD=$FIXTURE:$scratch/other.so"
runs env LD_PRELOAD="$scratch/other.so $FIXTURE" "$PROGRAM" run -- env
has 'a shim that is there already stays where it is' "$out" "LD_PRELOAD=$scratch/other.so $FIXTURE"
runs "$PROGRAM" run -- "$PROGRAM" run -- env
is 'run in run preloads once' "$(printf '%s\n' "$out" | grep '^LD_PRELOAD=')" "LD_PRELOAD=$FIXTURE"
is 'run in run audits once' "$(printf '%s\n' "$out" | grep '^LD_AUDIT=')" "LD_AUDIT=$AUDIT"
(
    cd "$(dirname "$FIXTURE")" || exit
    runs env ROCM_RDNA1_SHIM="$(basename "$FIXTURE")" "$PROGRAM" run -- env
    printf '%s\n' "$out" | grep '^LD_PRELOAD='
) >"$scratch/relative"
is 'a relative shim becomes absolute' "$(cat "$scratch/relative")" "LD_PRELOAD=$FIXTURE"

# Look-ups by name are covered where the C library tells an auditor about all of them.
cp "$AUDIT" "$scratch/trace er.so"
runs env LD_AUDIT="$scratch/trace er.so" "$PROGRAM" run -- env
has 'the audit library goes before others' "$out" "LD_AUDIT=$AUDIT:$scratch/trace er.so"
is 'beside another auditor nothing is said' "$status$err" 0
runs env LD_AUDIT="$scratch/trace er.so:$AUDIT" "$PROGRAM" run -- env
has 'an audit library that is there already stays' "$out" "LD_AUDIT=$scratch/trace er.so:$AUDIT"
runs env LD_PRELOAD="$BIG_TLS" "$PROGRAM" run -- echo ran
is 'a library like jemalloc still has its place in each thread' "$status$out$err" 0ran
runs env LD_PRELOAD="$BIG_TLS" LD_AUDIT="$AUDIT" echo ran
is 'which auditing alone would have taken from it' "$status$out" 127
runs env GLIBC_TUNABLES=glibc.malloc.check=3 "$PROGRAM" run -- env
has 'tunables are added to' "$out" 'GLIBC_TUNABLES=glibc.malloc.check=3:glibc.rtld.optional_static_tls='
for words in --no-audit --no-shim; do
    runs "$PROGRAM" run $words -- env
    lacks "no tunables with $words" "$out" GLIBC_TUNABLES
done
runs env LD_PRELOAD="$OLD_GLIBC" "$PROGRAM" run -- env
is 'with an old C library run succeeds' "$status" 0
lacks 'with an old C library nothing audits' "$out" LD_AUDIT
has 'with an old C library the shim is preloaded' "$out" "LD_PRELOAD=$FIXTURE:$OLD_GLIBC"
is 'with an old C library one line says what is not covered' "$(printf '%s\n' "$err" | wc -l)" 1
has 'that line says why' "$err" 'needs glibc 2.35, and here is 2.31'
for words in --no-audit --no-shim '--profile off' '--profile original'; do
    # shellcheck disable=SC2086 # two words
    runs env LD_PRELOAD="$OLD_GLIBC" "$PROGRAM" run $words -- true
    is "with an old C library nothing is said with $words" "$status$err" 0
done
runs env LD_PRELOAD="$OLD_GLIBC" ROCM_RDNA1_SYSROOT="$MACHINES/no-amd" "$PROGRAM" run -- true
is 'with an old C library nothing is said where nothing is forced' "$status$err" 0

# Whose exit status, and whose process.
runs "$PROGRAM" run -- "$sh" -c 'exit 42'
is "the program's status comes back" "$status" 42
runs "$PROGRAM" run -- "$sh" -c 'kill -TERM $$'
is 'a signal comes back as one' "$status" 143
is 'run becomes the program' "$("$sh" -c 'echo $$; exec "$0" run -- "$1" -c "echo \$\$"' "$PROGRAM" "$sh" | uniq -c | awk '{ print $1 }')" 2
runs "$PROGRAM" run -- "$scratch/absent"
is 'a path that is not there: 127' "$status" 127
has 'a path that is not there: message' "$err" 'absent: no such program'
runs "$PROGRAM" run -- no-program-of-that-name
is 'a name that is not there: 127' "$status" 127
runs "$PROGRAM" run -- ''
is 'an empty name: 127' "$status" 127
runs "$PROGRAM" run -- "$sh/below"
is 'a path below a file: 127' "$status" 127
runs "$PROGRAM" run -- "$scratch"
is 'a directory: 126' "$status" 126
has 'a directory: message' "$err" 'Is a directory'
: >"$scratch/plain-file"
runs "$PROGRAM" run -- "$scratch/plain-file"
is 'a file without x: 126' "$status" 126
has 'a file without x: message' "$err" 'Permission denied'
runs env PATH="$scratch" "$PROGRAM" run -- plain-file
is 'a name found without x: 126' "$status" 126
mkdir "$scratch/later"
printf '#!/bin/sh\necho later\n' >"$scratch/later/plain-file"
chmod +x "$scratch/later/plain-file"
runs env PATH="$scratch:$scratch/later" "$PROGRAM" run -- plain-file
is 'the search goes on behind a file without x' "$out" later
runs env PATH="$scratch" "$PROGRAM" run -- later
is 'a directory of that name in PATH: 127' "$status" 127
printf 'echo no interpreter line, $1\n' >"$scratch/script"
chmod +x "$scratch/script"
runs "$PROGRAM" run -- "$scratch/script" here
is 'a script without #! is run by sh' "$out" 'no interpreter line, here'
printf '#!/nonexistent\n' >"$scratch/bad-interpreter"
chmod +x "$scratch/bad-interpreter"
runs "$PROGRAM" run -- "$scratch/bad-interpreter"
is 'an interpreter that is not there: 126' "$status" 126
has 'an interpreter that is not there: message' "$err" 'bad-interpreter: its interpreter'
(cd "$scratch/later" && PATH='' "$PROGRAM" run -- plain-file) >"$scratch/empty-path" 2>&1
is 'an empty PATH is the working directory' "$(cat "$scratch/empty-path")" later
runs env -u PATH "$PROGRAM" run -- true
is 'without PATH the standard one is used' "$status" 0

# What cannot work is refused with a reason, before anything runs.
refused() { # refused DESCRIPTION PART-OF-THE-MESSAGE WORD...
    description=$1
    part=$2
    shift 2
    runs "$@"
    is "$description: 125" "$status" 125
    is "$description: nothing ran" "$out" ''
    has "$description: reason" "$err" "$part"
}
refused 'a shim that is not there' 'cannot be used' env ROCM_RDNA1_SHIM=/nonexistent "$PROGRAM" run -- echo ran
refused 'a relative shim that is not there' 'cannot be used' env ROCM_RDNA1_SHIM=nonexistent "$PROGRAM" run -- echo ran
cp "$FIXTURE" "$scratch/libmiopen_rdna1.so"
refused 'half a shim' "$scratch/libmiopen_rdna1_shim.so: the shim cannot be used: No such file" \
    env ROCM_RDNA1_SHIM="$scratch/libmiopen_rdna1.so" "$PROGRAM" run -- echo ran
mkdir "$scratch/behind"
cp "$FIXTURE" "$scratch/behind/libmiopen_rdna1_shim.so"
refused 'the other half of a shim' 'to the libmiopen_rdna1.so beside it' \
    env ROCM_RDNA1_SHIM="$scratch/behind/libmiopen_rdna1_shim.so" "$PROGRAM" run -- echo ran
refused 'a directory as shim' 'Is a directory' env ROCM_RDNA1_SHIM=/usr "$PROGRAM" run -- echo ran
refused 'an audit library that is not there' 'ROCM_RDNA1_AUDIT, or run with --no-audit' \
    env ROCM_RDNA1_AUDIT=/nonexistent "$PROGRAM" run -- echo ran
cp "$AUDIT" "$scratch/audit:colon.so"
refused 'a colon in the audit library' 'with a colon in it' env ROCM_RDNA1_AUDIT="$scratch/audit:colon.so" "$PROGRAM" run -- echo ran
runs env ROCM_RDNA1_AUDIT=/nonexistent "$PROGRAM" run --no-audit -- echo ran
is '--no-audit needs no audit library' "$status$out$err" 0ran
cp "$FIXTURE" "$scratch/with space.so"
cp "$FIXTURE" "$scratch/with:colon.so"
refused 'a space in the path' 'space or a colon' env ROCM_RDNA1_SHIM="$scratch/with space.so" "$PROGRAM" run -- echo ran
refused 'a colon in the path' 'space or a colon' env ROCM_RDNA1_SHIM="$scratch/with:colon.so" "$PROGRAM" run -- echo ran
refused 'a machine that is not there' 'cannot be used as the root' env ROCM_RDNA1_SYSROOT=/nonexistent "$PROGRAM" run -- echo ran

cp "$(dirname "$(command -v env)")/echo" "$scratch/privileged"
chmod u+s "$scratch/privileged"
refused 'a set-user-ID program' 'set-user-ID' "$PROGRAM" run -- "$scratch/privileged" ran
runs "$PROGRAM" run --no-shim -- "$scratch/privileged" ran
is 'a set-user-ID program runs without the shim' "$out" ran
runs env ROCM_RDNA1_SYSROOT="$MACHINES/no-amd" "$PROGRAM" run -- "$scratch/privileged" ran
is 'a set-user-ID program runs where nothing is forced' "$out" ran
chmod u-s,g+s "$scratch/privileged"
refused 'a set-group-ID program' 'set-group-ID' "$PROGRAM" run -- "$scratch/privileged" ran
chmod g-s "$scratch/privileged"
setcap=$(PATH=$PATH:/sbin:/usr/sbin command -v setcap || :)
if [ -n "$setcap" ] && "$setcap" cap_net_raw+p "$scratch/privileged" 2>/dev/null; then
    refused 'a program with capabilities' 'capabilities' "$PROGRAM" run -- "$scratch/privileged" ran
else
    skips 'a program with capabilities' 'setting capabilities needs root and setcap'
fi

unset ROCM_RDNA1_SHIM ROCM_RDNA1_AUDIT
if [ "$SANITIZE" = none ]; then
    runs "$PROGRAM" run -- env
    is 'in a build tree the shim beside it is found' \
        "$(printf '%s\n' "$out" | sed -n 's/^LD_PRELOAD=.*\/src\/shim\///p')" libmiopen_rdna1.so
    is 'and the audit library beside it' \
        "$(printf '%s\n' "$out" | sed -n 's/^LD_AUDIT=.*\/src\/audit\///p')" libmiopen_rdna1_audit.so
    is 'that shim says nothing' "$err" ''
else
    skips 'in a build tree the shim beside it is found' 'a sanitized library cannot be preloaded'
fi

finish
