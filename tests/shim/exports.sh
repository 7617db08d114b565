#!/bin/sh
# The built libraries, as the dynamic linker sees them: exports.sh GATE SHIM SYMBOLS_LIST
set -eu
export LC_ALL=C

gate=$1 shim=$2 list=$3
. "$(dirname "$0")/compare.sh"

# library NAME FILE: what the rest asks about.
library() {
    of=" of the $1"
    readelf --dyn-syms -W "$2" >"$dir/symbols"
    readelf -d -W "$2" >"$dir/dynamic"
    readelf -V -W "$2" >"$dir/versions"
    readelf -l -W "$2" >"$dir/segments"
    awk '$7 != "UND" && $1 ~ /^[0-9]+:$/ && $5 != "LOCAL"' "$dir/symbols" >"$dir/exports"
}

# loads_anywhere DATA NEED: what holds for both. DATA is its one export that is no function, empty for
# none; NEED what it needs from elsewhere than libc.
loads_anywhere() {
    awk '$4 != "FUNC" { print $4, $8 }' "$dir/exports" >"$dir/got"
    printf '%s' "${1:+$1
}" >"$dir/wanted"
    same "the exports$of are functions${1:+, but for one}" "$dir/wanted" "$dir/got"

    sed -n '/Version definition/p' "$dir/versions" >"$dir/got"
    same "the exports$of have no versions, which would end interposition" /dev/null "$dir/got"

    # From elsewhere than libc: what the compiler's own start-up code asks for is nothing of ours.
    awk '$7 == "UND" && $8 != "" && $8 !~ /@/ { print $5, $8 }' "$dir/symbols" |
        grep -vE '^WEAK (_ITM_(de)?registerTMCloneTable|__gmon_start__)$' | sort >"$dir/got"
    echo "$2" >"$dir/wanted"
    same "the needs$of are libc's symbols, and $2" "$dir/wanted" "$dir/got"

    sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p' "$dir/dynamic" >"$dir/got"
    echo libc.so.6 >"$dir/wanted"
    same "the needs$of are libc.so.6 and no other library" "$dir/wanted" "$dir/got"

    sed -n 's/.*(\(RPATH\|RUNPATH\)).*/\1/p' "$dir/dynamic" >"$dir/got"
    same "the needs$of are searched in no directories" /dev/null "$dir/got"

    sed -n '/TEXTREL/p' "$dir/dynamic" >"$dir/got"
    awk '$1 == "GNU_STACK" { print "stack", $(NF-1) }' "$dir/segments" >>"$dir/got"
    echo 'stack RW' >"$dir/wanted"
    same "the code$of is not written to, its stack not executed" "$dir/wanted" "$dir/got"

    # Debian 12 has glibc 2.36.
    grep -o 'GLIBC_[0-9.]*' "$dir/symbols" "$dir/versions" | sed 's/.*GLIBC_//' | sort -uV | tail -n 1 >"$dir/newest"
    [ -s "$dir/newest" ] || { echo 'Bail out! the versions were not understood' && exit 1; }
    printf '2.36\n%s\n' "$(cat "$dir/newest")" | sort -V | tail -n 1 >"$dir/got"
    echo 2.36 >"$dir/wanted"
    same "the glibc$of is $(cat "$dir/newest"), which Debian 12 has" "$dir/wanted" "$dir/got"
}

library gate "$gate"

# A version on an export ("name@@VERSION") would show in its name here.
{ sed -n 's/^WRAPPED(\([^,]*\),.*)$/\1/p' "$list"; echo rocm_rdna1_bound; echo rocm_rdna1_thread; } | sort >"$dir/wanted"
[ "$(wc -l <"$dir/wanted")" -gt 40 ] || { echo "Bail out! $list was not understood" && exit 1; }
awk '{ print $8 }' "$dir/exports" | sort >"$dir/got"
same "the exports$of are the wrapped functions, and what the audit library and the shim need" "$dir/wanted" "$dir/got"

sed -n 's/.*\(BIND_NOW\|Flags: NOW\).*/now/p' "$dir/dynamic" | sort -u >"$dir/got"
same "nothing$of is bound before its first call" /dev/null "$dir/got"

loads_anywhere 'TLS rocm_rdna1_thread' 'WEAK miopenGetVersion'

library shim "$shim"
echo rocm_rdna1_open >"$dir/wanted"
awk '{ print $8 }' "$dir/exports" >"$dir/got"
same "the one export$of is what the gate calls" "$dir/wanted" "$dir/got"
loads_anywhere '' 'GLOBAL rocm_rdna1_thread'

# The place for it may be gone when the shim is opened.
awk '$1 == "TLS"' "$dir/segments" >"$dir/got"
same "there is nothing$of in each thread" /dev/null "$dir/got"

finish
