#include "http/accept.h"

#define Q_MAX 1000

/* One element of the header: what it names, its parameters, its weight in thousandths. */
struct range {
    struct str name;
    struct str params; /* from behind the first ';' */
    unsigned q;
};

/* Takes off what stands before the first `sep` outside of quotes; false at the end. */
static bool take_part(struct str *rest, char sep, struct str *ret) {
    if (!rest->ptr) {
        return false;
    }
    size_t at = 0;
    bool quoted = false;
    while (at < rest->len && (quoted || rest->ptr[at] != sep)) {
        if (rest->ptr[at] == '"') {
            quoted = !quoted;
        } else if (quoted && rest->ptr[at] == '\\' && at + 1 < rest->len) {
            at++;
        }
        at++;
    }
    *ret = str_trim(str_sub(*rest, 0, at));
    if (at < rest->len) {
        *rest = str_sub(*rest, at + 1, rest->len - at - 1);
    } else {
        *rest = (struct str){.ptr = NULL, .len = 0};
    }
    return true;
}

/* "name=value" with blanks and quotes off. */
static void split_param(struct str param, struct str *ret_name, struct str *ret_value) {
    size_t at = str_find(param, '=', 0);
    *ret_name = str_trim(str_sub(param, 0, at));
    *ret_value = (struct str){.ptr = NULL, .len = 0};
    if (at == param.len) {
        return;
    }
    struct str value = str_trim(str_sub(param, at + 1, param.len - at - 1));
    if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"') {
        value = str_sub(value, 1, value.len - 2);
    }
    *ret_value = value;
}

/* "0.75" as 750, digits beyond the third ignored; false for what is no weight. */
static bool parse_q(struct str s, unsigned *ret) {
    if (s.len == 0 || (s.ptr[0] != '0' && s.ptr[0] != '1') || (s.len > 1 && s.ptr[1] != '.')) {
        return false;
    }
    unsigned q = s.ptr[0] == '1' ? Q_MAX : 0;
    unsigned scale = 100;
    for (size_t i = 2; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9') {
            return false;
        }
        q += (unsigned)(s.ptr[i] - '0') * scale;
        scale /= 10;
    }
    *ret = q;
    return q <= Q_MAX;
}

/* The next element that makes sense; false at the end. */
static bool next_range(struct str *rest, struct range *ret) {
    struct str element;
    while (take_part(rest, ',', &element)) {
        struct range r = {.q = Q_MAX};
        struct str params = element;
        bool good = take_part(&params, ';', &r.name) && r.name.len > 0;
        r.params = params;
        struct str param;
        while (good && take_part(&params, ';', &param)) {
            struct str name;
            struct str value;
            split_param(param, &name, &value);
            good = !str_eq_nocase(name, STR("q")) || parse_q(value, &r.q);
        }
        if (good) {
            *ret = r;
            return true;
        }
    }
    return false;
}

static bool offer_param(const struct media_offer *offer, struct str wanted, struct str *ret) {
    struct str rest = str_of(offer->params);
    struct str param;
    while (take_part(&rest, ';', &param)) {
        struct str name;
        split_param(param, &name, ret);
        if (str_eq_nocase(name, wanted)) {
            return true;
        }
    }
    return false;
}

/* 0: does not fit; 1: all types, 2: all of a kind, 3: this type, and one more for each parameter.
 */
static unsigned specificity(const struct range *r, const struct media_offer *offer) {
    struct str type = str_of(offer->type);
    size_t kind = str_find(type, '/', 0) + 1;
    if (str_eq(r->name, STR("*/*"))) {
        return 1;
    }
    if (r->name.len == kind + 1 && r->name.ptr[kind] == '*') {
        return str_eq_nocase(str_sub(r->name, 0, kind), str_sub(type, 0, kind)) ? 2 : 0;
    }
    if (!str_eq_nocase(r->name, type)) {
        return 0;
    }
    unsigned level = 3;
    struct str rest = r->params;
    struct str param;
    while (take_part(&rest, ';', &param)) {
        struct str name;
        struct str value;
        struct str have;
        split_param(param, &name, &value);
        if (str_eq_nocase(name, STR("q")) || !offer_param(offer, name, &have)) {
            continue;
        }
        if (!str_eq_nocase(value, have)) {
            return 0;
        }
        level++;
    }
    return level;
}

/* The weight that the header gives to the offer. */
static unsigned weigh(struct str header, const struct media_offer *offer) {
    unsigned best_level = 0;
    unsigned q = 0;
    struct range r;
    while (next_range(&header, &r)) {
        unsigned level = specificity(&r, offer);
        if (level > best_level || (level && level == best_level && r.q > q)) {
            best_level = level;
            q = r.q;
        }
    }
    return q;
}

size_t accept_choose(struct str header, const struct media_offer *offers, size_t n) {
    size_t best = 0;
    unsigned best_q = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned q = weigh(header, &offers[i]);
        if (q > best_q) {
            best_q = q;
            best = i;
        }
    }
    return best;
}

bool accept_gzip(struct str header) {
    bool named = false;
    unsigned q = 0;
    struct range r;
    while (next_range(&header, &r)) {
        if (str_eq_nocase(r.name, STR("gzip")) || str_eq_nocase(r.name, STR("x-gzip"))) {
            q = named && q > r.q ? q : r.q;
            named = true;
        } else if (!named && str_eq(r.name, STR("*"))) {
            q = r.q;
        }
    }
    return q > 0;
}
