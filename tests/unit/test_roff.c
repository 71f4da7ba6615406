/* Texts as input for man(7): nothing in them is a request, a line too long or half a sentence. */
#include "unit.h"

#include "base/cleanup.h"
#include "cli/roff.h"

static void assert_text(const char *text, const char *expected) {
    struct buf out CLEANUP_BUF = BUF_INIT;
    roff_text(&out, text);
    assert_string_equal(buf_cstr(&out), expected);
}

static void what_roff_would_read_is_shown(void **state) {
    (void)state;
    static const struct {
        const char *text, *roff;
    } rows[] = {
        {"plain", "plain\n"},
        {"--no-x a\\b", "\\-\\-no\\-x a\\eb\n"},
        {".SH is no request", "\\&.SH is no request\n"},
        {"'tis one's own", "\\(aqtis one\\(aqs own\n"},
        {"a^b ~/c", "a\\(hab \\(ti/c\n"},
        {"the `bold word` ends", "the \\fBbold word\\fR ends\n"},
        {"`--x`=<FILE>, `.y`", "\\fB\\-\\-x\\fR=\\fIFILE\\fR, \\fB\\&.y\\fR\n"},
        {"`a <B> c` d", "\\fBa \\fIB\\fB c\\fR d\n"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_text(rows[i].text, rows[i].roff);
    }
}

static void a_sentence_begins_a_line(void **state) {
    (void)state;
    assert_text("One. Two, like 1.41. Three? (Four.) `Five.` Six: seven",
                "One.\nTwo, like 1.41.\nThree?\n(Four.)\n\\fBFive.\\fR\nSix: seven\n");
}

static void lines_end_in_time(void **state) {
    (void)state;
    struct buf text CLEANUP_BUF = BUF_INIT;
    struct buf out CLEANUP_BUF = BUF_INIT;
    for (size_t i = 0; i < 200; i++) {
        buf_fmt(&text, "%s.%zu", i ? " " : "", i * i * i * i);
    }
    roff_text(&out, buf_cstr(&text));
    struct str rest = buf_view(&out);
    struct str line = STR("");
    size_t n = 0;
    while (str_split(&rest, '\n', &line) && line.len) {
        assert_true(line.len <= 78 && str_starts(line, STR("\\&.")));
        n++;
    }
    assert_in_range(n, 30, 40);
    assert_text("an-address-that-is-longer-than-a-line/an-address-that-is-longer-than-a-line/it-is",
                "an\\-address\\-that\\-is\\-longer\\-than\\-a\\-line/an\\-address\\-that\\-is\\-"
                "longer\\-than\\-a\\-line/it\\-is\n");
}

static void pieces_in_their_order(void **state) {
    (void)state;
    static const struct roff pieces[] = {
        {ROFF_SECTION, "ONE", NULL},      {ROFF_TEXT, "First.", NULL},
        {ROFF_TEXT, "Second.", NULL},     {ROFF_SUBSECTION, "Two", NULL},
        {ROFF_ITEM, "Text.", "`--term`"}, {ROFF_EXAMPLE, ".x 'a'\n  b-c", NULL},
    };
    struct buf out CLEANUP_BUF = BUF_INIT;
    ROFF_WRITE(&out, pieces);
    roff_item(&out,
              "a term that is long, and stays a line however long it may become, since it must");
    roff_item_also(&out, "b");
    assert_string_equal(
        buf_cstr(&out),
        ".SH ONE\nFirst.\n.PP\nSecond.\n.SS Two\n.TP\n\\fB\\-\\-term\\fR\nText.\n"
        ".PP\n.RS 4\n.nf\n\\&.x \\(aqa\\(aq\n  b\\-c\n.fi\n.RE\n"
        ".TP\na term that is long, and stays a line however long it may become, since it must\n"
        ".TQ\nb\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_roff_would_read_is_shown),
        cmocka_unit_test(a_sentence_begins_a_line),
        cmocka_unit_test(lines_end_in_time),
        cmocka_unit_test(pieces_in_their_order),
    };
    return RUN(tests);
}
