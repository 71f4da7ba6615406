#include "expo/parse.h"

#include <errno.h>

#include "base/cleanup.h"
#include "expo/assembly.h"

/* A page being read. */
struct parse {
    struct scan scan;
    struct arena *arena;
    struct assembly made;
    bool ended; /* "# EOF" was there */
    struct scan_labels labels;
};

/* "gauge" behind "# TYPE name". */
static int parse_type(struct parse *p) {
    struct scan *s = &p->scan;
    struct buf words CLEANUP_BUF = BUF_INIT;
    int r = scan_gap(s, "the type");
    if (r < 0) {
        return r;
    }
    struct str word = scan_word(s);
    if (!type_find(word, s->format, &p->made.family->type)) {
        type_write_words(s->format, &words);
        return fault_set(&s->fault, word.ptr, "\"%.*s\" is no type; there are %s", FAULT_ARG(word),
                         buf_cstr(&words));
    }
    return scan_newline(s, "the type");
}

/* The text behind "# HELP name "; in the text format it may be missing with its blank. */
static int parse_help(struct parse *p) {
    struct scan *s = &p->scan;
    if (s->format == EXPO_TEXT && *s->at == '\n') {
        s->at++;
        return 0;
    }
    if (!scan_is(s, ' ') && !(s->format == EXPO_TEXT && scan_is(s, '\t'))) {
        return scan_gap(s, "the help text");
    }
    int r = scan_help(s, &p->made.family->help);
    return r < 0 || s->at[-1] == '\n' ? r : scan_newline(s, "the help text");
}

static int parse_unit(struct parse *p) {
    if (!scan_is(&p->scan, ' ')) {
        return scan_gap(&p->scan, "the unit");
    }
    p->made.family->unit = scan_word(&p->scan);
    return scan_newline(&p->scan, "the unit");
}

static const struct meta_line {
    struct str word;
    int (*parse)(struct parse *p);
} meta_lines[EXPO_METAS] = {
    [EXPO_META_HELP] = {STR("HELP"), parse_help},
    [EXPO_META_TYPE] = {STR("TYPE"), parse_type},
    [EXPO_META_UNIT] = {STR("UNIT"), parse_unit},
};

/* HELP, TYPE or UNIT of a family, the present or a new one. */
static int parse_meta(struct parse *p, enum expo_meta meta) {
    struct scan *s = &p->scan;
    const char *word = meta_lines[meta].word.ptr;
    struct str name;
    int r = scan_gap(s, "the metric's name");
    r = r < 0 ? r : scan_metric_name(s, "a metric's name", &name);
    if (r < 0) {
        return r;
    }
    if (!p->made.family || !str_eq(p->made.family->name, name)) {
        r = assembly_open(&p->made, name);
    } else if (p->made.family->n_samples) {
        r = fault_set(&s->fault, name.ptr, "the %s of %.*s stands before its samples", word,
                      FAULT_ARG(name));
    } else if (expo_has_meta(p->made.family, meta)) {
        r = fault_set(&s->fault, name.ptr, "a second %s of %.*s; there is one", word,
                      FAULT_ARG(name));
    }
    if (r == 0) {
        p->made.family->metas[p->made.family->n_metas++] = meta;
        r = meta_lines[meta].parse(p);
    }
    return r;
}

/* A line with # that says nothing of a family. */
static int parse_comment(struct parse *p, struct str word) {
    struct scan *s = &p->scan;
    if (s->format == EXPO_TEXT) {
        (void)scan_rest(s);
        return s->at[-1] == '\n' ? 0 : scan_newline(s, "the comment");
    }
    if (str_eq(word, STR("EOF"))) {
        p->ended = true;
        return s->at == s->end ? 0 : scan_newline(s, "# EOF");
    }
    return fault_set(&s->fault, word.ptr,
                     "a line with # is one of # HELP, # TYPE, # UNIT, # EOF in OpenMetrics");
}

/* Behind the # of a line. */
static int parse_hash(struct parse *p) {
    struct scan *s = &p->scan;
    size_t n = s->format == EXPO_TEXT ? EXPO_META_UNIT : EXPO_METAS;
    scan_blanks(s);
    int r = s->format == EXPO_TEXT ? 0 : scan_gap(s, "HELP, TYPE, UNIT or EOF");
    if (r < 0) {
        return r;
    }
    struct str word = scan_word(s);
    for (size_t meta = 0; meta < n; meta++) {
        if (str_eq(word, meta_lines[meta].word)) {
            return parse_meta(p, (enum expo_meta)meta);
        }
    }
    return parse_comment(p, word);
}

