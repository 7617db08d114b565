#!/bin/sh
# The built library, as the dynamic linker sees it: exports.sh LIBRARY SYMBOLS_LIST
set -eu
export LC_ALL=C

library=$1 list=$2
. "$(dirname "$0")/compare.sh"

readelf --dyn-syms -W "$library" >"$dir/symbols"
readelf -d -W "$library" >"$dir/dynamic"
readelf -V -W "$library" >"$dir/versions"

# A version on an export ("name@@VERSION") would show in its name here.
{ sed -n 's/^WRAPPED(\([^,]*\),.*)$/\1/p' "$list"; echo rocm_rdna1_bound; } | sort >"$dir/wanted"
[ "$(wc -l <"$dir/wanted")" -gt 40 ] || { echo "Bail out! $list was not understood" && exit 1; }
awk '$7 != "UND" && $1 ~ /^[0-9]+:$/ && $5 != "LOCAL" { print $8 }' "$dir/symbols" | sort >"$dir/got"
same 'it exports the wrapped functions and nothing else' "$dir/wanted" "$dir/got"

awk '$7 != "UND" && $1 ~ /^[0-9]+:$/ && $5 != "LOCAL" && $4 != "FUNC" { print $8 }' "$dir/symbols" >"$dir/got"
same 'all of them functions' /dev/null "$dir/got"

sed -n '/Version definition/p' "$dir/versions" >"$dir/got"
same 'it defines no symbol versions, which would end interposition' /dev/null "$dir/got"

# From elsewhere than libc: what the compiler's own start-up code asks for, and the one weak symbol.
awk '$7 == "UND" && $8 != "" && $8 !~ /@/ { print $5, $8 }' "$dir/symbols" |
    grep -vE '^WEAK (_ITM_(de)?registerTMCloneTable|__gmon_start__)$' | sort >"$dir/got"
echo 'WEAK miopenGetVersion' >"$dir/wanted"
same 'it needs no symbol but libc'"'"'s and, weakly, miopenGetVersion' "$dir/wanted" "$dir/got"

sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p' "$dir/dynamic" >"$dir/got"
echo libc.so.6 >"$dir/wanted"
same 'it needs libc.so.6 and no other library' "$dir/wanted" "$dir/got"

sed -n 's/.*(\(RPATH\|RUNPATH\)).*/\1/p' "$dir/dynamic" >"$dir/got"
same 'it searches no directories' /dev/null "$dir/got"

sed -n 's/.*\(BIND_NOW\|Flags: NOW\).*/now/p' "$dir/dynamic" | sort -u >"$dir/got"
same 'nothing is bound before its first call' /dev/null "$dir/got"

sed -n '/TEXTREL/p' "$dir/dynamic" >"$dir/got"
readelf -l -W "$library" | awk '$1 == "GNU_STACK" { print "stack", $(NF-1) }' >>"$dir/got"
echo 'stack RW' >"$dir/wanted"
same 'its code is not written to, its stack not executed' "$dir/wanted" "$dir/got"

# Debian 12 has glibc 2.36.
grep -o 'GLIBC_[0-9.]*' "$dir/symbols" "$dir/versions" | sed 's/.*GLIBC_//' | sort -uV | tail -n 1 >"$dir/newest"
[ -s "$dir/newest" ] || { echo 'Bail out! the versions were not understood' && exit 1; }
printf '2.36\n%s\n' "$(cat "$dir/newest")" | sort -V | tail -n 1 >"$dir/got"
echo 2.36 >"$dir/wanted"
same "it asks for glibc $(cat "$dir/newest"), which Debian 12 has" "$dir/wanted" "$dir/got"

finish
