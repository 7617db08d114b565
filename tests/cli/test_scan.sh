#!/bin/sh
# scan: what it makes of files with GPU code, of many of them, and of logs that name a kernel.
. "$(dirname "$0")/harness.sh"

HOME=$scratch/home
mkdir "$HOME"
export HOME ROCM_RDNA1_SYSROOT="$MACHINES/no-amd"
unset XDG_CACHE_HOME

# What needs no samples.
runs "$PROGRAM" scan
is 'without a path' "$status" 2
has 'without a path: reason' "$err" 'which files?'
runs "$PROGRAM" scan "$scratch/absent"
is 'a file that is not there fails' "$status" 1
has 'a file that is not there: reason' "$err" "$scratch/absent: No such file"
runs "$PROGRAM" scan --json "$scratch/absent"
is 'and in JSON' "$(printf '%s' "$out" | jq -c '.files[0] | [.path, .verdict, .error.message]')" \
    "[\"$scratch/absent\",\"error\",\"No such file or directory\"]"
mkfifo "$scratch/fifo"
runs timeout 10 "$PROGRAM" scan "$scratch/fifo"
is 'a fifo is not waited for' "$status" 1
runs "$PROGRAM" scan --chip gfx1030 "$scratch"
is 'a chip of another kind' "$status" 2
runs "$PROGRAM" scan --target gfx1100 "$scratch"
is 'a target that no RDNA1 chip takes' "$status" 2
has 'a target that no RDNA1 chip takes: reason' "$err" 'gfx1100: expected one of gfx10'
runs "$PROGRAM" scan --target nonsense "$scratch"
is 'a target that is none' "$status" 2
: >"$scratch/empty"
runs "$PROGRAM" scan "$scratch/empty"
is 'an empty file' "$status$err" 0
has 'an empty file: verdict' "$out" 'holds no GPU code'
mkdir "$scratch/nothing"
runs "$PROGRAM" scan "$scratch/nothing"
is 'an empty directory' "$status$err" 0
has 'an empty directory: advice' "$out" 'No file here holds GPU code that gfx1010 can be made to take.'
runs "$PROGRAM" scan "$PROGRAM"
has 'a program without GPU code' "$out" 'holds no GPU code'

if [ -z "$SAMPLES" ]; then
    skips 'files with GPU code' 'llvm-mc-19, ld.lld-19, clang-offload-bundler-19 or zstd is missing'
    finish
fi
cp -r "$SAMPLES" "$scratch/samples"
cd "$scratch/samples" || exit

# One file.
runs "$PROGRAM" scan gfx1030.hsaco
is 'one file' "$status$err" 0
has 'what chip it is for' "$out" 'No RDNA1 card is here: taken as for gfx1010 (Navi 10)'
has 'verdict' "$out" 'holds none for gfx1010, but code for gfx1030, a later chip: HSA_OVERRIDE_GFX_VERSION=10.3.0'
has 'its targets' "$out" 'code for: gfx1030 (2 kernels)'
has 'what was looked at' "$out" 'looked at gfx1030: 2 kernels, 1 other functions, 5 instructions'
has 'classes' "$out" '  A             1        1  instructions that the chip does not have'
has 'the kernel by its name' "$out" '  A  void sample::absent<3>(float*)'
has 'what was found in it' "$out" '1 absent-opcode; 2 instructions at 0x'
lacks 'what is fine has no line' "$out" plain
lacks 'nobody is told that it will hang' "$out" 'will hang'
lacks 'nobody is told that it is safe' "$out" safe
lacks 'no colour in a pipe' "$out" "$(printf '\033')"
is 'no line is longer than 100 columns' "$(printf '%s\n' "$out" | awk 'length > 100')" ''
runs "$PROGRAM" scan --color=always gfx1030.hsaco
has 'colour where it is wanted' "$out" "$(printf '\033[31mA')"
runs "$PROGRAM" scan both.so
has 'native code' "$out" 'holds code for gfx1010 itself: HSA_OVERRIDE_GFX_VERSION is not needed for it'
has 'native code for less than all' "$out" 'of 2 kernels for gfx1010 and 4 for gfx1030, some are not there for it'
has 'native code has no findings' "$out" 'found nothing of classes A to D'
runs "$PROGRAM" scan --target gfx1030 both.so
has 'what the override would bring' "$out" 'looked at gfx1030: 4 kernels'
has 'what the override would bring: found' "$out" '  A             2        2'
has 'what the override would bring: the verdict stays' "$out" 'holds code for gfx1010 itself'
runs "$PROGRAM" scan --chip gfx1012 gfx1030.hsaco
has 'a chip that has the instruction' "$out" 'nothing of classes A to D'
runs "$PROGRAM" scan --chip gfx1012 gfx1010.co
has 'a compatible chip' "$out" 'HSA_OVERRIDE_GFX_VERSION=10.1.0 has'
runs env ROCM_RDNA1_SYSROOT="$MACHINES/rx5500xt" "$PROGRAM" scan --json gfx1012.co
is "this machine's chip" "$(printf '%s' "$out" | jq -c '[.chip, .chip_from, .files[0].verdict]')" '["gfx1012","machine","native"]'
runs env ROCM_RDNA1_SYSROOT="$MACHINES/rx5500xt" HSA_OVERRIDE_GFX_VERSION=10.3.0 "$PROGRAM" scan both.so
has 'an override that is set is named' "$out" 'HSA_OVERRIDE_GFX_VERSION is set: ROCm takes code for gfx1030 here, and --target gfx1030'
runs env ROCM_RDNA1_SYSROOT="$MACHINES/rx5500xt" HSA_OVERRIDE_GFX_VERSION=10.1.2 "$PROGRAM" scan both.so
lacks 'one that changes nothing is not' "$out" 'is set'
head -c 2000 gfx1030.hsaco >cut.hsaco
runs "$PROGRAM" scan cut.hsaco
is 'a file that is cut off fails nothing' "$status$err" 0
has 'a file that is cut off: note' "$out" 'note: a code object that cannot be read: it has no symbols: cut off, or damaged'
rm cut.hsaco

