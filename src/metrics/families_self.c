/* What Dockmeter says about itself, in every profile. */
#include "metrics/table.h"

#define PROCESS(n) .walk = walk_process, .number = (n)
#define NO_PROC "/proc cannot be read"

/* clang-format off */
const struct row self_rows[] = {
    {"exporter_build_info",
     "Version and build of Dockmeter as labels; the value is always 1.",
     NULL, walk_build_info, {"version", "commit", "build_date", "compiler"}, .group = GROUP_SELF},
    {"exporter_up",
     "1 when the Engine answers, else 0.",
     NULL, walk_up, .group = GROUP_SELF},
    {"exporter_scrape_duration_seconds",
     "How long the last collection took, in seconds.",
     "nothing was collected yet", walk_durations, {"collector"}, NANO, .group = GROUP_SELF},
    {"exporter_scrape_errors_total",
     "Calls to the Engine that failed or did not end in time, and containers that could not be read "
     "from the kernel, by what they were for.",
     NULL, walk_errors, {"collector"}, COUNTER, .group = GROUP_SELF},
    {"exporter_containers",
     "Containers on this page by the source of their reading; none: without one, stopped ones "
     "among them.",
     "the selection needs no reading", walk_sources, {"source"}, .group = GROUP_SELF},
    {"exporter_engine_requests_total",
     "Requests to the Engine by endpoint and HTTP status, or the word for how they failed.",
     "there was no request yet", walk_requests, {"endpoint", "code"}, COUNTER, .group = GROUP_SELF},
    {"exporter_filter_cut_total",
     "Filter patterns that were cut off at their match limit.",
     NULL, walk_filter_cut, COUNTER, .group = GROUP_SELF},
    {"exporter_kernel_files_refused_total",
     "Files of containers' cgroups that were there but of no use: too long, no files, not "
     "permitted, or not understood.",
     NULL, walk_files_refused, COUNTER, .group = GROUP_SELF},
    {"exporter_dropped_total",
     "Interfaces, devices, labels and lines that were left out because they were beyond a limit.",
     NULL, walk_dropped, COUNTER, .group = GROUP_SELF},
    {"exporter_http_rejected_total",
     "Peers that the HTTP server turned away: connections beyond a limit, failed TLS handshakes, "
     "malformed or late requests, wrong credentials, requests beyond a limit.",
     NULL, walk_rejected, {"reason"}, COUNTER, .group = GROUP_SELF},
    {"exporter_label_collisions",
     "Container label keys that this page leaves out: their name is taken, they are too long or "
     "too many.",
     "no container labels are exported", walk_label_collisions, .group = GROUP_SELF},
    {"exporter_config_last_reload_successful",
     "1 when the configuration was last loaded without an error, at the start or by the signal HUP, "
     "else 0: an older one is in effect.",
     NULL, walk_load_successful, .group = GROUP_SELF},
    {"exporter_config_last_reload_success_timestamp_seconds",
     "Unix time at which the configuration was last loaded without an error, in seconds.",
     NULL, walk_load_time, .group = GROUP_SELF},
    {"process_cpu_seconds_total",
     "CPU time used by Dockmeter itself, in seconds.",
     NO_PROC, PROCESS(PROCESS_CPU_NS), COUNTER, NANO, .group = GROUP_SELF},
    {"process_resident_memory_bytes",
     "Resident memory of Dockmeter itself, in bytes.",
     NO_PROC, PROCESS(PROCESS_RESIDENT_BYTES), .group = GROUP_SELF},
    {"process_virtual_memory_bytes",
     "Virtual memory of Dockmeter itself, in bytes.",
     NO_PROC, PROCESS(PROCESS_VIRTUAL_BYTES), .group = GROUP_SELF},
    {"process_open_fds",
     "Open file descriptors of Dockmeter itself.",
     NO_PROC, PROCESS(PROCESS_OPEN_FDS), .group = GROUP_SELF},
    {"process_max_fds",
     "Greatest number of file descriptors that Dockmeter may have open.",
     "there is no limit", PROCESS(PROCESS_MAX_FDS), .group = GROUP_SELF},
    {"process_start_time_seconds",
     "Unix time at which Dockmeter was started, in seconds.",
     NO_PROC, PROCESS(PROCESS_START_UNIX_NS), NANO, .group = GROUP_SELF},
};
/* clang-format on */
const size_t n_self_rows = N(self_rows);
