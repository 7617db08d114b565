# bash completion of rocm-rdna1. The program itself lists its commands and options, so that these
# words cannot fall behind it.

_rocm_rdna1() {
    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local table command=${COMP_WORDS[1]} argument i
    table=$("$1" --list-commands 2>/dev/null) || return
    COMPREPLY=()

    if ((COMP_CWORD == 1)); then
        mapfile -t COMPREPLY < <(compgen -W "$(awk -F'\t' '
            $1 == "command" { print $2 }
            $1 == "option" && $2 == "" { print $3 }' <<<"$table")" -- "$word")
        return
    fi

    # Behind `run`, from the first word that is no option on, another program's line begins.
    if [[ $command == run ]]; then
        for ((i = 2; i <= COMP_CWORD; i++)); do
            case ${COMP_WORDS[i]} in
            --profile | --trace) ((i++)) ;;
            --) ((i++)); break ;;
            -*) ;;
            *) break ;;
            esac
        done
        if ((i <= COMP_CWORD)) && declare -F _command_offset >/dev/null; then
            _command_offset "$i"
            return
        elif ((i <= COMP_CWORD)); then
            mapfile -t COMPREPLY < <(compgen -A command -A file -- "$word")
            return
        fi
    fi

    argument=$(awk -F'\t' -v command="$command" -v option="$previous" '
        $1 == "option" && $2 == command && $3 == option { print $4 }' <<<"$table")
    case $argument in
    '')
        if [[ $command == @(trace|scan) && $word != -* ]]; then
            mapfile -t COMPREPLY < <(compgen -A file -- "$word")
            return
        fi
        mapfile -t COMPREPLY < <(compgen -W "$(awk -F'\t' -v command="$command" '
            $1 == "option" && $2 == command { print $3 }' <<<"$table")" -- "$word")
        ;;
    DIR) mapfile -t COMPREPLY < <(compgen -A directory -- "$word") ;;
    NAME) ;; # whatever the person has in mind
    FILE) mapfile -t COMPREPLY < <(compgen -A file -- "$word") ;;
    *) mapfile -t COMPREPLY < <(compgen -W "${argument//|/ }" -- "$word") ;;
    esac
} &&
    complete -F _rocm_rdna1 rocm-rdna1
