# Completions of dockmeter for bash, from: dockmeter docs completion-bash
# shellcheck shell=bash

# What may stand behind flag $2 of command $1: its kind, and its words; fails where nothing may.
_dockmeter_value() {
    kind=text words=''
    case "$1 $2" in
    'scrape --from') ;;
    'scrape --ca-file') kind='file' ;;
    'scrape --timeout') ;;
    'scrape --format') kind='word' words='openmetrics text' ;;
    'top --interval') ;;
    'migrate --config') kind='file' ;;
    'migrate --dashboard') kind='file' ;;
    'migrate --rules') kind='file' ;;
    'migrate --from') kind='word' words='native docker-exporter container-metrics docker-stats data-exporter cadvisor' ;;
    'migrate --output') kind='folder' ;;
    'migrate --service') ;;
    *' --config.file') kind='file' ;;
    *' --config') kind='file' ;;
    *' --preset') kind='word' words='docker-exporter container-metrics docker-stats data-exporter cadvisor' ;;
    *' --server.port') ;;
    *' --server.address') ;;
    *' --server.listen_addresses') ;;
    *' --web.listen-address') ;;
    *' --server.metrics_path') ;;
    *' --web.telemetry-path') ;;
    *' --server.metrics_everywhere') kind='switch' words='true false' ;;
    *' --server.health_path') ;;
    *' --server.ready_path') ;;
    *' --server.route_prefix') ;;
    *' --web.route-prefix') ;;
    *' --server.max_requests') ;;
    *' --web.max-requests') ;;
    *' --server.max_connections') ;;
    *' --server.max_connections_per_address') ;;
    *' --server.head_timeout') ;;
    *' --server.idle_timeout') ;;
    *' --server.user') ;;
    *' --server.tls.enabled') kind='switch' words='true false' ;;
    *' --server.tls.cert_file') kind='file' ;;
    *' --server.tls.key_file') kind='file' ;;
    *' --server.auth.enabled') kind='switch' words='true false' ;;
    *' --server.auth.username') ;;
    *' --server.auth.password') ;;
    *' --docker.host') ;;
    *' --docker.api_version') ;;
    *' --docker.tls.enabled') kind='switch' words='true false' ;;
    *' --docker.tls.ca_cert') kind='file' ;;
    *' --docker.tls.cert') kind='file' ;;
    *' --docker.tls.key') kind='file' ;;
    *' --docker.tls.verify') kind='switch' words='true false' ;;
    *' --collection.interval') ;;
    *' --collection.last_collected_file') kind='file' ;;
    *' --collection.timeout') ;;
    *' --collection.resync') ;;
    *' --collection.source') kind='word' words='auto kernel engine' ;;
    *' --collection.host_root') kind='folder' ;;
    *' --collection.system_interval') ;;
    *' --collection.disk_interval') ;;
    *' --collection.collectors.container') kind='switch' words='true false' ;;
    *' --collection.collectors.system') kind='switch' words='true false' ;;
    *' --collection.collectors.disk') kind='switch' words='true false' ;;
    *' --collection.filters.include.labels') ;;
    *' --collection.filters.include.names') ;;
    *' --collection.filters.include.images') ;;
    *' --collection.filters.exclude.labels') ;;
    *' --collection.filters.exclude.names') ;;
    *' --collection.filters.exclude.images') ;;
    *' --metrics.profile') kind='word' words='native cadvisor docker-exporter container-metrics docker-stats data-exporter' ;;
    *' --metrics.machine_name') ;;
    *' --metrics.namespace') ;;
    *' --metrics.global_labels') ;;
    *' --metrics.container_labels') ;;
    *' --metrics.disable') kind='words' words='accelerator advtcp app cpu cpuLoad cpu_topology cpuset disk diskIO hugetlb memory memory_numa network oom_event percpu perf_event pressure process referenced_memory resctrl sched tcp udp' ;;
    *' --metrics.enable') kind='words' words='accelerator advtcp app cpu cpuLoad cpu_topology cpuset disk diskIO hugetlb memory memory_numa network oom_event percpu perf_event pressure process referenced_memory resctrl sched tcp udp' ;;
    *' --metrics.root_cgroup') kind='switch' words='true false' ;;
    *' --metrics.compat_names') kind='switch' words='true false' ;;
    *' --metrics.cache.enabled') kind='switch' words='true false' ;;
    *' --metrics.cache.ttl') ;;
    *' --logging.level') kind='word' words='debug info warn error' ;;
    *' --log.level') kind='word' words='debug info warn error' ;;
    *' --logging.format') kind='word' words='text json' ;;
    *' --log.format') kind='word' words='text json' ;;
    *' --logging.output') kind='word' words='stdout stderr' ;;
    *' --performance.max_concurrent') ;;
    *) return 1 ;;
    esac
}

