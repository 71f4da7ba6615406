/* Forms and words that several predecessors share. Private to the tables of src/migrate. */
#ifndef DOCKMETER_MIGRATE_FORMS_H
#define DOCKMETER_MIGRATE_FORMS_H

#include "migrate/predecessor.h"

/* A family under its own name, or another one. */
#define AS_IT_IS(name)                                                                             \
    { .old = (name), .form = name "{}" }
#define RENAMED(name, now)                                                                         \
    { .old = (name), .form = now "{}" }
#define LOST(name, reason)                                                                         \
    { .old = (name), .lost = (reason) }
#define IDENTITY "container_name, compose_service, compose_project, image"
#define ALL_INTERFACES .sum = "without (interface)"
#define ALL_DEVICES .sum = "without (device)"

/* Only containers with processes have a series of it. */
#define LIVE .mask = "container_uptime_seconds"

/* Percentages were measured by the predecessor; here Prometheus takes them from the counter. */
#define CPU_CORES "rate(container_cpu_usage_seconds_total{}[2m])"
#define CPU_OF_HOST "100 * " CPU_CORES " / on (job, instance) group_left () machine_cpu_cores{}"
#define OVER_TWO_MINUTES "it is the mean of the last 2 minutes"

/* 1 for each server that answers. */
#define THE_SERVER "max without (version, commit, build_date, compiler) (exporter_build_info{})"

#define PYTHON_CREATED "a family that the Python client adds by itself; nothing uses it"
#define NO_CORES "there are no series for each core"
#define NO_LOGS "Dockmeter counts no log lines"

#endif
