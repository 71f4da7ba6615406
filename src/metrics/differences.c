#include "metrics/differences.h"

#include "metrics/page.h"
#include "metrics/row.h"

#define HOST_WIDE                                                                                  \
    "cAdvisor gives every container the figures of the whole disk that it lies on; what the "      \
    "container itself does is in container_fs_{reads,writes}[_bytes]_total"
#define FILE_SYSTEMS "file systems are the business of a host's exporter; no container has inodes"
#define LOAD "the kernel keeps no load average of a cgroup; cAdvisor's default is 0 for all"
#define RECLAIM "only cgroup v2 counts it; cAdvisor's is 0 on v1; pressure tells more"
#define TOPOLOGY "the machine's inner structure is no matter of containers"
#define CREATED "the Python client's own families never appear"
#define NOT_RECORDED "cAdvisor has it too; the recorded machine did not show it"

/* clang-format off */
const struct difference differences[] = {
    {"native", DIFFERENCE_ADDED, "*",
     "the predecessor has none of them; metrics.md tells what they are"},
    {"native", DIFFERENCE_LABELS, "exporter_build_info",
     "it names the C compiler instead of the Go version"},

    {"cadvisor", DIFFERENCE_MISSING, "container_cpu_load_average_10s", LOAD},
    {"cadvisor", DIFFERENCE_MISSING, "container_cpu_load_d_average_10s", LOAD},
    {"cadvisor", DIFFERENCE_MISSING, "container_tasks_state",
     "reading the state of every thread at each scrape costs more than all else; cAdvisor's default "
     "is 0 for all"},
    {"cadvisor", DIFFERENCE_MISSING, "container_fs_inodes_free", FILE_SYSTEMS},
    {"cadvisor", DIFFERENCE_MISSING, "container_fs_inodes_total", FILE_SYSTEMS},
    {"cadvisor", DIFFERENCE_MISSING, "container_fs_io_current", HOST_WIDE},
    {"cadvisor", DIFFERENCE_MISSING, "container_fs_io_time_seconds_total", HOST_WIDE},
    {"cadvisor", DIFFERENCE_MISSING, "container_fs_io_time_weighted_seconds_total", HOST_WIDE},
    {"cadvisor", DIFFERENCE_MISSING, "container_fs_read_seconds_total", HOST_WIDE},
    {"cadvisor", DIFFERENCE_MISSING, "container_fs_write_seconds_total", HOST_WIDE},
    {"cadvisor", DIFFERENCE_MISSING, "container_fs_reads_merged_total", HOST_WIDE},
    {"cadvisor", DIFFERENCE_MISSING, "container_fs_writes_merged_total", HOST_WIDE},
    {"cadvisor", DIFFERENCE_MISSING, "container_fs_sector_reads_total", HOST_WIDE},
    {"cadvisor", DIFFERENCE_MISSING, "container_fs_sector_writes_total", HOST_WIDE},
    {"cadvisor", DIFFERENCE_MISSING, "container_memory_pgscan_total", RECLAIM},
    {"cadvisor", DIFFERENCE_MISSING, "container_memory_pgsteal_total", RECLAIM},
    {"cadvisor", DIFFERENCE_MISSING, "container_memory_workingset_refault_anon_total", RECLAIM},
    {"cadvisor", DIFFERENCE_MISSING, "container_memory_workingset_refault_file_total", RECLAIM},
    {"cadvisor", DIFFERENCE_MISSING, "machine_cpu_books", TOPOLOGY},
    {"cadvisor", DIFFERENCE_MISSING, "machine_cpu_drawers", TOPOLOGY},
    {"cadvisor", DIFFERENCE_MISSING, "machine_cpu_physical_cores", TOPOLOGY},
    {"cadvisor", DIFFERENCE_MISSING, "machine_cpu_sockets", TOPOLOGY},
    {"cadvisor", DIFFERENCE_MISSING, "machine_nvm_avg_power_budget_watts", TOPOLOGY},
    {"cadvisor", DIFFERENCE_MISSING, "machine_nvm_capacity", TOPOLOGY},
    {"cadvisor", DIFFERENCE_MISSING, "machine_swap_bytes",
     "a host's exporter has it; swap of containers is in container_memory_swap"},
    {"cadvisor", DIFFERENCE_ADDED, "container_fs_reads_bytes_total", NOT_RECORDED},
    {"cadvisor", DIFFERENCE_ADDED, "container_fs_writes_bytes_total", NOT_RECORDED},
    {"cadvisor", DIFFERENCE_ADDED, "container_processes",
     "cAdvisor has it when its process metrics are on"},
    {"cadvisor", DIFFERENCE_ADDED, "container_threads",
     "cAdvisor has it when its process metrics are on"},
    {"cadvisor", DIFFERENCE_ADDED, "container_threads_max",
     "cAdvisor has it when its process metrics are on"},

    {"docker-exporter", DIFFERENCE_MISSING, "container_cpu_usage_seconds_created", CREATED},
    {"docker-exporter", DIFFERENCE_MISSING, "container_network_receive_bytes_created", CREATED},

    {"container-metrics", DIFFERENCE_MISSING, "container_logs_total",
     "Dockmeter counts no log lines"},
    {"container-metrics", DIFFERENCE_MISSING, "container_logs_created", CREATED},

    {"data-exporter", DIFFERENCE_LABELS, "*",
     "its documentation promises server_hostname and instance on every series; the program wrote "
     "one label hostname instead"},
    {"data-exporter", DIFFERENCE_MISSING, "server_ip",
     "a server's address is known to whoever reaches it: the aggregator, not the server"},
};
/* clang-format on */
const size_t n_differences = sizeof(differences) / sizeof(differences[0]);

static bool has_family(const struct row *rows, size_t n, const char *family) {
    for (size_t i = 0; i < n; i++) {
        if (str_eq(str_of(rows[i].name), str_of(family))) {
            return true;
        }
    }
    return false;
}

const char *page_difference(const char *profile, const char *family) {
    const struct profile *p = profile_find(str_of(profile));
    for (size_t i = 0; i < n_differences; i++) {
        const struct difference *d = &differences[i];
        if (d->kind != DIFFERENCE_ADDED && str_eq(str_of(d->profile), str_of(profile)) &&
            str_eq(str_of(d->family), str_of(family))) {
            return d->reason;
        }
    }
    bool here =
        has_family(p->rows, p->n_rows, family) || has_family(self_rows, n_self_rows, family);
    return here ? NULL : "not here either";
}