# The rule for LDS and branches is that of the compiler.
for version in 21 22; do
    "$PROGRAM" scan --json flat-$version.o | jq -c '.files[0] | [.functions, .kernels, .classes.D.sites]'
done >"$scratch/flat"
is 'flat accesses count from LLVM 22 on' "$(paste -sd' ' "$scratch/flat")" '[1,0,0] [1,0,1]'

# Every container, as JSON.
cat >"$scratch/expected" <<'END'
["ahead.ukdb","kernel database","native",["gfx1010"],2,0]
["aligned.bundle","offload bundle","native",["gfx1010","gfx1030"],2,0]
["amdgpu-compiler-1","entry of a compiler's cache","later",["gfx1030"],2,1]
["bare.so","program or library","no-gpu-code",[],0,0]
["both.bundle","offload bundle","native",["gfx1010","gfx1030"],2,0]
["both.ccob","compressed offload bundle","native",["gfx1010","gfx1030"],2,0]
["both.so","program or library","native",["gfx1010","gfx1030"],2,0]
["entry.o","program or library","later",["gfx1030"],2,1]
["flat-21.o","code object","later",["gfx1030"],0,0]
["flat-22.o","code object","later",["gfx1030"],0,0]
["generic.co","code object","generic",["gfx10-1-generic"],2,0]
["gfx1010.co","code object","native",["gfx1010"],2,0]
["gfx1012.co","code object","near",["gfx1012"],2,1]
["gfx1030.hsaco","code object","later",["gfx1030"],2,1]
["gfx1030.o","code object","later",["gfx1030"],2,1]
["gfx900.co","code object","foreign",["gfx900"],0,0]
["kernels.ukdb","kernel database","native",["gfx1010","gfx1030"],4,0]
["later.bundle","offload bundle","later",["gfx1030"],2,1]
["old.o","code object","native",["gfx1010"],1,0]
["other.kdb","kernel database","no-gpu-code",[],0,0]
["packed.kpack","kpack archive","native",["gfx1010","gfx1030"],2,0]
["packed.so","program or library","native",["gfx1010","gfx1030"],6,0]
["plain.kpack","kpack archive","native",["gfx1010","gfx1012"],2,0]
["stripped.co","code object","native",["gfx1010"],2,0]
["zlib-1.ccob","compressed offload bundle","native",["gfx1010","gfx1030"],2,0]
["zlib-2.ccob","compressed offload bundle","native",["gfx1010","gfx1030"],2,0]
["zlib-3.ccob","compressed offload bundle","native",["gfx1010","gfx1030"],2,0]
["zstd-1.ccob","compressed offload bundle","native",["gfx1010","gfx1030"],2,0]
["zstd-3.ccob","compressed offload bundle","native",["gfx1010","gfx1030"],2,0]
END
runs "$PROGRAM" scan --json --all .
is 'a directory as JSON' "$status$err" 0
is 'every container' "$(printf '%s' "$out" | jq -c '.files[] | [.path[2:], .kind, .verdict, .targets, .kernels, .classes.A.kernels]')" \
    "$(cat "$scratch/expected")"
