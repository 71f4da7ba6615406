"""A real Prometheus scrapes both formats from a real Engine and answers queries on them."""
import contextlib
import time

import pytest

from prometheus import Prometheus
from support import request, wait_for

pytestmark = pytest.mark.slow


@contextlib.contextmanager
def plain_text_front(port):
    """A front that drops the Accept header, so that Prometheus gets the text format."""
    import http.server
    import threading

    class Front(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            headers = {k: v for k, v in self.headers.items() if k.lower() not in ("accept", "host", "accept-encoding")}
            answer = request(port, self.path, headers=headers)
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers["Content-Type"])
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *args):
            pass
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Front)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def prometheus(native, tmp_path_factory):
    """A Prometheus that has scraped both formats for a while."""
    def job(name, port):
        return {"job_name": name, "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}
    with plain_text_front(native.port) as plain:
        jobs = [job("openmetrics", native.port), job("text", plain)]
        with contextlib.closing(Prometheus(tmp_path_factory.mktemp("prometheus"), jobs)) as server:
            yield server.wait_scraped(5)


def test_both_formats_are_up_and_complete(prometheus):
    """A scrape that took more than its second on a busy machine is no page that was refused."""
    def complete():
        assert {m["job"]: v for m, v in prometheus.query("up")} == {"openmetrics": 1, "text": 1}
        return {m["job"]: v for m, v in prometheus.query("count by (job) (container_state)")} == {"openmetrics": 22, "text": 22}
    wait_for(complete, what="both to be up and complete")


def test_rate_of_burner(prometheus, engine):
    """A quarter of a core where the machine has it to spare; in any case what the kernel counted meanwhile."""
    path = engine.cgroup("cpuacct", "burner") / "cpuacct.usage"

    def as_the_kernel():
        start, used = time.monotonic(), int(path.read_text())
        wait_for(lambda: time.monotonic() - start > 10, interval=0.5)
        true_rate = (int(path.read_text()) - used) / 1e9 / (time.monotonic() - start)
        rates = prometheus.query('rate(container_cpu_usage_seconds_total{container_name="burner"}[10s])')
        assert len(rates) == 2
        assert all(0.6 * true_rate < v < 1.4 * true_rate and v < 0.33 for _, v in rates), (true_rate, rates)
        return True
    wait_for(as_the_kernel, 120, what="the rate that the kernel counted")


def test_count_by_name(prometheus):
    counts = prometheus.query('count by (container_name) (container_memory_usage_bytes{job="text"})')
    assert len(counts) >= 16 and all(v == 1 for _, v in counts)
    usual = prometheus.query('container_memory_usage_bytes{container_name="burner"} / container_memory_limit_bytes')
    assert all(0 < v < 1 for _, v in usual)


def test_both_formats_bring_the_same_series(prometheus):
    """A scrape of one second may miss the Engine's tick, so what counts is what came within two minutes.

    `looping` is left out: which of its short lives a scrape meets is chance."""
    def series(job):
        found = prometheus.query(f'last_over_time({{__name__=~"container_.+", container_name!="looping", job="{job}"}}[2m])')
        return {tuple(sorted((k, v) for k, v in m.items() if k not in ("job", "instance"))) for m, _ in found}

    def same():
        one, other = series("openmetrics"), series("text")
        assert not one ^ other, sorted(one ^ other)[:5]
        return len(one) > 300
    wait_for(same, 90, 0.5, what="the same series in both formats")
