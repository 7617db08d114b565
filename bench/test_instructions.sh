#!/bin/sh
# test_instructions.sh INSTRUCTIONS_SH ARGUMENT…: that no warm call costs more than is wanted.
set -u

script=$1
shift
rows=$(mktemp)
trap 'rm -f "$rows"' EXIT

sh "$script" "$@" >"$rows"
case $? in
0) ;;
77) echo '1..0 # SKIP there is no valgrind' && exit 0 ;;
*) echo 'Bail out! nothing was counted' && exit 1 ;;
esac
jq -r '"1..\(length)", (to_entries[] |
    (if .value.ours <= .value.wanted * .value.other then "ok" else "not ok" end) +
    " \(.key + 1) - \(.value.name): \(.value.ours - .value.other) more than \(.value.other)")' "$rows"
jq -e 'length > 20 and all(.[]; .ours <= .wanted * .other)' "$rows" >/dev/null
