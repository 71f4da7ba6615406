/*
 * Queries of dashboards and rules, from a predecessor's names to those of the profile native, on
 * tokens. All functions are pure.
 *
 * A query is PromQL as Prometheus 2.42 and later has it, with Grafana's variables ($name, ${name},
 * ${name:format}, [[name]]) wherever Grafana puts them in, and Grafana's own label_values(),
 * query_result(), label_names() and metrics() around it.
 */
#ifndef DOCKMETER_MIGRATE_QUERY_H
#define DOCKMETER_MIGRATE_QUERY_H

#include "base/buf.h"
#include "base/err.h"
#include "migrate/predecessor.h"
#include "migrate/remarks.h"

#define QUERY_MAX 65536

/*
 * Appends the rewritten query to out. What was changed, what is lost and why goes to the remarks
 * (NULL: nowhere). Where anything is lost the query stays as it was, byte for byte, and so it does
 * where nothing is to be changed. 0; -EINVAL: it is no PromQL, err says in which column and why;
 * -E2BIG: it is longer than QUERY_MAX or nested too deeply; -ENOMEM. Nothing is appended then.
 */
MUST_USE int query_rewrite(const struct predecessor *from, struct str query, struct buf *out,
                           struct remarks *remarks, struct err *err);

#define QUERY_LABELS_MAX 8

/* A label under both names. */
struct query_label {
    const char *old;
    const char *now;
    bool host; /* now has the value with a port */
};

/*
 * The labels of a query's result that have other names on native: those that the query lists, and
 * the container's name. At most QUERY_LABELS_MAX; how many. None when it is no PromQL.
 */
size_t query_labels(const struct predecessor *from, struct str query, struct query_label *ret);

/*
 * Appends a legend or an annotation with its label names rewritten: {{name}}, {{ .name }},
 * {{ $labels.name }} and .Labels.name inside {{ }}, index $labels "name", label "name", and $l.name
 * behind {{ $l := $labels }}; and with the queries in it: query "…". All other text stays. What
 * cannot be kept goes to the remarks.
 */
void template_rewrite(const struct predecessor *from, struct str text, struct buf *out,
                      struct remarks *remarks);

#endif