/* A number up to the next blank. */
static int parse_number(struct parse *p, const char *what, struct str *ret_text,
                        struct number *ret) {
    struct scan *s = &p->scan;
    struct str word = scan_word(s);
    if (word.len > SCAN_NUMBER_MAX) {
        return fault_limit(&s->fault, word.ptr, "%s of more than %d bytes", what, SCAN_NUMBER_MAX);
    }
    if (!number_parse(word, ret)) {
        return fault_set(&s->fault, word.ptr, "%s is a number, not \"%.*s\"", what,
                         FAULT_ARG(word));
    }
    if (!number_fits(ret)) {
        return fault_set(&s->fault, word.ptr, "%s %.*s is beyond a 64-bit float", what,
                         FAULT_ARG(word));
    }
    *ret_text = word;
    return 0;
}

static int parse_timestamp(struct parse *p, struct str *ret) {
    struct scan *s = &p->scan;
    struct number n;
    int r = 0;
    if (s->format == EXPO_TEXT) {
        struct str word = scan_word(s);
        *ret = word;
        return number_is_i64(word)
                   ? 0
                   : fault_set(&s->fault, word.ptr,
                               word.len ? "the timestamp is a whole number of milliseconds, not "
                                          "\"%.*s\""
                                        : "a blank at the end of the line%.*s",
                               FAULT_ARG(word));
    }
    r = parse_number(p, "the timestamp", ret, &n);
    if (r == 0 && n.kind != NUMBER_FINITE) {
        r = fault_set(&s->fault, ret->ptr, "the timestamp is a number of seconds, not %.*s",
                      FAULT_ARG(*ret));
    }
    return r;
}

/* What p->labels holds, in the arena. */
static int keep_labels(struct parse *p, const struct label **ret, size_t *ret_n) {
    size_t bytes = p->labels.n * sizeof(struct label);
    struct label *labels = bytes ? arena_alloc(p->arena, bytes) : NULL;
    if (bytes && !labels) {
        return fault_memory(&p->scan.fault);
    }
    if (labels) {
        memcpy(labels, p->labels.items, bytes);
    }
    *ret = labels;
    *ret_n = p->labels.n;
    return 0;
}

static size_t characters(struct str s) {
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        n += ((unsigned char)s.ptr[i] & 0xC0U) != 0x80U;
    }
    return n;
}

/* The labels of an exemplar, behind their opening brace. */
static int parse_exemplar_labels(struct parse *p, struct expo_exemplar *exemplar) {
    const char *from = p->scan.at;
    size_t length = 0;
    int r = scan_label_set(&p->scan, &p->labels);
    if (r < 0) {
        return r;
    }
    for (size_t i = 0; i < p->labels.n; i++) {
        length += characters(p->labels.items[i].name) + characters(p->labels.items[i].value);
    }
    if (length > EXPO_EXEMPLAR_MAX) {
        return fault_set(&p->scan.fault, from, "an exemplar's labels of %zu characters; up to %d",
                         length, EXPO_EXEMPLAR_MAX);
    }
    return keep_labels(p, &exemplar->labels, &exemplar->n_labels);
}

/* `{trace_id="x"} 0.67 1520879607.789` behind "# ". */
static int parse_exemplar(struct parse *p, struct expo_sample *sample) {
    struct scan *s = &p->scan;
    struct number value;
    struct expo_exemplar *exemplar = arena_array(p->arena, 1, sizeof(*exemplar));
    if (!exemplar) {
        return fault_memory(&s->fault);
    }
    if (!(assembly_rules(&p->made) & TYPE_EXEMPLAR)) {
        return fault_set(&s->fault, s->at - 1,
                         "exemplars stand at buckets and at the _total of counters only");
    }
    int r = scan_gap(s, "the exemplar");
    if (r == 0 && !scan_is(s, '{')) {
        r = fault_set(&s->fault, s->at, "an exemplar begins with its labels, {…}");
    }
    r = r < 0 ? r : parse_exemplar_labels(p, exemplar);
    r = r < 0 ? r : scan_gap(s, "the exemplar's value");
    r = r < 0 ? r : parse_number(p, "the exemplar's value", &exemplar->value, &value);
    if (r == 0 && *s->at == ' ') {
        s->at++;
        r = parse_timestamp(p, &exemplar->timestamp);
    }
    sample->exemplar = exemplar;
    return r;
}

/* Behind the value: a timestamp, an exemplar, the end. */
static int parse_rest(struct parse *p, struct expo_sample *sample) {
    struct scan *s = &p->scan;
    int r = 0;
    for (size_t i = 0; r == 0 && i < 2 && s->at < s->end && *s->at != '\n'; i++) {
        bool exemplars = s->format == EXPO_OPENMETRICS;
        r = scan_gap(s, exemplars ? "a timestamp or an exemplar" : "the timestamp");
        if (r < 0) {
            return r;
        }
        if (exemplars && scan_is(s, '#')) {
            r = parse_exemplar(p, sample);
            break;
        }
        if (sample->timestamp.len) {
            return fault_set(&s->fault, s->at - 1, "something stands behind the timestamp");
        }
        r = parse_timestamp(p, &sample->timestamp);
    }
    return r < 0 ? r : scan_newline(s, "the sample");
}