is 'JSON: all keys' "$(printf '%s' "$out" | jq -c '[.schema, .chip_from, .lookup, (.files[0] | keys)]')" \
    '[1,"default",null,["advice","classes","code","counts","error","findings","functions","instructions","kernels","kind","notes","notes_count","path","size_bytes","target","targets","undecoded","verdict"]]'
is 'JSON: a finding' "$(printf '%s' "$out" | jq -c '.files[] | select(.path == "./gfx1030.hsaco").findings[] |
    [.kernel, .class, .place, .launched, .instructions, .counts, (.sites[] | .address - 1280, .id)]')" \
    '["_ZN6sample6absentILi3EEEvPf","A","",true,2,{"absent-opcode":1},0,"absent-opcode"]'
is 'JSON: the code of each target' "$(printf '%s' "$out" | jq -c '.files[] | select(.path == "./both.so").code')" \
    '{"gfx1010":{"code_objects":1,"kernels":2},"gfx1030":{"code_objects":2,"kernels":4}}'
runs "$PROGRAM" scan --json .
is 'JSON without --all: only what has GPU code' "$(printf '%s' "$out" | jq '[.files[].verdict] | index("no-gpu-code")')" null
is 'JSON without --all: no places' "$(printf '%s' "$out" | jq '[.files[].findings[].sites[]] | length')" 0

# A table.
runs "$PROGRAM" scan .
is 'a directory' "$status$err" 0
row() { printf '%s\n' "$out" | grep -F -e "$1" | tr -s ' ' | sed 's/ $//'; }
is 'a line of the table' "$(row ./later.bundle)" 'for later chips only gfx1030 2 1 0 0 0 ./later.bundle'
is 'a line of native code' "$(row ./packed.so)" 'native code gfx1010 6 0 0 0 0 ./packed.so'
has 'what has no line is counted' "$out" 'Without a line: 2 without GPU code, 1 for other chips only'
has 'advice' "$out" 'gfx1010: 18 files hold code for it, 8 only for chips that differ.'
runs "$PROGRAM" scan gfx1010.co generic.co
has 'advice for native code' "$out" 'gfx1010: HSA_OVERRIDE_GFX_VERSION is not needed for any of these files.'
runs "$PROGRAM" scan gfx1030.hsaco later.bundle
has 'advice for later code' "$out" 'There is no code for gfx1010:'
runs "$PROGRAM" scan gfx1030.hsaco gfx1030.hsaco ./gfx1030.hsaco
is 'a file that is named thrice is there once' "$(printf '%s\n' "$out" | grep -c 'looked at ')" 1
runs "$PROGRAM" scan gfx1030.hsaco absent gfx1010.co
is 'what is there is shown, though something fails' "$status $(printf '%s\n' "$out" | grep -c '\.co$\|hsaco$')" '1 2'

# Kernels by name.
for name in _ZN6sample6absentILi3EEEvPf 'void sample::absent<3>(float*)' 'sample::absent<3>' absent '*absent*'; do
    runs "$PROGRAM" scan --kernel "$name" gfx1030.hsaco gfx900.co
    is "--kernel $name" "$status$err" 0
    has "--kernel $name: address" "$out" '0x500 (+0x0)  A  an instruction that the chip does not have'
    lacks "--kernel $name: nothing else" "$out" plain
done
runs "$PROGRAM" scan --kernel plain both.so
has 'a kernel without findings' "$out" 'nothing of what is looked for; 2 instructions at 0x400 of bundle 1'
runs "$PROGRAM" scan --kernel nosuch gfx1030.hsaco
is 'a kernel that is nowhere' "$status" 1
has 'a kernel that is nowhere: said' "$out" 'nosuch: in none of these files'
has 'a kernel that is nowhere: where else' "$out" "rocm-rdna1 scan --kernel 'nosuch' ~/.cache/miopen ~/.cache/comgr"
is 'as JSON' "$("$PROGRAM" scan --json --kernel absent gfx1030.hsaco | jq -c '[.lookup.kernels, (.files[0].findings[0].sites | length)]')" \
    '[[{"name":"absent","found":true}],1]'

