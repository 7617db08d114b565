#!/bin/sh
# The stub's version script for a release: stub_map.sh SYMBOLS_LIST MAJOR MINOR
# What symbols.list has as newer is not exported.
set -eu

echo 'MIOPEN_HIP_1 { global: miopen*; local: nothing;'
sed -n 's/^\(WRAPPED\|CALLED\)(\([^,]*\), \([0-9]*\), \([0-9]*\))$/\2 \3 \4/p' "$1" |
    awk -v major="$2" -v minor="$3" '$2 > major || ($2 == major && $3 > minor) { print "    " $1 ";" }'
echo '};'
