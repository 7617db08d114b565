#!/bin/sh
# status on every machine that is known: facts against the list of what is there, form, and text.
. "$(dirname "$0")/harness.sh"

# The JSON form: every key there, of the right type; null only where a fact may be unknown.
cat >"$scratch/schema.jq" <<'END'
def text: type == "string";
def flag: type == "boolean";
def count: type == "number" and . >= 0 and . == floor;
def maybe(f): . == null or f;
def keys_are($names): (keys | sort) == ($names | sort);
keys_are(["schema", "off", "rdna1", "gpus", "environment", "lookups", "libraries", "override", "rules"])
and .schema == 1 and (.off | flag) and (.rdna1 | flag)
and (.gpus | all(
    keys_are(["pci", "device_id", "name", "chip", "code_name", "rdna1", "target", "override",
              "compute_units", "vram_bytes", "kfd_node", "decision"])
    and (.pci | text) and (.device_id | maybe(text and length == 4)) and (.name | maybe(text))
    and (.chip | maybe(test("^gfx[0-9a-f]+$"))) and (.code_name | maybe(text)) and (.rdna1 | flag)
    and (.target | maybe(test("^gfx[0-9a-f]+$")))
    and (.override | maybe(keys_are(["variable", "value", "valid"]) and (.valid | flag)))
    and (.compute_units | maybe(count)) and (.vram_bytes | maybe(count))
    and (.kfd_node | maybe(count))
    and (.decision | keys_are(["forced", "families", "reasons"]) and (.forced | flag)
         and (.families | all(text)) and (.reasons | length > 0)
         and (.reasons | all(keys_are(["rule", "why", "origin"]) and (.why | text)
                             and (.rule | maybe(text)) and (.origin | maybe(text)))))
    and (.decision.forced == .rdna1)))
and .rdna1 == (.gpus | any(.rdna1))
and (.environment | keys_are(["applies", "why", "variables"]) and (.applies | flag) and (.why | text)
     and (.variables | all(keys_are(["name", "value", "why", "kept"]) and (.kept | flag))))
and (.lookups | keys_are(["covered", "glibc", "glibc_needed"]) and (.covered | flag)
     and (.glibc | maybe(text)) and (.glibc_needed | text))
and (.libraries | all(keys_are(["path", "what", "chip", "verdict", "target", "override", "error"])
     and (.path | text) and (.what | text) and (.chip | text) and (.verdict | text)
     and (.target | maybe(text)) and (.override | maybe(text)) and (.error | maybe(text))))
and (.override | all(keys_are(["chip", "needed", "value"]) and (.chip | text)
     and (.needed | IN("unknown", "none", "one", "differs")) and (.value | maybe(text))))
and (.rules | keys_are(["count", "built_in", "errors"]) and (.count | count) and (.errors | all(text)))
END

facts='.gpus[] | [.pci, .device_id // "-", .chip // "-", if .rdna1 then "yes" else "no" end,
    .compute_units // "-", if .vram_bytes then .vram_bytes / 1048576 else "-" end, .kfd_node // "-"]
    | map(tostring) | join(" ")'

for machine in $(sed 's/#.*//' "$EXPECTED" | awk 'NF { print $1 }' | uniq); do
    runs "$PROGRAM" status --json --sysroot "$MACHINES/$machine"
    is "$machine: status succeeds" "$status" 0
    is "$machine: no messages" "$err" ''
    is "$machine: JSON form" "$(jq -f "$scratch/schema.jq" "$scratch/out")" true
    is "$machine: facts" "$(jq -r "$facts" "$scratch/out")" \
        "$(awk -v m="$machine" '$1 == m && NF > 1 { print $2, $3, $4, $5, $6, $7, $8 }' "$EXPECTED")"

    runs "$PROGRAM" status --sysroot "$MACHINES/$machine"
    is "$machine: text succeeds" "$status" 0
    gpus=$(awk -v m="$machine" '$1 == m && NF > 1' "$EXPECTED" | wc -l)
    if [ "$gpus" -eq 0 ]; then
        is "$machine: text" "$out" 'No AMD GPU was found.'
    else
        is "$machine: a table line for each GPU" \
            "$(printf '%s\n' "$out" | sed '/^$/q' | grep -c '^[0-9a-f]*:')" "$gpus"
    fi
    LC_ALL=C grep -q '[^[:print:]]' "$scratch/out"
    is "$machine: text is printable" "$?" 1
done

json() { # json FILTER WORD...: a value of status --json; the words may begin with variables
    filter=$1
    shift
    runs env "$@" --json
    printf '%s' "$out" | jq -c "$filter"
}

on() { # on MACHINE: the words that start status on it
    printf '%s status --sysroot %s/%s' "$PROGRAM" "$MACHINES" "$1"
}