/* Labels, if any, and what is between them and the value. */
static int parse_labels(struct parse *p) {
    struct scan *s = &p->scan;
    const char *from = s->at;
    p->labels.n = 0;
    scan_blanks(s);
    if (!scan_is(s, '{')) {
        s->at = from;
        return scan_gap(s, "the value");
    }
    int r = scan_label_set(s, &p->labels);
    if (r == 0 && s->format == EXPO_TEXT) {
        scan_blanks(s);
        return 0;
    }
    return r < 0 ? r : scan_gap(s, "the value");
}

static int parse_sample(struct parse *p) {
    struct number value;
    struct str name;
    int r = scan_metric_name(&p->scan, "a metric's name", &name);
    r = r < 0 ? r : assembly_find(&p->made, name);
    if (r < 0) {
        return r;
    }
    struct expo_sample *sample = arena_array(p->arena, 1, sizeof(*sample));
    if (!sample) {
        return fault_memory(&p->scan.fault);
    }
    sample->name = name;
    r = parse_labels(p);
    r = r < 0 ? r : keep_labels(p, &sample->labels, &sample->n_labels);
    r = r < 0 ? r : parse_number(p, "the value", &sample->value, &value);
    r = r < 0 ? r : parse_rest(p, sample);
    return r < 0 ? r : assembly_add(&p->made, sample, &value);
}

static int parse_line(struct parse *p) {
    struct scan *s = &p->scan;
    if (p->ended) {
        return fault_set(&s->fault, s->at, "something stands behind # EOF, which ends the page");
    }
    scan_blanks(s);
    if (scan_is(s, '\n')) {
        return s->format == EXPO_TEXT
                   ? 0
                   : fault_set(&s->fault, s->at - 1, "an empty line; OpenMetrics has none");
    }
    return scan_is(s, '#') ? parse_hash(p) : parse_sample(p);
}

/* Index of the first byte from `at` on that is no ASCII, or the length. */
static size_t skip_ascii(struct str s, size_t at) {
    uint64_t word = 0;
    while (at + sizeof(word) <= s.len) {
        memcpy(&word, s.ptr + at, sizeof(word));
        if (word & UINT64_C(0x8080808080808080)) {
            break;
        }
        at += sizeof(word);
    }
    while (at < s.len && (unsigned char)s.ptr[at] < 0x80) {
        at++;
    }
    return at;
}

/* The bytes as such. */
static int check_bytes(struct parse *p, struct str page) {
    struct fault *fault = &p->scan.fault;
    const char *nul = p->scan.format == EXPO_TEXT ? memchr(page.ptr, '\0', page.len) : NULL;
    if (str_starts(page, STR("\xEF\xBB\xBF"))) {
        return fault_set(fault, page.ptr, "a byte order mark stands in front of the page");
    }
    if (nul) {
        return fault_set(fault, nul, "a NUL byte, which Prometheus takes for the page's end");
    }
    for (size_t at = skip_ascii(page, 0); at < page.len; at = skip_ascii(page, at)) {
        size_t len = str_utf8_len(page, at);
        if (len == 0) {
            return fault_set(fault, page.ptr + at, "byte 0x%02x is not UTF-8 here",
                             (unsigned)(unsigned char)page.ptr[at]);
        }
        at += len;
    }
    return 0;
}

static int parse_page(struct parse *p, struct str page) {
    int r = check_bytes(p, page);
    while (r == 0 && p->scan.at < p->scan.end) {
        r = parse_line(p);
    }
    r = r < 0 ? r : assembly_close(&p->made);
    if (r == 0 && p->scan.format == EXPO_OPENMETRICS && !p->ended) {
        r = fault_set(&p->scan.fault, p->scan.end,
                      "the page ends without # EOF: it is not complete");
    }
    return r < 0 ? fault_place(&p->scan.fault) : 0;
}

int expo_parse(struct str page, enum expo_format format, struct arena *arena,
               struct exposition *ret, struct err *err) {
    if (page.len > EXPO_PAGE_MAX) {
        return err_set(err, -EFBIG, "a page of %zu bytes, more than %zu", page.len, EXPO_PAGE_MAX);
    }
    struct str copy = arena_str(arena, page);
    if (copy.len != page.len) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    struct parse p = {.arena = arena};
    p.scan = (struct scan){.at = copy.ptr,
                           .end = copy.ptr + copy.len,
                           .format = format,
                           .arena = arena,
                           .fault = {.page = copy, .err = err}};
    assembly_init(&p.made, format, arena, &p.scan.fault);
    int r = parse_page(&p, copy);
    assembly_done(&p.made);
    if (r == 0) {
        *ret = p.made.page;
    }
    return r;
}

enum expo_format expo_format_of(struct str content_type) {
    struct str rest = content_type;
    struct str type = content_type;
    (void)str_split(&rest, ';', &type);
    return str_eq_nocase(str_trim(type), STR("application/openmetrics-text")) ? EXPO_OPENMETRICS
                                                                              : EXPO_TEXT;
}
