#!/bin/sh
# Whose address real_get() takes for the caller's, as compilers inline it: caller.sh SOURCE_DIRECTORY COMPILER…
# A function of a library finds its MIOpen by the address that it returns to. That must be in the
# program that called it, however deep the inline functions are that ask for it.
set -eu

source=$1
here=$(dirname "$0")
shift
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

number=0
failures=0
for compiler in "$@"; do
    for level in -O0 -O2; do
        number=$((number + 1))
        what="$compiler $level"
        if ! command -v "$compiler" >/dev/null; then
            echo "ok $number - $what # SKIP $compiler is not installed"
            continue
        fi
        if "$compiler" "$level" -D_GNU_SOURCE -I "$source/src" -fPIC -shared -DLIBRARY \
            -o "$dir/library.so" "$here/caller.c" &&
            "$compiler" "$level" -D_GNU_SOURCE -I "$source/src" -o "$dir/program" "$here/caller.c" \
                "$dir/library.so" -ldl && "$dir/program"; then
            echo "ok $number - $what"
        else
            echo "not ok $number - $what"
            failures=$((failures + 1))
        fi
    done
done

echo "1..$number"
[ $failures -eq 0 ]