# shellcheck disable=SC2046 # words to be split, all through
{
    is 'GEMM stands first, naive second' \
        "$(json '.gpus[0].decision.families' $(on rx5700xt))" '["gemm","naive"]'
    is 'every variable is set where all GPUs are RDNA1' \
        "$(json '.environment.applies' $(on two))" true
    is 'no variable is set beside another GPU' \
        "$(json '[.environment.applies, (.environment.variables | length)]' $(on mixed))" '[false,0]'
    is 'a variable that the user has set is kept' \
        "$(json '.environment.variables[] | select(.kept) | .name' MIOPEN_DEBUG_CONV_FFT=1 $(on rx5700xt))" \
        '"MIOPEN_DEBUG_CONV_FFT"'
    is 'an override changes the target, not the chip' \
        "$(json '.gpus[0] | [.chip, .target, .override.variable]' HSA_OVERRIDE_GFX_VERSION=10.3.0 $(on rx5700xt))" \
        '["gfx1010","gfx1030","HSA_OVERRIDE_GFX_VERSION"]'
    is "a node's own override wins" \
        "$(json '[.gpus[].target]' HSA_OVERRIDE_GFX_VERSION=11.0.0 HSA_OVERRIDE_GFX_VERSION_2=10.3.0 $(on mixed))" \
        '["gfx1030","gfx1100"]'
    is 'a malformed override is told' \
        "$(json '.gpus[0] | [.target, .override.valid, .decision.forced]' HSA_OVERRIDE_GFX_VERSION=10.3 $(on rx5700xt))" \
        '[null,false,true]'
    is 'an override of bytes that are no text is still JSON' \
        "$(json '.gpus[0].override.value' "HSA_OVERRIDE_GFX_VERSION=$(printf '10\377')" $(on rx5700xt))" \
        '"10\\xff"'
    is 'off: nothing is forced' \
        "$(json '[.off, .gpus[0].decision.forced, .environment.applies]' ROCM_RDNA1=off $(on rx5700xt))" \
        '[true,false,false]'

    runs env HSA_OVERRIDE_GFX_VERSION=10.3 $(on rx5700xt)
    has 'the text says what ROCr does with a malformed override' "$out" 'ROCr then starts without any GPU'
    runs env HSA_OVERRIDE_GFX_VERSION=10.3.0 $(on rx5700xt)
    has 'the text says what an override does' "$out" 'makes ROCm compile for gfx1030'
    runs env ROCM_RDNA1=off $(on rx5700xt)
    has 'the text says that all is off' "$out" 'ROCM_RDNA1=off is set'
    has 'off leaves the card alone' "$out" 'left alone'
    runs $(on rx5700xt)
    has 'the text names the rule' "$out" '50-rdna1.rules:'
    has 'the text names the card' "$out" 'AMD Radeon RX 5700 XT'
    lacks 'no colour in a pipe' "$out" "$(printf '\033')"
    runs env TERM=xterm NO_COLOR=1 $(on rx5700xt) --color=always
    has '--color=always goes before NO_COLOR' "$out" "$(printf '\033')"
    runs env TERM=xterm $(on rx5700xt) --color=never
    lacks '--color=never has none' "$out" "$(printf '\033')"
    if command -v script >/dev/null; then
        on_terminal() { # what status shows on a terminal in an environment of NAME=value…
            env -u NO_COLOR TERM=xterm "$@" script -qec "$(on rx5700xt)" /dev/null </dev/null
        }
        has 'colour on a terminal' "$(on_terminal)" "$(printf '\033')"
        has 'an empty NO_COLOR is none' "$(on_terminal NO_COLOR=)" "$(printf '\033')"
        lacks 'NO_COLOR is obeyed' "$(on_terminal NO_COLOR=1)" "$(printf '\033')"
        lacks 'a dumb terminal gets no colour' "$(on_terminal TERM=dumb)" "$(printf '\033')"
    else
        skips 'colour on a terminal' 'no script here'
    fi
    runs $(on rx5700xt)
    has 'the text says that look-ups are covered' "$out" 'by name: covered by run'
    runs env LD_PRELOAD="$OLD_GLIBC" $(on rx5700xt)
    has 'the text says where look-ups are not covered' "$out" 'by name: not covered: that needs glibc 2.35'
    runs $(on no-amd)
    lacks 'without a card nothing is said about look-ups' "$out" 'by name'
    is 'the JSON says that look-ups are covered' "$(json .lookups.covered $(on rx5700xt))" true
    is 'the JSON says where look-ups are not covered' \
        "$(json .lookups LD_PRELOAD="$OLD_GLIBC" $(on rx5700xt))" \
        '{"covered":false,"glibc":"2.31","glibc_needed":"2.35"}'
    runs $(on two)
    is 'a rule that several cards share is printed once' "$(printf '%s\n' "$out" | grep -c ': RDNA1: ')" 1
    has 'a rule names all cards it is for' "$out" '0000:03:00.0, 0000:10:00.0, 0000:9a:00.0: RDNA1: '
    is 'settings can name the root too' \
        "$(json '.gpus[0].device_id' "ROCM_RDNA1_SYSROOT=$MACHINES/v520" "$PROGRAM" status)" '"7362"'
}

