"""Another exporter: an HTTP server that answers what a test says, on TCP, with TLS, or on a unix socket."""
import http.server
import os
import socketserver
import ssl
import threading

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers every GET with the server's page."""

    def do_GET(self):  # noqa: N802
        exporter = self.server.exporter
        exporter.requests.append((self.path, self.headers))
        if exporter.hang:
            exporter.ended.wait(30)
            return
        self.send_response(exporter.status)
        for name, value in exporter.headers.items():
            self.send_header(name, value)
        if "Content-Length" not in exporter.headers:
            self.send_header("Content-Length", str(len(exporter.body)))
        self.end_headers()
        self.wfile.write(exporter.body)

    def log_message(self, *args):
        pass

    def address_string(self):
        return "a client"


class UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


class Exporter:
    """For a with block; .url is where its page is."""

    def __init__(self, page="", kind=TEXT, status=200, path=None, certs=None, hang=False, **headers):
        self.body = page if isinstance(page, bytes) else page.encode()
        self.status, self.hang = status, hang
        self.headers = {"Content-Type": kind} if kind else {}
        self.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
        self.requests = []
        self.ended = threading.Event()
        if path:
            self.server = UnixServer(os.fspath(path), Handler)
            self.url = f"unix://{path}"
        else:
            self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
            self.port = self.server.server_address[1]
            self.url = f"http{'s' if certs else ''}://127.0.0.1:{self.port}/metrics"
        if certs:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certs.server, certs.server_key)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.server.exporter = self
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *args):
        self.ended.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
