# fish completion of rocm-rdna1. The program itself lists its commands and options, so that these
# words cannot fall behind it.

function __rocm_rdna1_words
    set -l tokens (commandline -opc)
    set -l program $tokens[1]
    set -l command $tokens[2]
    $program --list-commands 2>/dev/null | while read -l -d \t kind first second third fourth
        switch "$kind/"(count $tokens)
            case command/1
                printf '%s\t%s\n' $first $second
            case option/1
                test -z "$first"; and printf '%s\t%s\n' $second $fourth
            case 'option/*'
                test "$first" = "$command"; or continue
                if test "$second" != "$tokens[-1]" -o -z "$third"
                    printf '%s\t%s\n' $second $fourth
                else if test "$third" = DIR
                    __fish_complete_directories (commandline -ct)
                    return
                else if test "$third" = FILE
                    __fish_complete_path (commandline -ct)
                    return
                else if test "$third" = NAME
                    return
                else
                    string split '|' -- $third
                    return
                end
        end
    end
end

complete -c rocm-rdna1 -f -a '(__rocm_rdna1_words)'
complete -c rocm-rdna1 -n '__fish_seen_subcommand_from run' -a '(__fish_complete_subcommand --fcs-skip=2)'
complete -c rocm-rdna1 -n '__fish_seen_subcommand_from trace scan' -F
