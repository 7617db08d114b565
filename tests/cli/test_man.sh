#!/bin/sh
# The manual page has every command and option, and all pages typeset without a warning.
. "$(dirname "$0")/harness.sh"

page=$SOURCE/man/rocm-rdna1.1.scd
# has_place WORD PATTERN
has_place() {
    grep -qE -e "$2" "$page"
    passed "$1 has its place" $?
}

"$PROGRAM" --list-commands >"$scratch/list"
awk -F'\t' '$1 == "command" { print $2 } $1 == "option" { print $3 }' "$scratch/list" |
    sort -u >"$scratch/words"
while read -r word; do
    has_place "$word" "^(## |\\*)$word(\\*|\$)"
done <"$scratch/words"
sed -n 's/.*"\(ROCM_RDNA1[A-Z_]*\)".*/\1/p' "$SOURCE/src/base/settings.c" |
    sort -u >"$scratch/variables"
while read -r variable; do
    has_place "$variable" "^\\*$variable\\*"
done <"$scratch/variables"
is 'there are commands and variables to look for' \
    "$(grep -c '^env$' "$scratch/words") $(grep -c '^ROCM_RDNA1$' "$scratch/variables")" '1 1'

for text in "$SOURCE"/man/*.scd; do
    name=$(basename "$text" .scd)
    if ! command -v scdoc >/dev/null || ! command -v man >/dev/null; then
        skips "$name typesets" 'no scdoc or no man here'
        continue
    fi
    scdoc <"$text" >"$scratch/$name" 2>"$scratch/err"
    is "$name: scdoc takes it" "$?$(cat "$scratch/err")" 0
    MANWIDTH=100 man --warnings -l "$scratch/$name" >"$scratch/page" 2>"$scratch/err"
    is "$name: no warnings" "$(cat "$scratch/err")" ''
    grep -q '^NAME' "$scratch/page"
    passed "$name: the page is there" $?
    grep -q "'$name'" "$SOURCE/man/meson.build"
    passed "$name: is installed" $?
done
finish
