#!/bin/sh
# The built audit library, as the dynamic linker sees it: exports.sh LIBRARY
set -eu
export LC_ALL=C

library=$1
. "$(dirname "$0")/../shim/compare.sh"

readelf --dyn-syms -W "$library" >"$dir/symbols"
readelf -d -W "$library" >"$dir/dynamic"
readelf -l -W "$library" >"$dir/segments"

printf '%s\n' la_objclose la_objopen la_symbind64 la_version >"$dir/wanted"
awk '$7 != "UND" && $1 ~ /^[0-9]+:$/ && $5 != "LOCAL" { print $8 }' "$dir/symbols" | sort >"$dir/got"
same 'it exports the hooks and nothing else' "$dir/wanted" "$dir/got"

# A second C library in every process would come with anything here.
awk '$7 == "UND" && $8 != "" { print $8 }' "$dir/symbols" >"$dir/got"
sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p' "$dir/dynamic" >>"$dir/got"
same 'it needs no symbol and no library' /dev/null "$dir/got"

grep -E '\((INIT|FINI|INIT_ARRAY|FINI_ARRAY|RELA|JMPREL|TEXTREL|RPATH|RUNPATH)\)' "$dir/dynamic" >"$dir/got" || true
same 'nothing in it runs or is relocated when it is loaded' /dev/null "$dir/got"

awk '$1 == "TLS" { print } $1 == "GNU_STACK" { print "stack", $(NF-1) }' "$dir/segments" >"$dir/got"
echo 'stack RW' >"$dir/wanted"
same 'it has no thread-local storage and no executable stack' "$dir/wanted" "$dir/got"

finish
