#!/bin/sh
# trace: what it makes of lines, good and bad, in each of its forms.
. "$(dirname "$0")/harness.sh"

# line KEY=JSON…: a line of a trace, with these keys changed.
line() {
    for change in "$@"; do printf '%s\n' "$change"; done | jq -c -R -s --slurpfile base "$scratch/base" '
        reduce (split("\n")[] | select(. != "") | capture("^(?<key>[a-z_]+)=(?<value>.*)$"; "m")) as $change
            ($base[0]; .[$change.key] = ($change.value | fromjson))'
}
cat >"$scratch/base" <<'END'
{"schema":1,"pid":100,"program":"app","time":"2026-11-22T15:08:32Z",
"device":{"pci":"0000:03:00.0","chip":"gfx1010","target":"gfx1010"},"miopen_version":"3.5.1",
"problem":"conv -n 1 -c 64 -H 56 -W 56 -k 64 -y 3 -x 3 -p 1 -q 1 -F 1","tensors":null,
"direction":"forward","transposed":false,"type":"fp32","layout":"NCHW","packed":true,
"miopen":{"status":0,"solver":{"id":84,"name":"ConvBinWinogradRxSf2x3g1","algorithm":"winograd","workspace_needed":0},"others":[]},
"variables":[],
"chosen":[{"id":91,"name":"GemmFwdRest","algorithm":"gemm","workspace_needed":7225344},{"id":85,"name":"ConvDirectNaiveConvFwd","algorithm":"direct","workspace_needed":0}],
"rules":[{"name":"first","origin":"a.rules:1"},{"name":"GEMM on RDNA1","origin":"50-rdna1.rules:4"}],
"finds":1,"runs":[10,0],"failures":0,"last_status":0,"workspace_given":7225344,"workspace_supplied":0,"timed":10,"device_us":2000}
END
naive='[{"id":85,"name":"ConvDirectNaiveConvFwd","algorithm":"direct","workspace_needed":0}]'
{
    line
    line pid=101 'runs=[30,2]' device_us=6000 timed=30
    line 'problem="convfp16 -n 1 -c 8 -H 12 -W 14 -k 16 -y 3 -x 1 -p 1 -q 0 -u 2 -v 1 -l 2 -j 1 -g 2 -F 4 -I NHWC -O NHWC -f NHWC"' \
        "chosen=$naive" 'runs=[3]' timed=0 device_us=null miopen='{"status":6,"solver":null}'
    line 'problem="conv -n 1 -c 8 -H 12 -W 12 -k 16 -y 3 -x 3 -u 2 -v 2 -m trans -F 1"' device_us=9000000 workspace_supplied=7225344 workspace_given=0
    line 'device={"pci":"0000:0a:00.0","chip":"gfx1012","target":"gfx1030"}' failures=4 last_status=7 'chosen=[]' 'runs=[]' device_us=null timed=0
    echo '{"schema":1,"pid":100,"program":"app","time":"","forwarded":"miopenConvolutionForward","reason":"alpha is not 1"}'
    echo '{"schema":1,"pid":101,"program":"app","time":"","forwarded":"miopenConvolutionForward","reason":"alpha is not 1"}'
    echo '{"schema":1,"pid":101,"program":"app","time":"","refused":"miopenConvolutionForward","reason":"alpha is not 1"}'
} >"$scratch/trace"