# Logs.
cat >"$scratch/log" <<END
:3:rocvirtual.cpp            :3028: 1 us: ShaderName : plain
:0:rocdevice.cpp             :2982: 2 us: Callback: Queue 0x7f2c aborting with error : HSA_STATUS_ERROR_EXCEPTION
Kernel Name: _ZN6sample6absentILi3EEEvPf
in file://$scratch/samples/gfx1030.hsaco#offset=0&size=2912
END
log() { "$PROGRAM" scan "$@" <"$scratch/log" >"$scratch/out" 2>"$scratch/err" && status=0 || status=$?; out=$(cat "$scratch/out"); err=$(cat "$scratch/err"); }
log - gfx1030.hsaco
is 'a log' "$status$err" 0
has 'a log: the kernel' "$out" 'Line 3 of the log: a fault or a stop in _ZN6sample6absentILi3EEEvPf'
has 'a log: the other kernels' "$out" 'It names 1 kernel more; --kernel looks for it or another.'
has 'a log: the finding' "$out" '0x500 (+0x0)  A  '
log -
has 'a log that names the file' "$out" '0x500 (+0x0)  A  '
printf 'MIOpen(HIP): Info2 [run] kernel_name = plain, global_work_dim = { 1, 1, 1 }\n' >"$scratch/log"
log - both.so
has "MIOpen's log" "$out" 'Line 1 of the log: what was launched last, plain'
has "MIOpen's log: the kernel" "$out" 'nothing of what is looked for'
log -
is 'a log without files fails' "$status" 1
has 'a log without files: asks for them' "$out" 'plain: in which files? None are given'
echo 'Memory access fault by GPU node-1 on address 0x7f. Reason: Page not present.' >"$scratch/log"
log - both.so
is 'a fault without a kernel fails' "$status" 1
has 'a fault without a kernel: what to do' "$out" AMD_LOG_LEVEL=3
head -c 200000 /dev/urandom >"$scratch/log"
log - both.so
is 'a log of noise' "$status$err" 1

# What was found is kept, and holds for this file only.
export XDG_CACHE_HOME="$scratch/cache"
{
    cat gfx1030.hsaco
    head -c 400000 /dev/zero
} >large.hsaco
kept() { find "$scratch/cache" -name '*.json' | grep -c .; }
runs "$PROGRAM" scan --no-cache large.hsaco
is '--no-cache keeps nothing' "$(kept)" 0
runs "$PROGRAM" scan --json large.hsaco
first=$out
is 'a large file is kept' "$(kept)" 1
entry=$(find "$scratch/cache" -name '*.json')
sed -i 's/"instructions":5,/"instructions":55,/' "$entry"
is 'and taken from there' "$("$PROGRAM" scan --json large.hsaco | jq '.files[0].instructions')" 55
is 'by another of its paths as well' "$("$PROGRAM" scan --json ../samples/large.hsaco | jq -c '.files[0] | [.path, .instructions]')" \
    '["../samples/large.hsaco",55]'
is 'not for another chip' "$("$PROGRAM" scan --chip gfx1011 --json large.hsaco | jq '.files[0].instructions')" 5
runs "$PROGRAM" scan --json large.hsaco
is 'which took its place' "$out" "$first"
sed -i 's/"instructions":5,/"instructions":55,/' "$entry"
touch -d '2020-01-01' large.hsaco
is 'not for a file that changed' "$("$PROGRAM" scan --json large.hsaco | jq '.files[0].instructions')" 5
sed -i 's/"instructions":5,/"instructions":55,/' "$entry"
is 'not with --no-cache' "$("$PROGRAM" scan --no-cache --json large.hsaco | jq '.files[0].instructions')" 5
is 'not with --all' "$("$PROGRAM" scan --all --json large.hsaco | jq '.files[0].instructions')" 5
for damage in 'nonsense' '{}' '{"key":{},"file":{}}'; do
    printf '%s' "$damage" >"$entry"
    is "an entry of $damage is none" "$("$PROGRAM" scan --json large.hsaco | jq '.files[0].instructions')" 5
done
jq '.file = {"path": 5, "targets": [7], "kind": "code object"}' "$entry" >"$entry.new" && mv "$entry.new" "$entry"
is 'an entry with a key and nothing else is none' "$("$PROGRAM" scan --json large.hsaco | jq '.files[0].instructions')" 5
chmod 500 "$scratch/cache/rocm-rdna1/scan"
runs env XDG_CACHE_HOME=/proc "$PROGRAM" scan large.hsaco
is 'without a place for it all is read' "$status$err" 0

runs sh -c "'$PROGRAM' scan --json . >/dev/full"
is 'a full device fails' "$status" 1
finish
