# shellcheck shell=sh
# For tests that compare files; sourced. Prints TAP: `same` for each case, `finish` at the end. $dir is
# a place for files that goes with the test.
number=0
failures=0
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# same NAME WANTED GOT: two files.
same() {
    number=$((number + 1))
    if diff -u "$2" "$3" >"$dir/diff"; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
        sed 's/^/# /' "$dir/diff"
        failures=$((failures + 1))
    fi
}

finish() {
    echo "1..$number"
    [ $failures -eq 0 ]
}
