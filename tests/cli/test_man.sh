#!/bin/sh
# The manual page has every command and option, and typesets without a warning.
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

if ! command -v scdoc >/dev/null || ! command -v man >/dev/null; then
    skips 'the page typesets' 'no scdoc or no man here'
else
    scdoc <"$page" >"$scratch/rocm-rdna1.1" 2>"$scratch/err"
    passed 'scdoc takes the page' $?
    MANWIDTH=100 man --warnings -l "$scratch/rocm-rdna1.1" >"$scratch/page" 2>"$scratch/err"
    is 'no warnings' "$(cat "$scratch/err")" ''
    has 'the page is there' "$(cat "$scratch/page")" 'EXIT STATUS'
fi
finish
