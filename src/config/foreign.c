#include "config/foreign.h"

#include <errno.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "config/load.h"

#define ALL_LABELS "*"

const struct foreign foreigns[] = {
    {.flag = "port", .option = "server.port"},
    {.flag = "p", .option = "server.port"},
    {.flag = "listen_ip", .option = "server.address"},
    {.flag = "prometheus_endpoint", .option = "server.metrics_path"},
    {.flag = "url_base_prefix", .option = "server.route_prefix"},
    {.flag = "docker", .option = "docker.host"},
    {.flag = "docker-tls", .option = "docker.tls.enabled", .boolean = true},
    {.flag = "docker-tls-ca", .option = "docker.tls.ca_cert"},
    {.flag = "docker-tls-cert", .option = "docker.tls.cert"},
    {.flag = "docker-tls-key", .option = "docker.tls.key"},
    {.flag = "housekeeping_interval", .option = "metrics.cache.ttl"},
    {.flag = "store_container_labels",
     .option = "metrics.container_labels",
     .yes = ALL_LABELS,
     .no = "",
     .boolean = true},
    {.flag = "whitelisted_container_labels", .option = "metrics.container_labels"},
    {.flag = "disable_metrics", .option = "metrics.disable"},
    {.flag = "enable_metrics", .option = "metrics.enable"},
    {.flag = "disable_root_cgroup_stats",
     .option = "metrics.root_cgroup",
     .yes = "false",
     .no = "true",
     .boolean = true},

    {.flag = "docker_only", .boolean = true, .natural = true},
    {.flag = "logtostderr", .boolean = true, .natural = true},

    {.flag = "allow_dynamic_housekeeping", .boolean = true},
    {.flag = "global_housekeeping_interval"},
    {.flag = "max_housekeeping_interval"},
    {.flag = "update_machine_info_interval"},
    {.flag = "storage_duration"},
    {.flag = "event_storage_age_limit"},
    {.flag = "event_storage_event_limit"},
    {.flag = "application_metrics_count_limit"},
    {.flag = "collector_cert"},
    {.flag = "collector_key"},
    {.flag = "container_hints"},
    {.flag = "raw_cgroup_prefix_whitelist"},
    {.flag = "env_metadata_whitelist"},
    {.flag = "perf_events_config"},
    {.flag = "resctrl_interval"},
    {.flag = "referenced_reset_interval"},
    {.flag = "enable_load_reader", .boolean = true},
    {.flag = "max_procs"},
    {.flag = "profiling", .boolean = true},
    {.flag = "machine_id_file"},
    {.flag = "boot_id_file"},
    {.flag = "http_auth_realm"},
    {.flag = "http_digest_realm"},

    {.flag = "docker_root"},
    {.flag = "docker_env_metadata_whitelist"},
    {.flag = "containerd"},
    {.flag = "containerd-namespace"},
    {.flag = "containerd_env_metadata_whitelist"},
    {.flag = "containerd-env-metadata-whitelist"},
    {.flag = "crio_client_timeout"},
    {.flag = "mesos_agent"},
    {.flag = "mesos_agent_timeout"},
    {.flag = "podman"},

    {.flag = "storage_driver"},
    {.flag = "storage_driver_buffer_duration"},
    {.flag = "storage_driver_db"},
    {.flag = "storage_driver_es_enable_sniffer", .boolean = true},
    {.flag = "storage_driver_es_host"},
    {.flag = "storage_driver_es_index"},
    {.flag = "storage_driver_es_type"},
    {.flag = "storage_driver_host"},
    {.flag = "storage_driver_influxdb_retention_policy"},
    {.flag = "storage_driver_kafka_broker_list"},
    {.flag = "storage_driver_kafka_ssl_ca"},
    {.flag = "storage_driver_kafka_ssl_cert"},
    {.flag = "storage_driver_kafka_ssl_key"},
    {.flag = "storage_driver_kafka_ssl_verify", .boolean = true},
    {.flag = "storage_driver_kafka_topic"},
    {.flag = "storage_driver_password"},
    {.flag = "storage_driver_secure", .boolean = true},
    {.flag = "storage_driver_table"},
    {.flag = "storage_driver_user"},
    {.flag = "bq_account"},
    {.flag = "bq_credentials_file"},
    {.flag = "bq_id"},
    {.flag = "bq_project_id"},
    {.flag = "bq_secret"},

    {.flag = "v"},
    {.flag = "vmodule"},
    {.flag = "alsologtostderr", .boolean = true},
    {.flag = "stderrthreshold"},
    {.flag = "log_backtrace_at"},
    {.flag = "log_cadvisor_usage", .boolean = true},
    {.flag = "log_dir"},
    {.flag = "log_file"},
    {.flag = "log_file_max_size"},
    {.flag = "add_dir_header", .boolean = true},
    {.flag = "one_output", .boolean = true},
    {.flag = "skip_headers", .boolean = true},
    {.flag = "skip_log_headers", .boolean = true},
};
const size_t n_foreigns = sizeof(foreigns) / sizeof(foreigns[0]);
_Static_assert(sizeof(foreigns) / sizeof(foreigns[0]) <= FOREIGN_MAX, "struct load has room");