runs "$PROGRAM" trace "$scratch/trace"
is 'a trace is shown' "$status$err" 0
has 'the card' "$out" 'GPU 0000:03:00.0, gfx1010, MIOpen 3.5.1'
has 'the other card, and its target' "$out" 'GPU 0000:0a:00.0, gfx1012 as gfx1030, MIOpen 3.5.1'
row() { printf '%s\n' "$out" | grep -F -e "$1" | head -n 1 | tr -s ' ' | sed 's/ $//'; }
is 'processes are added up' "$(row '1x64x56x56')" '1x64x56x56 k64 3x3 s1 p1 fp32 fwd winograd 84 gemm 91 [1] 7 MiB 42 8.0 ms'
is 'what is not usual is said' "$(row 'NHWC')" '1x8x12x14 k16 3x1 s2x1 p1x0 d2x1 g2 NHWC fp16 wrw N/A naive 85 [1] 0 B 3 N/A'
is 'workspace of the shim is marked' "$(row 'transposed')" '1x8x12x12 k16 3x3 s2 p0 transposed fp32 fwd winograd 84 gemm 91 [1] 7 MiB+ 10 9.00 s'
is 'what has no solver' "$(printf '%s\n' "$out" | grep none | tr -s ' ')" '1x64x56x56 k64 3x3 s1 p1 fp32 fwd winograd 84 none [1] N/A 0 N/A'
is 'what took longest comes first' "$(printf '%s\n' "$out" | sed -n 3p | cut -c 1-9)" 1x8x12x12
has 'totals' "$out" '4 problems: 2 by GEMM, 1 by naive, 1 without a solver; 2 not as MIOpen would; 55 runs, 50 measured: 9.01 s on the device'
has 'the rule that came last' "$out" '[1] GEMM on RDNA1 (50-rdna1.rules:4)'
has 'failures' "$out" 'Failed: 1x64x56x56 k64 3x3 s1 p1 fp32 fwd: 4 times, at last with status 7'
has 'what was refused' "$out" 'Refused: miopenConvolutionForward: alpha is not 1 (1 process)'
has 'what was forwarded' "$out" 'Forwarded: miopenConvolutionForward: alpha is not 1 (2 processes)'
lacks 'no colour in a pipe' "$out" "$(printf '\033')"
is 'no line is longer than 100 columns' "$(printf '%s\n' "$out" | grep -v ' problems: ' | awk 'length > 100')" ''
runs "$PROGRAM" trace --color=always "$scratch/trace"
has 'colour where it is wanted' "$out" "$(printf '\033')"
runs env NO_COLOR=1 "$PROGRAM" trace "$scratch/trace" --color auto
is 'options may stand behind the file' "$status" 0

"$PROGRAM" trace - <"$scratch/trace" >"$scratch/out"
[ -s "$scratch/out" ] && "$PROGRAM" trace "$scratch/trace" | cmp -s - "$scratch/out"
passed 'standard input' $?
runs "$PROGRAM" trace "$scratch/trace" "$scratch/trace"
has 'a line that is there twice counts once' "$out" '; 55 runs'

is 'the solver that ran most is the one that was used' \
    "$(line 'runs=[1,5]' | "$PROGRAM" trace --json - | jq .problems[0].used)" 85

# A line that was written again counts as it was last.
{
    line
    line 'runs=[20,0]'
} >"$scratch/again"
{
    line 'runs=[5]' "chosen=$naive"
} >"$scratch/rechosen"
is 'a choice that was made again adds up' \
    "$("$PROGRAM" trace --json "$scratch/again" "$scratch/rechosen" | jq -c '[.totals.problems, .totals.counters.runs]')" '[1,25]'
is 'a line that was written again' "$("$PROGRAM" trace --json "$scratch/again" | jq -c '[.totals.problems, .totals.counters.runs]')" '[1,20]'

runs "$PROGRAM" trace --json "$scratch/trace"
is 'JSON: totals' "$(printf '%s' "$out" | jq -c '[.schema, .lines, .totals.gemm, .totals.counters.device_us]')" \
    '[1,{"read":8,"skipped":0},2,9008000]'
is 'JSON: a problem' "$(printf '%s' "$out" | jq -c '.problems[1] | [.problem[0:9], .text, .miopen.id, .used, .rule.origin, [.chosen[].runs], .counters.finds]')" \
    '["conv -n 1","1x64x56x56 k64 3x3 s1 p1 fp32 fwd",84,91,"50-rdna1.rules:4",[40,2],2]'
is 'JSON: unknown is null' "$(printf '%s' "$out" | jq -c '.problems[2] | [.miopen, .counters.device_us]')" '[null,null]'
is 'JSON: forwarded' "$(printf '%s' "$out" | jq -c .forwarded)" '[{"function":"miopenConvolutionForward","reason":"alpha is not 1","refused":false,"processes":2},{"function":"miopenConvolutionForward","reason":"alpha is not 1","refused":true,"processes":1}]'

# Problems in numbers.
tensors='{"x":{"type":1,"lengths":[2,8,9,9],"strides":[1000,100,10,1]},"w":{"type":1,"lengths":[8,4,3,3],"strides":[36,9,3,1]},"y":{"type":1,"lengths":[2,8,9,9],"strides":[648,81,9,1]},"groups":2,"pad":[1,1],"stride":[1,1],"dilation":[1,1]}'
line problem=null "tensors=$tensors" 'variables=["MIOPEN_DEBUG_CONV_WINOGRAD=0"]' >"$scratch/numbers"
runs "$PROGRAM" trace "$scratch/numbers"
has 'a problem in numbers' "$out" '2x8x9x9 k8 3x3 s1 p1 g2 gaps fp32 fwd'
has 'variables are named' "$out" 'Set when MIOpen was asked: MIOPEN_DEBUG_CONV_WINOGRAD=0'
is 'JSON has the numbers' "$("$PROGRAM" trace --json "$scratch/numbers" | jq '.problems[0].tensors.groups')" 2

