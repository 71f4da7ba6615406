/* The completions for bash: one function with the flags, one with the values of each. */
#include "cli/completion.h"

#include "base/cleanup.h"
#include "cli/own_flags.h"

static const char head[] =
    "# Completions of dockmeter for bash, from: dockmeter docs completion-bash\n"
    "# shellcheck shell=bash\n"
    "\n"
    "# What may stand behind flag $2 of command $1: its kind, and its words; fails where nothing "
    "may.\n"
    "_dockmeter_value() {\n"
    "    kind=text words=''\n"
    "    case \"$1 $2\" in\n";

static const char middle[] =
    "    *) return 1 ;;\n"
    "    esac\n"
    "}\n"
    "\n"
    "# The values of a flag that begin with $cur; $start stands before them on the same word.\n"
    "_dockmeter_values() {\n"
    "    local list=${cur%\"${cur##*,}\"}\n"
    "    case $kind in\n"
    "    file | folder)\n"
    "        compopt -o filenames 2>/dev/null\n"
    "        mapfile -t COMPREPLY < <(compgen -P \"$start\" -A \"${kind/folder/directory}\" -- "
    "\"$cur\")\n"
    "        ;;\n"
    "    words)\n"
    "        compopt -o nospace 2>/dev/null\n"
    "        mapfile -t COMPREPLY < <(compgen -P \"$start$list\" -W \"$words\" -- "
    "\"${cur##*,}\")\n"
    "        ;;\n"
    "    *) mapfile -t COMPREPLY < <(compgen -P \"$start\" -W \"$words\" -- \"$cur\") ;;\n"
    "    esac\n"
    "}\n"
    "\n"
    "_dockmeter() {\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} flag=${COMP_WORDS[COMP_CWORD - 1]} command=serve\n"
    "    local start='' equals='' kind words flags\n"
    "    COMPREPLY=()\n"
    "    [[ ${COMP_WORDS[1]} == -* ]] || command=${COMP_WORDS[1]}\n"
    "    # Readline takes --flag=value apart where = ends a word, and leaves it whole elsewhere.\n"
    "    case $cur in\n"
    "    --*=*) equals=yes flag=${cur%%=*} cur=${cur#*=} start=$flag= ;;\n"
    "    =) equals=yes cur='' ;;\n"
    "    *) [[ $flag != = ]] || equals=yes flag=${COMP_WORDS[COMP_CWORD - 2]} ;;\n"
    "    esac\n"
    "    if _dockmeter_value \"$command\" \"$flag\" && [[ $kind != switch || $equals ]]; then\n"
    "        _dockmeter_values\n"
    "        return\n"
    "    fi\n";

static const char tail[] =
    "    mapfile -t COMPREPLY < <(compgen -W \"$flags\" -- \"$cur\")\n"
    "    # Behind = comes the value.\n"
    "    [[ ${#COMPREPLY[@]} != 1 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace 2>/dev/null\n"
    "}\n"
    "\n"
    "complete -F _dockmeter dockmeter\n";

/* " --flag') kind=… ;;": what stands before the blank is the caller's. */
static void write_value(const struct completion_flag *flag, struct buf *out) {
    static const char *const kinds[] = {
        [VALUE_SWITCH] = "switch", [VALUE_FILE] = "file",   [VALUE_FOLDER] = "folder",
        [VALUE_WORD] = "word",     [VALUE_WORDS] = "words",
    };
    if (flag->value == VALUE_NONE) {
        return;
    }
    buf_fmt(out, " --%s')", flag->name);
    if (kinds[flag->value]) {
        buf_fmt(out, " kind='%s'", kinds[flag->value]);
    }
    if (flag->words[0]) {
        buf_text(out, " words='");
        completion_words(flag, out);
        buf_byte(out, '\'');
    }
    buf_text(out, flag->value == VALUE_SWITCH ? " words='true false' ;;\n" : " ;;\n");
}

/* The row of an option: behind any command. */
static void write_any(const struct completion_flag *flag, struct buf *out) {
    buf_text(out, flag->value == VALUE_NONE ? "" : "    *'");
    write_value(flag, out);
}

static void write_flag(const struct completion_flag *flag, struct buf *out) {
    bool bare = flag->value == VALUE_NONE || flag->value == VALUE_SWITCH;
    buf_fmt(out, "\n        --%s%s", flag->name, bare ? "" : "=");
    if (flag->value == VALUE_SWITCH) {
        buf_fmt(out, " --no-%s", flag->name);
    }
}

/* The rows of one command's own flags. */
static void write_own(const struct command *command, struct buf *out) {
    struct buf rows CLEANUP_BUF = BUF_INIT;
    struct str rest = STR("");
    struct str row = STR("");
    completion_own(command, write_value, &rows);
    for (rest = buf_view(&rows); str_split(&rest, '\n', &row) && row.len;) {
        buf_fmt(out, "    '%s%.*s\n", command->name, STR_ARG(row));
    }
}

/* The flags of a command that has its own: alone, or beside the options. */
static void write_case(const struct command *command, struct buf *out) {
    if (command->flags && command->flags->n) {
        buf_fmt(out, "    %s) flags%s='", command->name, command->run ? "+" : "");
        completion_own(command, write_flag, out);
        buf_text(out, "' ;;\n");
    }
}

void completion_write_bash(struct buf *out) {
    const struct command *command;
    buf_text(out, head);
    for (size_t i = 0; (command = command_at(i)) != NULL; i++) {
        write_own(command, out);
    }
    completion_options(write_any, out);
    buf_text(out, middle);
    buf_text(out, "    flags='");
    completion_options(write_flag, out);
    buf_text(out, "'\n    case $command in\n");
    for (size_t i = 0; (command = command_at(i)) != NULL; i++) {
        write_case(command, out);
    }
    buf_text(out, "    help) flags='' ;;\n"
                  "    esac\n"
                  "    # The command itself, or the one that help is about.\n"
                  "    if [[ $COMP_CWORD == 1 && $cur != -* || \"$command $COMP_CWORD\" == 'help "
                  "2' ]]; then\n"
                  "        flags='");
    completion_commands(out);
    buf_text(out, "'\n    fi\n");
    buf_text(out, tail);
}