# The values of a flag that begin with $cur; $start stands before them on the same word.
_dockmeter_values() {
    local list=${cur%"${cur##*,}"}
    case $kind in
    file | folder)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -P "$start" -A "${kind/folder/directory}" -- "$cur")
        ;;
    words)
        compopt -o nospace 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -P "$start$list" -W "$words" -- "${cur##*,}")
        ;;
    *) mapfile -t COMPREPLY < <(compgen -P "$start" -W "$words" -- "$cur") ;;
    esac
}

_dockmeter() {
    local cur=${COMP_WORDS[COMP_CWORD]} flag=${COMP_WORDS[COMP_CWORD - 1]} command=serve
    local start='' equals='' kind words flags
    COMPREPLY=()
    [[ ${COMP_WORDS[1]} == -* ]] || command=${COMP_WORDS[1]}
    # Readline takes --flag=value apart where = ends a word, and leaves it whole elsewhere.
    case $cur in
    --*=*) equals=yes flag=${cur%%=*} cur=${cur#*=} start=$flag= ;;
    =) equals=yes cur='' ;;
    *) [[ $flag != = ]] || equals=yes flag=${COMP_WORDS[COMP_CWORD - 2]} ;;
    esac
    if _dockmeter_value "$command" "$flag" && [[ $kind != switch || $equals ]]; then
        _dockmeter_values
        return
    fi
    flags='
        --config.file=
        --config=
        --version
        --help
        --preset=
        --server.port=
        --server.address=
        --server.listen_addresses=
        --web.listen-address=
        --server.metrics_path=
        --web.telemetry-path=
        --server.metrics_everywhere --no-server.metrics_everywhere
        --server.health_path=
        --server.ready_path=
        --server.route_prefix=
        --web.route-prefix=
        --server.max_requests=
        --web.max-requests=
        --server.max_connections=
        --server.max_connections_per_address=
        --server.head_timeout=
        --server.idle_timeout=
        --server.user=
        --server.tls.enabled --no-server.tls.enabled
        --server.tls.cert_file=
        --server.tls.key_file=
        --server.auth.enabled --no-server.auth.enabled
        --server.auth.username=
        --server.auth.password=
        --docker.host=
        --docker.api_version=
        --docker.tls.enabled --no-docker.tls.enabled
        --docker.tls.ca_cert=
        --docker.tls.cert=
        --docker.tls.key=
        --docker.tls.verify --no-docker.tls.verify
        --collection.interval=
        --collection.last_collected_file=
        --collection.timeout=
        --collection.resync=
        --collection.source=
        --collection.host_root=
        --collection.system_interval=
        --collection.disk_interval=
        --collection.collectors.container --no-collection.collectors.container
        --collection.collectors.system --no-collection.collectors.system
        --collection.collectors.disk --no-collection.collectors.disk
        --collection.filters.include.labels=
        --collection.filters.include.names=
        --collection.filters.include.images=
        --collection.filters.exclude.labels=
        --collection.filters.exclude.names=
        --collection.filters.exclude.images=
        --metrics.profile=
        --metrics.machine_name=
        --metrics.namespace=
        --metrics.global_labels=
        --metrics.container_labels=
        --metrics.disable=
        --metrics.enable=
        --metrics.root_cgroup --no-metrics.root_cgroup
        --metrics.compat_names --no-metrics.compat_names
        --metrics.cache.enabled --no-metrics.cache.enabled
        --metrics.cache.ttl=
        --logging.level=
        --log.level=
        --logging.format=
        --log.format=
        --logging.output=
        --performance.max_concurrent='
    case $command in
    scrape) flags+='
        --from=
        --ca-file=
        --timeout=
        --format=' ;;
    top) flags+='
        --interval=
        --once' ;;
    migrate) flags='
        --config=
        --dashboard=
        --rules=
        --from=
        --output=
        --service=
        --help' ;;
    help) flags='' ;;
    esac
    # The command itself, or the one that help is about.
    if [[ $COMP_CWORD == 1 && $cur != -* || "$command $COMP_CWORD" == 'help 2' ]]; then
        flags='serve scrape check top healthcheck config migrate version help'
    fi
    mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$cur")
    # Behind = comes the value.
    [[ ${#COMPREPLY[@]} != 1 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace 2>/dev/null
}

complete -F _dockmeter dockmeter