const struct foreign *foreign_find(struct str flag) {
    for (size_t i = 0; i < n_foreigns; i++) {
        if (str_eq(str_of(foreigns[i].flag), flag)) {
            return &foreigns[i];
        }
    }
    return NULL;
}

void foreign_write(const struct foreign *row, struct buf *out) {
    buf_fmt(out, "%s%s", row->flag[1] ? "--" : "-", row->flag);
}

static bool was_given(const struct load *load, const char *flag) {
    return load->foreign_given[foreign_find(str_of(flag)) - foreigns];
}

/* What a switch says, in its option's words. */
static int take_switch(const struct foreign *row, struct str value, struct str *ret,
                       bool *ret_natural, struct err *err) {
    bool on = false;
    if (!value_truth(value, &on)) {
        struct buf shown CLEANUP_BUF = BUF_INIT;
        value_quote(value, &shown);
        return err_set(err, -EINVAL, "%s is not true or false", buf_cstr(&shown));
    }
    if (row->yes) {
        *ret = str_of(on ? row->yes : row->no);
    }
    *ret_natural = on && row->natural;
    return 0;
}

int foreign_take(struct load *load, const struct foreign *row, struct str value,
                 const struct config_origin *origin, struct err *err) {
    bool natural = false;
    if (row->boolean && take_switch(row, value, &value, &natural, err) < 0) {
        return origin_wrap(origin, err);
    }
    load->foreign_given[row - foreigns] = !natural;
    return row->option ? load_text(load, option_find(str_of(row->option)), value, origin, err) : 0;
}

/* Names those that were met and mean nothing. */
static void note_without_effect(struct load *load) {
    struct buf names CLEANUP_BUF = BUF_INIT;
    size_t n = 0;
    for (size_t i = 0; i < n_foreigns; i++) {
        if (load->foreign_given[i] && !foreigns[i].option) {
            buf_text(&names, n++ ? ", " : "");
            foreign_write(&foreigns[i], &names);
        }
    }
    if (n) {
        struct buf note CLEANUP_BUF = BUF_INIT;
        buf_fmt(&note, "cAdvisor's flag%s %s %s no effect in Dockmeter", n > 1 ? "s" : "",
                buf_cstr(&names), n > 1 ? "have" : "has");
        load_note_text(load, buf_view(&note));
    }
}

/* As in cAdvisor the list counts only when not all labels are exported, as its preset does. */
static int settle_labels(struct load *load, struct err *err) {
    static const char list[] = "whitelisted_container_labels";
    static const char all[] = "store_container_labels";
    if (!was_given(load, list) || was_given(load, all) ||
        !str_eq(load->config->preset, STR("cadvisor"))) {
        return 0;
    }
    struct config_origin origin = {.layer = LAYER_FLAG, .where = "--whitelisted_container_labels"};
    load_note(load, "flag --%s has no effect without --%s=false: all labels are exported", list,
              all);
    return load_text(load, option_find(STR("metrics.container_labels")), STR(ALL_LABELS), &origin,
                     err);
}

/* cAdvisor's own names of the files, in the working folder; here only of those that are there. */
static int settle_docker_tls(struct load *load, struct err *err) {
    static const char *const rows[][2] = {{"docker.tls.ca_cert", "ca.pem"},
                                          {"docker.tls.cert", "cert.pem"},
                                          {"docker.tls.key", "key.pem"}};
    struct config_origin origin = {.layer = LAYER_FLAG, .where = "--docker-tls"};
    int r = 0;
    if (!was_given(load, "docker-tls") || !load->config->docker.tls.enabled) {
        return 0;
    }
    for (size_t i = 0; !r && i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct option *o = option_find(str_of(rows[i][0]));
        if (load_origin(load, o)->layer == LAYER_DEFAULT && access(rows[i][1], F_OK) == 0) {
            r = load_text(load, o, str_of(rows[i][1]), &origin, err);
        }
    }
    return r;
}

int foreign_settle(struct load *load, struct err *err) {
    note_without_effect(load);
    int r = settle_labels(load, err);
    return r ? r : settle_docker_tls(load, err);
}