# Rules below the root, one of them broken.
mkdir -p "$scratch/root/sys/bus/pci" "$scratch/root/rules"
cp -r "$MACHINES/plain/sys" "$scratch/root/"
printf '[Broken\033]\nNonsense=1\n\n[My own]\nWhy=a test\nMatchChip=gfx1010\nAllow=naive\n' \
    >"$scratch/root/rules/90-test.rules"
runs env "ROCM_RDNA1_RULES=$scratch/root/rules" "$PROGRAM" status --sysroot "$scratch/root"
is 'a broken rule does not stop status' "$status" 0
has 'a broken rule is reported with its place' "$err" '90-test.rules:'
lacks 'a broken rule is reported in printable text' "$err" "$(printf '\033')"
has 'the rules beside it stand' "$out" '(90-test.rules:4)'
is 'the broken rule is in the JSON' \
    "$(json '.rules.errors | all(startswith("90-test.rules:1") or startswith("90-test.rules:2")) and length > 0' "ROCM_RDNA1_RULES=$scratch/root/rules" "$PROGRAM" status --sysroot "$scratch/root")" true

# Libraries with GPU code, below the root.
runs "$PROGRAM" status --sysroot "$MACHINES/rx5700xt"
has 'no libraries' "$out" 'Libraries with GPU code: none in the usual places'
runs "$PROGRAM" status --sysroot "$MACHINES/no-amd"
lacks 'without a card nothing is said about libraries' "$out" Libraries
if [ -n "$SAMPLES" ]; then
    root=$scratch/libraries
    mkdir -p "$root/usr/lib/x86_64-linux-gnu" "$root/opt/rocm-6.2/lib"
    cp -r "$MACHINES/rx5700xt/sys" "$root/"
    cp "$SAMPLES/both.so" "$root/usr/lib/x86_64-linux-gnu/librocblas.so.4"
    ln -s librocblas.so.4 "$root/usr/lib/x86_64-linux-gnu/librocblas.so"
    ln -s "$PROGRAM" "$root/usr/lib/x86_64-linux-gnu/librocrand.so"
    cp "$SAMPLES/gfx1030.hsaco" "$root/opt/rocm-6.2/lib/librocblas.so"
    cp "$SAMPLES/generic.co" "$root/opt/rocm-6.2/lib/librocrand.so.1.1"
    cp "$SAMPLES/gfx900.co" "$root/opt/rocm-6.2/lib/librocrand.so.1.1.0"
    : >"$root/opt/rocm-6.2/lib/librocrand.so.a"
    cp "$SAMPLES/gfx1030.hsaco" "$root/opt/rocm-6.2/lib/librocblas-else.so"
    runs "$PROGRAM" status --sysroot "$root"
    is 'libraries, by what they are for and their place' \
        "$(printf '%s\n' "$out" | sed -n '/^Libraries/,$p')" \
        'Libraries with GPU code, and what that is to gfx1010:
    /usr/lib/x86_64-linux-gnu/librocblas.so.4 (matrix products): native code
    /opt/rocm-6.2/lib/librocblas.so (matrix products): for later chips only (gfx1030), which HSA_OVERRIDE_GFX_VERSION=10.3.0 has ROCm take
    /opt/rocm-6.2/lib/librocrand.so.1.1 (random numbers): generic code
    /opt/rocm-6.2/lib/librocrand.so.1.1.0 (random numbers): for other chips only
    /opt/rocm-6.2/lib/librocrand.so.a (random numbers): no GPU code
    HSA_OVERRIDE_GFX_VERSION cannot be right for all of them: set it for the programs that need it'
    is 'a library of every kind has the JSON form' "$("$PROGRAM" status --json --sysroot "$root" | jq -f "$scratch/schema.jq")" true
    is 'libraries in the JSON' \
        "$(json '[.libraries[] | [.chip, .verdict, .target, .override]]' "$PROGRAM" status --sysroot "$root")" \
        '[["gfx1010","native","gfx1010",null],["gfx1010","later","gfx1030","10.3.0"],["gfx1010","generic","gfx10-1-generic",null],["gfx1010","foreign","gfx900",null],["gfx1010","no-gpu-code",null,null]]'
    runs env HSA_OVERRIDE_GFX_VERSION=10.3.0 "$PROGRAM" status --sysroot "$root"
    has 'native code under an override' "$out" \
        'librocblas.so.4 (matrix products): native code, which ROCm passes over for the target that is set'
    rm "$root/opt/rocm-6.2/lib/librocblas.so"
    is 'no override where all have native code' \
        "$(json .override "$PROGRAM" status --sysroot "$root")" '[{"chip":"gfx1010","needed":"none","value":null}]'
    rm -r "$root/sys"
    cp -r "$MACHINES/two/sys" "$root/"
    is 'each chip of the machine has its own view' \
        "$(json '[.libraries[] | select(.path | endswith("librocblas.so.4")) | [.chip, .verdict]] | length' "$PROGRAM" status --sysroot "$root")" \
        "$(json '[.gpus[].chip | select(startswith("gfx101"))] | unique | length' "$PROGRAM" status --sysroot "$root")"
else
    skips 'libraries' 'llvm-mc-19, ld.lld-19 or clang-offload-bundler-19 is missing'
fi

finish
