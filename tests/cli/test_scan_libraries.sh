#!/bin/sh
# scan of real libraries, which sim/fetch-rocrand brought: what is known of their code.
#
# Given by meson besides: LIBRARIES (the files, separated by colons).
. "$(dirname "$0")/harness.sh"

HOME=$scratch/home
mkdir "$HOME"
export HOME ROCM_RDNA1_SYSROOT="$MACHINES/rx5700xt"
unset XDG_CACHE_HOME

if [ -z "$LIBRARIES" ]; then
    skips 'real libraries' 'none were fetched: sim/fetch-rocrand'
    finish
fi

known=0
for library in $(echo "$LIBRARIES" | tr : ' '); do
    release=$(basename "$(dirname "$library")")
    own=$(scan_facts "$library")
    later=$(scan_facts --target gfx1030 "$library")
    targets=$("$PROGRAM" scan --json "$library" | jq -r '.files[0].targets | join(" ")')
    case $release in
    5.3.3-*)
        is "$release: targets" "$targets" 'gfx1030 gfx803 gfx900 gfx906 gfx908 gfx90a'
        is "$release: best" "$own" '["later",80,{"A":0,"B":8,"C":72,"D":0},0,0]'
        ;;
    6.4.3-*)
        is "$release: targets" "$targets" 'gfx1010 gfx1030 gfx1100 gfx1101 gfx1102 gfx803 gfx900 gfx906 gfx908 gfx90a'
        is "$release: best" "$own" '["native",408,{"A":0,"B":0,"C":0,"D":0},0,0]'
        is "$release: with the override" "$later" '["native",408,{"A":0,"B":29,"C":373,"D":2},0,0]'
        ;;
    *)
        # Of others only what all have in common: what is for the chip itself has no finding.
        has "$release: code for gfx1030" " $targets " ' gfx1030 '
        case $own in
        *native*) has "$release: native code has no findings" "$own" '{"A":0,"B":0,"C":0,"D":0},0,0]' ;;
        *) has "$release: later code only" "$own" '"later"' ;;
        esac
        continue
        ;;
    esac
    known=$((known + 1))
done
[ "$known" -gt 0 ]
passed 'one of them is known to the last kernel' $?

# A library is never in memory as a whole.
if [ "$SANITIZE" = none ]; then
    largest=$(echo "$LIBRARIES" | tr : '\n' | xargs stat -L -c '%s %n' | sort -n | tail -n 1)
    peak=$(python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)' "$PROGRAM" scan --no-cache "${largest#* }")
    [ "$peak" -lt $((${largest%% *} / 2)) ] || echo "# $peak bytes for ${largest%% *}"
    [ "$peak" -lt $((${largest%% *} / 2)) ]
    passed 'memory stays below the size of the library' $?
else
    skips 'memory' 'a sanitizer takes its own'
fi

# All of them at once, and then from what was kept.
first=$(echo "$LIBRARIES" | tr : '\n' | xargs "$PROGRAM" scan --json)
again=$(echo "$LIBRARIES" | tr : '\n' | xargs "$PROGRAM" scan --json)
anew=$(echo "$LIBRARIES" | tr : '\n' | xargs "$PROGRAM" scan --json --no-cache)
is 'several at once come in their order' "$(printf '%s' "$first" | jq -r '.files[].path')" "$(echo "$LIBRARIES" | tr : '\n')"
is 'what was kept is what was found' "$first" "$again"
is 'and what is found anew' "$first" "$anew"
finish
