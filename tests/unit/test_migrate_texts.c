/* Places in JSON, YAML and command lines, and changes there. */
#include "unit.h"

#include <errno.h>

#include "base/cleanup.h"
#include "migrate/outline.h"
#include "migrate/splices.h"
#include "migrate/words.h"
#include "migrate/yaml_change.h"

static void splices_apply_by_place(void **state) {
    (void)state;
    struct splices s CLEANUP_SPLICES = SPLICES_INIT;
    struct buf out CLEANUP_BUF = BUF_INIT;
    splices_add(&s, 6, 1, STR("G"));
    splices_add(&s, 2, 2, STR("-"));
    splices_add(&s, 2, 0, STR("<"));
    splices_add(&s, 2, 0, STR(">"));
    splices_add(&s, 7, 0, STR("."));
    splices_apply(&s, STR("abcdefg"), &out);
    assert_str(buf_view(&out), "ab<>-efG.");
}

static void outline_has_places(void **state) {
    (void)state;
    struct outline o CLEANUP_OUTLINE = OUTLINE_INIT;
    struct arena arena CLEANUP(arena_done) = ARENA_INIT;
    struct err err = ERR_INIT;
    struct str text =
        STR(" {\"a\\\"b\": [1e3, {}, \"x\\u00e9\\n\"],\n \"c\" : {\"\": -0.50}, \"d\":[]}\n");
    assert_int_equal(outline_parse(text, &o, &err), 0);
    assert_int_equal(o.n, 8);
    const struct outline_node *list = o.nodes[0].first;
    assert_str(outline_key(list, &arena), "a\"b");
    assert_str(list->text, "[1e3, {}, \"x\\u00e9\\n\"]");
    assert_str(list->first->text, "1e3");
    assert_str(outline_str(list->first->next->next, &arena), "x\xC3\xA9\n");
    const struct outline_node *c = outline_get(o.nodes, "c");
    assert_str(c->text, "{\"\": -0.50}");
    assert_int_equal(outline_line(&o, c->text), 2);
    assert_int_equal(outline_line(&o, list->text), 1);
    assert_str(outline_get(c, "")->text, "-0.50");
    assert_ptr_equal(c->first->parent, c);
    assert_null(outline_get(o.nodes, "e"));
    assert_null(outline_get(list, "c"));
    assert_null(outline_str(list, &arena).ptr);
    assert_str(outline_get(o.nodes, "d")->text, "[]");
}

static void json_refused(struct str text, int r, const char *message) {
    struct outline o CLEANUP_OUTLINE = OUTLINE_INIT;
    struct err err = ERR_INIT;
    assert_int_equal(outline_parse(text, &o, &err), r);
    assert_string_equal(err.text, message);
}

static void outline_refuses(void **state) {
    (void)state;
    struct buf deep CLEANUP_BUF = BUF_INIT;
    for (int i = 0; i < 200; i++) {
        buf_byte(&deep, '[');
    }
    json_refused(STR("{\"a\": 1,\n \"a\": 2}"), -EINVAL, "2:4: duplicate object key near '\"a\"'");
    json_refused(STR("{\"a\": tru}"), -EINVAL, "1:9: invalid token near 'tru'");
    json_refused(STR("\"abc"), -EINVAL, "1:4: premature end of input near '\"abc'");
    json_refused(STR("{} x"), -EINVAL, "1:4: end of file expected near 'x'");
    json_refused(STR(""), -EINVAL, "1:0: unexpected token near end of file");
    json_refused(buf_view(&deep), -EFBIG, "nested deeper than 128 levels");
    buf_reset(&deep);
    buf_byte(&deep, '[');
    for (int i = 0; i < 400001; i++) {
        buf_text(&deep, "1,");
    }
    json_refused(buf_view(&deep), -EFBIG, "more than 400000 values");
}

static void yaml_has_places(void **state) {
    (void)state;
    struct yaml_text t CLEANUP_YAML_TEXT = YAML_TEXT_INIT;
    struct err err = ERR_INIT;
    struct str s = STR("# \xC3\xA9\xC3\xA9\na: &x !!str b\xC3\xA9\nl:\n- 'c'\n- {d: *x, e: "
                       "\"f\"}\ng: |\n  h\n\ni: j\n");
    assert_int_equal(yaml_text_parse(s, &t, &err), 0);
    int a = yaml_get(&t, 1, "a");
    const struct yaml_place *place = yaml_place(&t, a);
    assert_str(str_sub(s, place->from, place->end - place->from), "b\xC3\xA9");
    assert_int_equal(yaml_line(&t, a), 2);
    int list = yaml_get(&t, 1, "l");
    place = yaml_place(&t, list);
    assert_str(str_sub(s, place->from, place->end - place->from), "- 'c'\n- {d: *x, e: \"f\"}");
    int map = yaml_item_at(&t, list, 1);
    assert_int_equal(yaml_get(&t, map, "d"), a);
    assert_true(yaml_place(&t, yaml_get(&t, map, "e"))->flow);
    assert_false(place->flow);
    assert_false(yaml_place(&t, a)->flow);
    int g = yaml_get(&t, 1, "g");
    assert_str(yaml_body(&t, g), "  h");
    assert_str(yaml_value(&t, g), "h\n");
    assert_int_equal(t.more, 0);
    assert_int_equal(yaml_get(&t, 1, "k"), 0);
    assert_int_equal(yaml_get(&t, a, "k"), 0);
}