# Bad lines.
{
    line
    echo nonsense
    echo '[]'
    echo '{"schema":1}'
    echo '{"schema":2,"chosen":[],"runs":[]}'
    echo
    head -c 1100000 /dev/zero | tr '\0' ' '
    echo
    echo '"'
    line pid=102 | cut -c 1-100 | tr -d '\n'
} >"$scratch/bad"
runs "$PROGRAM" trace "$scratch/bad"
is 'bad lines fail nothing' "$status" 0
has 'the good one is shown' "$out" '1 problems'
for number in 2 3 4 5 6; do has "line $number is named" "$err" "bad:$number: skipped: "; done
has 'a later release is named' "$err" 'bad:5: skipped: written by a later release'
has 'of many the number is told' "$err" 'bad: 3 more lines skipped'
is 'they are counted' "$("$PROGRAM" trace --json "$scratch/bad" 2>/dev/null | jq -c .lines)" '{"read":9,"skipped":8}'
line | cut -c 1-100 | tr -d '\n' >"$scratch/torn"
runs "$PROGRAM" trace "$scratch/torn"
has 'a line cut off' "$err" 'torn:1: skipped: cut off'
has 'a trace without a convolution' "$out" 'No convolution'
: >"$scratch/empty"
runs "$PROGRAM" trace "$scratch/empty"
is 'an empty trace' "$status$err" 0
runs "$PROGRAM" trace /nonexistent "$scratch/trace"
is 'a file that is not there fails' "$status" 1
has 'and what is there is shown' "$out" '4 problems'
line 'device=3' 'miopen="x"' 'chosen=[1,{"id":"a"},{"id":-1}]' 'runs=[null]' 'rules={}' 'finds=-1' 'problem=[1]' \
    'miopen_version={}' 'device_us=1.5' 'variables=[5,{}]' >"$scratch/odd"
runs "$PROGRAM" trace "$scratch/odd"
is 'values of other types' "$status$err" 0

