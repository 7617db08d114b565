#!/bin/sh
# test_enter.sh WORLD: how programs are started in a world.
# shellcheck disable=SC2016 # the dollars are for the inner shells
set -u
world=$1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
export HOME="$work" SIM_CACHE="$work/kernels"
number=0 failed=0

# check WHAT EXPECTED GOT
check() {
    number=$((number + 1))
    if [ "$2" = "$3" ]; then
        echo "ok $number - $1"
    else
        failed=1
        echo "not ok $number - $1"
        printf '# expected: %s\n# got: %s\n' "$2" "$3"
    fi
}

echo 1..16
version=$("$world/enter" MIOpenDriver --version 2>/dev/null | grep -c 'MIOpen' || true)
check 'a script of the world is found by name' 1 "$((version > 0))"

check 'a program by name keeps its arguments' '[a b][$HOME][]' \
    "$("$world/enter" printf '[%s]' 'a b' '$HOME' '')"
check 'a program by path' 'yes' "$("$world/enter" /usr/bin/printf yes)"
cd / || exit 1
check 'a program by relative path' 'yes' "$("$world/enter" usr/bin/printf yes)"

check 'a shell has the world on its PATH' "$world/bin/MIOpenDriver" \
    "$(readlink -f "$("$world/enter" sh -c 'command -v MIOpenDriver')")"
check 'a nested enter does not add to PATH again' 1 \
    "$("$world/enter" sh -c 'enter sh -c "echo \$PATH"' | tr : '\n' | grep -c "^$world/bin$")"

printf '#!/bin/sh\necho "script $1 $(tr "\\0" " " </proc/$$/cmdline | cut -d" " -f1)"\n' >"$work/script"
chmod +x "$work/script"
check 'a script is run by its own interpreter' 'script one /bin/sh' \
    "$("$world/enter" "$work/script" one)"

"$world/enter" "$work/none" 2>"$work/error"
check 'a missing program is 127' 127 $?
check 'and is named' 1 "$(grep -c "$work/none: no such program" "$work/error")"
"$world/enter" 2>/dev/null
check 'no program is 125' 125 $?
"$world/enter" sh -c 'exit 7'
check 'an exit status is handed on' 7 $?

check 'the environment is handed on as it is' 'seen unset' \
    "$(CASE=seen "$world/enter" env sh -c 'echo "$CASE ${LD_LIBRARY_PATH-unset}"')"
check 'a program gets the fetched C library' 1 \
    "$("$world/enter" cat /proc/self/maps | grep -c "^.* r-x.* $(readlink -f "$world/root")/.*/libc\.so\.6$" || true)"
check 'its children do not' 0 \
    "$("$world/enter" find / -maxdepth 0 -exec cat /proc/self/maps \; | grep -c "$(readlink -f "$world/root")" || true)"

# What a release needs and has no stand-in is a weak function that only complains. Other programs may
# well have such functions: they need not call all that they could.
nm -D --defined-only "$world"/lib/lib*.so.[0-9] | sed -nE 's/.* W ((hip|roc|amd_comgr)[^@]*).*/\1/p' | sort -u >"$work/weak"
find "$world/root/usr" \( -name libMIOpen.so.1 -o -name MIOpenDriver \) -exec nm -D --undefined-only {} + |
    sed -nE 's/.* U ([^@]*).*/\1/p' | sort -u >"$work/called"
check 'MIOpen calls functions of its own kind' 1 "$(grep -c '^hipMalloc$' "$work/called")"
check 'every function that this MIOpen calls has a stand-in' '' "$(comm -12 "$work/weak" "$work/called")"
exit $failed