static void yaml_refused(const char *text, int r, const char *message) {
    struct yaml_text t CLEANUP_YAML_TEXT = YAML_TEXT_INIT;
    struct err err = ERR_INIT;
    assert_int_equal(yaml_text_parse(str_of(text), &t, &err), r);
    assert_string_equal(err.text, message);
}

static void yaml_refuses(void **state) {
    (void)state;
    struct buf deep CLEANUP_BUF = BUF_INIT;
    for (int i = 0; i < 70; i++) {
        buf_byte(&deep, '[');
    }
    yaml_refused("a: b\nc: [1\n", -EINVAL,
                 "3: not YAML: did not find expected ',' or ']' while parsing a flow sequence");
    yaml_refused("a: *b\n", -EINVAL, "1: not YAML: found undefined alias");
    yaml_refused(buf_cstr(&deep), -EFBIG, "1: nested deeper than 64 levels");
    struct yaml_text t CLEANUP_YAML_TEXT = YAML_TEXT_INIT;
    struct err err = ERR_INIT;
    assert_int_equal(yaml_text_parse(STR("a: 1\n---\nb: 2\n"), &t, &err), 0);
    assert_int_equal(t.more, 2);
}

/* The value under k gets a new one; `body`: with that change in its own bytes. */
static void change(const char *text, const char *value, const char *body, const char *expected) {
    struct yaml_text t CLEANUP_YAML_TEXT = YAML_TEXT_INIT;
    struct yaml_changes changes CLEANUP_YAML_CHANGES = {.values = NULL};
    struct buf out CLEANUP_BUF = BUF_INIT;
    struct err err = ERR_INIT;
    assert_int_equal(yaml_text_parse(str_of(text), &t, &err), 0);
    yaml_changes_init(&changes, &t);
    yaml_change(&changes, yaml_get(&t, 1, "k"), str_of(value), str_of(body));
    assert_int_equal(yaml_changes_write(&changes, &out, &err), 0);
    assert_str(buf_view(&out), expected);
}

static void changes_keep_the_style(void **state) {
    (void)state;
    change("k: a # c\n", "b", "b", "k: b # c\n");
    change("k: |\n  a\n  b\n# c\nz: 1\n", "x\nb\n", "  x\n  b", "k: |\n  x\n  b\n# c\nz: 1\n");
    change("k: >-\n  a\n  b\n", "x b", "  x\n  b", "k: >-\n  x\n  b\n");
    change("k: 'a'\n", "it's", NULL, "k: 'it''s'\n");
    change("k: \"a\"\n", "b", "b", "k: \"b\"\n");
    change("k: a\n  b\n", "x b", "x\n  b", "k: x\n  b\n");
    change("k: &n a\nz: *n\n", "b", "b", "k: &n b\nz: *n\n");
}

static void changes_fall_back_to_quotes(void **state) {
    (void)state;
    change("{k: a, z: 1}\n", "s{x=\"y\"}", "s{x=\"y\"}", "{k: \"s{x=\\\"y\\\"}\", z: 1}\n");
    change("k: a\n", "b: c", "b: c", "k: \"b: c\"\n");
    change("k: a\n", "b #c", "b #c", "k: \"b #c\"\n");
    change("k: \"a\"\n", "b\"c", "b\"c", "k: \"b\\\"c\"\n");
    change("k: 'a'\n", "b'c", "b'c", "k: 'b''c'\n");
    change("k: >\n  # a\n  b\nz: 1\n", "x y\n", "# a\n  b\n", "k: \"x y\\n\"\nz: 1\n");
    change("k: |2\n   a\nz: 1\n", "b", NULL, "k: \"b\"\nz: 1\n");
}

static void words_are_a_shells(void **state) {
    (void)state;
    static const char *const expected[] = {"docker", "run", "-e", "A=b c", "x y", "a'b", "", "z"};
    struct words *w CLEANUP_FREE = calloc(1, sizeof(*w));
    struct arena arena CLEANUP(arena_done) = ARENA_INIT;
    struct err err = ERR_INIT;
    struct str s = STR("# c\n\ndocker run \\\n -e 'A=b c' x\\ y \"a'b\" '' z # d\nnext; last");
    assert_int_equal(words_next(w, s, &arena, &err), 0);
    assert_int_equal(w->n, 8);
    for (size_t i = 0; i < w->n; i++) {
        assert_str(w->items[i].text, expected[i]);
    }
    assert_int_equal(w->items[0].line, 3);
    assert_int_equal(w->items[2].line, 4);
    assert_str(str_sub(s, w->items[3].from, w->items[3].end - w->items[3].from), "'A=b c'");
    assert_int_equal(words_next(w, s, &arena, &err), 0);
    assert_str(w->items[0].text, "next");
    assert_int_equal(words_next(w, s, &arena, &err), 0);
    assert_str(w->items[0].text, "last");
    assert_int_equal(words_next(w, s, &arena, &err), 0);
    assert_int_equal(w->n, 0);
    *w = (struct words){.n = 0};
    assert_int_equal(words_next(w, STR("a\nb \"c"), &arena, &err), 0);
    assert_int_equal(words_next(w, STR("a\nb \"c"), &arena, &err), -EINVAL);
    assert_string_equal(err.text, "2: a quote is not closed");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splices_apply_by_place),
        cmocka_unit_test(outline_has_places),
        cmocka_unit_test(outline_refuses),
        cmocka_unit_test(yaml_has_places),
        cmocka_unit_test(yaml_refuses),
        cmocka_unit_test(changes_keep_the_style),
        cmocka_unit_test(changes_fall_back_to_quotes),
        cmocka_unit_test(words_are_a_shells),
    };
    return RUN(tests);
}
