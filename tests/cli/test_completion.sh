#!/bin/sh
# Completions in the shells themselves: every command and option of the program's own list is
# offered, and every value that an option takes.
#
# shellcheck disable=SC2016,SC2317 # quoted: for other shells; functions: called by their names
. "$(dirname "$0")/harness.sh"

export PROGRAM SOURCE
PATH=$(dirname "$PROGRAM"):$PATH
list=$("$PROGRAM" --list-commands)
tab=$(printf '\t')

# Each prints what its shell offers for the words of a command line, the last of which is begun.
bash_offers() {
    bash -c '
        source "$SOURCE/completion/rocm-rdna1.bash"
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
        _rocm_rdna1 "$1"
        printf "%s\n" "${COMPREPLY[@]}"' bash "$@"
}
fish_offers() {
    fish --no-config -c '
        source "$SOURCE/completion/rocm-rdna1.fish"
        complete -C (string join " " -- $argv)' -- "$@" | cut -f 1
}
zsh_offers() {
    # Outside of an editor zsh completes nothing; what the function hands to the editor is shown.
    zsh -f -c '
        _describe() { print -l -- "${(@P)4}" "${(@P)6}" }
        _arguments() {
            local spec
            for spec in "${@:3}"; do
                [[ $CURRENT -gt 2 && $words[CURRENT-1] == ${spec%%\[*} ]] || continue
                print -l -- ${=${${spec##*:\(}%\)}}
                return
            done
            print -l -- "${@:3}"
        }
        complete_it() { source "$SOURCE/completion/_rocm-rdna1" }
        words=("$@") CURRENT=$#
        complete_it' zsh "$@" | sed 's/[:[].*//'
}

offered() { # offered SHELL WORD WORD...: whether the word is offered behind the others
    shell=$1
    wanted=$2
    shift 2
    out=$("${shell}_offers" "$@" 2>"$scratch/err")
    status=$?
    err=$(cat "$scratch/err")
    printf '%s\n' "$out" | grep -qxF -e "$wanted"
    passed "$shell: $wanted behind '$*'" $?
}

# Fields of the list may be empty, which read would skip over with a tab as separator.
printf '%s\n' "$list" | tr '\t' '|' >"$scratch/list"
for shell in bash fish zsh; do
    if ! command -v $shell >/dev/null; then
        skips "$shell" "no $shell here"
        continue
    fi
    while IFS='|' read -r kind first second rest; do
        case $kind,$first in
        command,*) offered "$shell" "$first" rocm-rdna1 '' ;;
        option,) offered "$shell" "$second" rocm-rdna1 -- ;;
        option,*)
            offered "$shell" "$second" rocm-rdna1 "$first" --
            # "sh|json|help": the help text is the last field.
            for value in $(printf '%s' "${rest%|*}" | tr '|' ' '); do
                case $value in DIR | FILE | NAME) continue ;; esac
                offered "$shell" "$value" rocm-rdna1 "$first" "$second" ''
            done
            ;;
        esac
    done <"$scratch/list"
    lines=$("${shell}_offers" rocm-rdna1 env --format '' | grep -c .)
    is "$shell: a value is completed by values only" "$lines" 2
done

# Behind `trace` and `scan` come files.
mkdir "$scratch/traces"
: >"$scratch/traces/frob.json"
for command in trace scan; do
    offered bash "$scratch/traces/frob.json" rocm-rdna1 $command "$scratch/traces/fr"
    if command -v fish >/dev/null; then
        offered fish "$scratch/traces/frob.json" rocm-rdna1 $command "$scratch/traces/fr"
    fi
done
is 'a name is nothing to complete' "$(bash_offers rocm-rdna1 scan --kernel '')" ''

# bash and fish complete the line behind `run` as that program's.
mkdir "$scratch/bin"
printf '#!/bin/sh\n' >"$scratch/bin/frobnicate"
chmod +x "$scratch/bin/frobnicate"
PATH=$scratch/bin:$PATH
offered bash frobnicate rocm-rdna1 run -- frobni
offered bash frobnicate rocm-rdna1 run --profile gemm frobni
if command -v fish >/dev/null; then
    offered fish frobnicate rocm-rdna1 run -- frobni
fi

has 'the list has options' "$list" "option${tab}status${tab}--json"
finish
