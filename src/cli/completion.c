#include "cli/completion.h"

#include "cli/own_flags.h"
#include "config/option.h"

/* The first sentence, without its full stop. */
static struct str first_sentence(const char *text) {
    struct str all = str_of(text);
    size_t end = str_search(all, STR(". "));
    all.len = end == SIZE_MAX ? all.len : end;
    return str_ends(all, STR(".")) ? str_sub(all, 0, all.len - 1) : all;
}

/* What is known of a value by its word alone. */
static enum completion_value value_of(const char *arg) {
    bool file = strcmp(arg, "FILE") == 0;
    bool folder = strcmp(arg, "DIR") == 0;
    return file ? VALUE_FILE : folder ? VALUE_FOLDER : VALUE_TEXT;
}

static void visit_option(const struct option *o, completion_visit *visit, struct buf *out) {
    bool list = o->type == OPTION_LIST;
    struct completion_flag flag = {
        .arg = option_arg(o),
        .help = first_sentence(o->help),
        .value = o->type == OPTION_BOOL ? VALUE_SWITCH : value_of(option_arg(o)),
        .repeats = list || o->type == OPTION_PAIRS,
    };
    for (size_t i = 0; o->choices && o->choices[i] && i < COMPLETION_WORDS_MAX; i++) {
        flag.words[i] = o->choices[i];
        flag.value = list ? VALUE_WORDS : VALUE_WORD;
    }
    for (size_t i = 0; i == 0 || o->flags[i - 1]; i++) {
        flag.name = i ? o->flags[i - 1] : o->name;
        visit(&flag, out);
    }
}

/* A flag that is no option. */
static void visit_plain(const char *name, const char *help, enum completion_value value,
                        completion_visit *visit, struct buf *out) {
    struct completion_flag flag = {
        .name = name, .arg = "FILE", .help = str_of(help), .value = value};
    visit(&flag, out);
}

static void visit_help(completion_visit *visit, struct buf *out) {
    visit_plain("help", "Print what there is", VALUE_NONE, visit, out);
}

void completion_options(completion_visit *visit, struct buf *out) {
    visit_plain("config.file", "Read this YAML file", VALUE_FILE, visit, out);
    visit_plain("config", "Read this YAML file", VALUE_FILE, visit, out);
    visit_plain("version", "Print the version", VALUE_NONE, visit, out);
    visit_help(visit, out);
    for (size_t i = 0; i < n_options; i++) {
        visit_option(&options[i], visit, out);
    }
}

static void visit_own(const struct own_flag *own, completion_visit *visit, struct buf *out) {
    struct completion_flag flag = {
        .name = own->name + 2,
        .arg = own->arg,
        .help = first_sentence(own->help),
        .value = own->word  ? VALUE_WORD
                 : own->arg ? value_of(own->arg)
                            : VALUE_NONE,
        .repeats = own->repeats,
    };
    for (size_t i = 0; own->word && own->word(i) && i < COMPLETION_WORDS_MAX; i++) {
        flag.words[i] = own->word(i);
    }
    visit(&flag, out);
}

void completion_own(const struct command *command, completion_visit *visit, struct buf *out) {
    size_t n = command->flags ? command->flags->n : 0;
    for (size_t i = 0; i < n; i++) {
        visit_own(&command->flags->rows[i], visit, out);
    }
    if (n && !command->run) {
        visit_help(visit, out);
    }
}

void completion_words(const struct completion_flag *flag, struct buf *out) {
    for (size_t i = 0; flag->words[i]; i++) {
        buf_fmt(out, "%s%s", i ? " " : "", flag->words[i]);
    }
}

void completion_commands(struct buf *out) {
    const struct command *command;
    for (size_t i = 0; (command = command_at(i)) != NULL; i++) {
        buf_fmt(out, "%s%s", i ? " " : "", command->name);
    }
}

void completion_quoted(struct str s, const char *special, const char *quote, struct buf *out) {
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '\'') {
            buf_text(out, quote);
            continue;
        }
        buf_text(out, s.ptr[i] && strchr(special, s.ptr[i]) ? "\\" : "");
        buf_byte(out, s.ptr[i]);
    }
}