# The page.
cp "$scratch/trace" "$scratch/hostile"
line 'device={"pci":"<b>\"&'\''","chip":"</style><script>1</script>","target":"x"}' 'problem="conv </code><script>2</script> -F 1"' \
    'variables=["MIOPEN_X=<img src=y>\u202e"]' 'rules=[{"name":"</li>\u001b[1m\uffff","origin":"\u0085"}]' >>"$scratch/hostile"
line problem=null "tensors=$tensors" >>"$scratch/hostile"
runs "$PROGRAM" trace --html "$scratch/hostile"
is 'the page' "$status$err" 0
printf '%s\n' "$out" >"$scratch/page"
# pages PYTHON: what an XML parser finds; `page` is the document, text(element) what it says.
pages() {
    python3 - "$scratch/page" "$1" <<'END'
import sys, xml.dom.minidom
page = xml.dom.minidom.parse(sys.argv[1])
def text(e): return e.data if e.nodeType == e.TEXT_NODE else "".join(text(c) for c in e.childNodes)
def all(name): return page.getElementsByTagName(name)
print(eval(sys.argv[2]))
END
}
is 'it is well-formed' "$(pages 'page.documentElement.tagName')" html
is 'it has a language and a title' "$(pages '(page.documentElement.getAttribute("lang"), text(all("title")[0]))')" \
    "('en', 'What became of 6 convolutions')"
is 'nothing runs, nothing is fetched' "$(pages 'sum(len(all(n)) for n in ("script", "img", "link", "iframe", "object", "b"))')" 0
lacks 'no address in it' "$out" '://'
lacks 'no import in it' "$out" '@import'
lacks 'no url() in it' "$out" 'url('
is 'no handler in it' "$(pages '[a for e in all("*") for a in e.attributes.keys() if a.startswith("on")]')" '[]'
is 'links stay in the page' "$(pages 'sorted({h.getAttribute("href") for h in all("a")})')" \
    "['#rule-1', '#rule-2']"
is 'and lead somewhere' "$(pages '[l.getAttribute("id") for l in all("li") if l.hasAttribute("id")]')" "['rule-1', 'rule-2']"
is 'a table a card' "$(pages 'len(all("table"))')" 3
is 'every header has a scope' "$(pages '{h.getAttribute("scope") for h in all("th")} == {"row", "col"}')" True
is 'rows have as many cells as there are headers' \
    "$(pages '{len(r.getElementsByTagName("td")) + len(r.getElementsByTagName("th")) for r in all("tr")}')" '{6}'
is 'markup is text' "$(pages '[text(c) for c in all("code") if "script" in text(c)]')" "['conv </code><script>2</script> -F 1']"
is 'controls are shown' "$(pages '[text(l) for l in all("li") if "x1b" in text(l)]')" "['</li>\\\\x1b[1m\\\\xef\\\\xbf\\\\xbf \\\\xc2\\\\x85']"
is 'directions are not turned' "$(pages '[text(l) for l in all("li") if "img" in text(l)]')" "['MIOPEN_X=<img src=y>\\\\xe2\\\\x80\\\\xae']"
is 'totals' "$(pages '[(text(d.getElementsByTagName("dt")[0]), text(d.getElementsByTagName("dd")[0])) for d in all("dl")[0].getElementsByTagName("div")][1:4]')" \
    "[('by GEMM', '4'), ('by naive kernels', '1'), ('without a solver', '1')]"
is 'MIOpen'"'"'s choice, and ours' "$(pages '[text(t) for t in all("td")[0].getElementsByTagName("span")]')" "['winograd', '→', 'gemm']"
is 'bars are of the time' "$(pages '[b.childNodes[0].getAttribute("style") for b in all("span") if b.getAttribute("class") == "bar"][:2]')" \
    "['width:100.0%', 'width:0.0%']"
has 'dark and light' "$out" 'prefers-color-scheme: dark'
has 'for paper' "$out" '@media print'
has 'for phones' "$out" 'width=device-width'
localedef -i de_DE -f UTF-8 "$scratch/de_DE.UTF-8"
is 'that locale has a decimal comma' "$(LOCPATH=$scratch LC_ALL=de_DE.UTF-8 locale decimal_point)" ,
widths() { grep -o 'width:[0-9.,]*%'; }
is 'widths in any locale' "$(LOCPATH=$scratch LC_ALL=de_DE.UTF-8 "$PROGRAM" trace --html "$scratch/trace" | widths)" \
    "$("$PROGRAM" trace --html "$scratch/trace" | widths)"
has 'which there are' "$("$PROGRAM" trace --html "$scratch/trace" | widths)" 'width:100.0%'

# Where it goes.
runs "$PROGRAM" trace --html --output "$scratch/written.html" "$scratch/hostile"
is '--output prints nothing' "$status$out$err" 0
cmp -s "$scratch/page" "$scratch/written.html"
passed '--output has the page' $?
runs "$PROGRAM" trace --output "$scratch/absent/file" "$scratch/trace"
is '--output that cannot be' "$status" 1
has '--output that cannot be: reason' "$err" 'No such file'
cp "$scratch/trace" "$scratch/kept"
runs "$PROGRAM" trace --output "$scratch/kept" "$scratch/kept"
is '--output is not the trace' "$status" 1
cmp -s "$scratch/trace" "$scratch/kept"
passed 'which stays' $?
runs "$PROGRAM" trace --html --output /dev/full "$scratch/trace"
is '--output to a full device fails' "$status" 1
has '--output to a full device: reason' "$err" 'No space left'

# run --trace.
export ROCM_RDNA1_SYSROOT="$MACHINES/rx5700xt" ROCM_RDNA1_SHIM="$FIXTURE"
cd "$scratch" || exit
runs "$PROGRAM" run --trace new.trace -- env
is 'run --trace' "$status$err" 0
has 'run --trace: the file has its whole name' "$out" "ROCM_RDNA1_TRACE=$scratch/new.trace"
lacks 'run --trace: MIOpen may tell its own choice' "$out" MIOPEN_
has 'run --trace: the shim is preloaded' "$out" "LD_PRELOAD=$FIXTURE"
[ -e new.trace ]
passed 'run --trace: the file is there' $?
runs env ROCM_RDNA1_TRACE="$scratch/new.trace" "$PROGRAM" run -- env
lacks 'the variable does the same' "$out" MIOPEN_
runs env ROCM_RDNA1_TRACE="$scratch/new.trace" "$PROGRAM" run --no-shim -- env
has 'without the shim there is no trace' "$out" MIOPEN_DEBUG_CONV_WINOGRAD=0
runs env MIOPEN_DEBUG_CONV_FFT=0 "$PROGRAM" run --trace new.trace -- env
has "the user's variable stays" "$out" MIOPEN_DEBUG_CONV_FFT=0
runs env ROCM_RDNA1_SYSROOT="$MACHINES/no-amd" "$PROGRAM" run --trace none.trace -- echo ran
is 'without an RDNA1 card the program runs' "$status$out$err" 0ran
runs "$PROGRAM" trace none.trace
has 'and the trace is empty' "$out" 'No convolution'
mkfifo fifo
for file in "$scratch" absent/file fifo /dev/null; do
    runs "$PROGRAM" run --trace "$file" -- echo ran
    is "run --trace $file is refused" "$status$out" 125
    has "run --trace $file: reason" "$err" "--trace $file: "
done
finish
