/**
 * Scripts for shells. All they know is how to call argusctl with the words so far: it answers one candidate per line,
 * with a tab and what it is. A single line `:files` asks for names of files instead.
 */
const bash = `# bash completion for argusctl
_argusctl() {
  local cur=\${COMP_WORDS[COMP_CWORD]} candidate line
  COMPREPLY=()
  while IFS= read -r line; do
    if [ "$line" = ":files" ]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r candidate; do COMPREPLY+=("$candidate"); done < <(compgen -f -- "$cur")
      return
    fi
    candidate=\${line%%$'\\t'*}
    [ -n "$candidate" ] && COMPREPLY+=("$candidate")
  done < <("\${COMP_WORDS[0]}" __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _argusctl argusctl
`;

const zsh = `#compdef argusctl
_argusctl() {
  local -a candidates
  local line
  while IFS= read -r line; do
    if [[ "$line" == ":files" ]]; then
      _files
      return
    fi
    candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done < <("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
  _describe 'argusctl' candidates
}
# Loaded by its name it is asked at once; read with \`source\` it only registers.
if [[ "\${funcstack[1]}" == "_argusctl" ]]; then
  _argusctl "$@"
else
  compdef _argusctl argusctl
fi
`;

const fish = `# fish completion for argusctl
function __argusctl_complete
    set -l words (commandline -opc)
    set -l answer ($words[1] __complete $words[2..-1] (commandline -ct) 2>/dev/null)
    if test "$answer" = ":files"
        __fish_complete_path (commandline -ct)
    else
        printf '%s\\n' $answer
    end
end
complete -c argusctl -f -a '(__argusctl_complete)'
`;

export const SCRIPTS = { bash, zsh, fish } as const;
