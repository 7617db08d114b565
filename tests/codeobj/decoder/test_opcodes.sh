#!/bin/bash
#
# The committed table of opcodes is what LLVM has: test_opcodes.sh PRINTER LIST

set -euo pipefail

echo 1..1
if difference=$(diff -u "$2" <("$1")); then
    echo "ok 1 - opcodes.list"
else
    echo "not ok 1 - opcodes.list"
    echo "# print it again with $1"
    head -n 40 <<<"$difference" | sed 's/^/# /'
fi
