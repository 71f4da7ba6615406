#include "model/filter.h"

#include <errno.h>
#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define PATTERN_MAX 4096
#define RULES_MAX 1000
#define MATCH_LIMIT 100000 /* steps of a match; a sane pattern on a name needs a few hundred */
#define HEAP_LIMIT_KB 1024

struct rule {
    struct rule *next;
    bool exclude;
    enum filter_subject subject;
    pcre2_code *code; /* names, images */
    struct str key;   /* labels; the text lies behind the struct */
    struct str value;
    bool any_value;
    char text[];
};

struct filter {
    struct rule *rules;
    struct rule **end;
    size_t n;
    bool has_include;
    pcre2_match_data *match;
    pcre2_match_context *context;
};

struct filter *filter_new(void) {
    struct filter *f = calloc(1, sizeof(*f));
    if (!f) {
        return NULL;
    }
    f->end = &f->rules;
    f->match = pcre2_match_data_create(1, NULL);
    f->context = pcre2_match_context_create(NULL);
    if (!f->match || !f->context) {
        filter_free(f);
        return NULL;
    }
    (void)pcre2_set_match_limit(f->context, MATCH_LIMIT);
    (void)pcre2_set_heap_limit(f->context, HEAP_LIMIT_KB);
    return f;
}

void filter_free(struct filter *f) {
    if (!f) {
        return;
    }
    while (f->rules) {
        struct rule *next = f->rules->next;
        pcre2_code_free(f->rules->code);
        free(f->rules);
        f->rules = next;
    }
    pcre2_match_data_free(f->match);
    pcre2_match_context_free(f->context);
    free(f);
}

static int compile(struct rule *rule, struct str pattern, struct err *err) {
    int number = 0;
    size_t offset = 0;
    rule->code = pcre2_compile((PCRE2_SPTR)pattern.ptr, pattern.len,
                               PCRE2_UTF | PCRE2_MATCH_INVALID_UTF, &number, &offset, NULL);
    if (rule->code) {
        return 0;
    }
    PCRE2_UCHAR reason[128];
    (void)pcre2_get_error_message(number, reason, sizeof(reason));
    return err_set(err, -EINVAL, "pattern \"%.*s\": at position %zu: %s", STR_ARG(pattern), offset,
                   (const char *)reason);
}

/* "key" or "key=value". */
static int parse_label(struct rule *rule, struct str pattern, struct err *err) {
    size_t equals = str_find(pattern, '=', 0);
    if (equals == 0) {
        return err_set(err, -EINVAL, "label \"%.*s\": must be \"key\" or \"key=value\"",
                       STR_ARG(pattern));
    }
    rule->any_value = equals == pattern.len;
    rule->key = str_sub(pattern, 0, equals);
    if (!rule->any_value) {
        rule->value = str_sub(pattern, equals + 1, pattern.len - equals - 1);
    }
    return 0;
}

int filter_add(struct filter *f, bool exclude, enum filter_subject subject, struct str pattern,
               struct err *err) {
    if (pattern.len > PATTERN_MAX || f->n == RULES_MAX) {
        return err_set(err, -EINVAL, "more than %d patterns, or one longer than %d bytes",
                       RULES_MAX, PATTERN_MAX);
    }
    struct rule *rule = calloc(1, sizeof(*rule) + pattern.len + 1);
    if (!rule) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    if (pattern.len) {
        memcpy(rule->text, pattern.ptr, pattern.len);
    }
    struct str own = {.ptr = rule->text, .len = pattern.len};
    rule->exclude = exclude;
    rule->subject = subject;
    int r = subject == FILTER_LABEL ? parse_label(rule, own, err) : compile(rule, own, err);
    if (r < 0) {
        free(rule);
        return r;
    }
    *f->end = rule;
    f->end = &rule->next;
    f->n++;
    f->has_include |= !exclude;
    return 0;
}

static bool label_matches(const struct rule *rule, const struct container_facts *facts) {
    struct str value = container_label(facts, rule->key);
    return value.ptr && (rule->any_value || str_eq(value, rule->value));
}

static bool pattern_matches(struct filter *f, const struct rule *rule, struct str subject,
                            uint64_t *cut) {
    PCRE2_SPTR text = (PCRE2_SPTR)(subject.ptr ? subject.ptr : "");
    int r = pcre2_match(rule->code, text, subject.len, 0, 0, f->match, f->context);
    if (r == PCRE2_ERROR_MATCHLIMIT || r == PCRE2_ERROR_DEPTHLIMIT || r == PCRE2_ERROR_HEAPLIMIT) {
        (*cut)++;
    }
    return r >= 0;
}

bool filter_keeps(struct filter *f, const struct container_facts *facts, uint64_t *cut) {
    bool included = !f->has_include;
    for (const struct rule *rule = f->rules; rule; rule = rule->next) {
        if (!rule->exclude && included) {
            continue;
        }
        bool matches =
            rule->subject == FILTER_LABEL
                ? label_matches(rule, facts)
                : pattern_matches(f, rule,
                                  rule->subject == FILTER_NAME ? facts->name : facts->image, cut);
        if (matches && rule->exclude) {
            return false;
        }
        included |= matches;
    }
    return included;
}
