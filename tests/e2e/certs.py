"""A certificate authority with a server's and a client's certificate, made by openssl."""
import subprocess
from pathlib import Path


class Certs:
    """Files of one folder: ca.pem, server.pem, server-key.pem, cert.pem, key.pem (the client's, as docker names them)."""

    def __init__(self, folder, name="test CA", names="DNS:localhost,IP:127.0.0.1"):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ca, self.ca_key = self.folder / "ca.pem", self.folder / "ca-key.pem"
        self.server, self.server_key = self.folder / "server.pem", self.folder / "server-key.pem"
        self.client, self.client_key = self.folder / "cert.pem", self.folder / "key.pem"
        self._openssl("req", "-x509", *self._key(self.ca_key), "-out", self.ca, "-days", "2", "-subj", f"/CN={name}",
                      "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")
        self._issue(self.server, self.server_key, "localhost",
                    f"subjectAltName={names}\nextendedKeyUsage=serverAuth\n")
        self._issue(self.client, self.client_key, "client", "extendedKeyUsage=clientAuth\n")

    def engine_flags(self):
        """For a dockerd that asks its clients for their certificate."""
        return ["--tlsverify", "--tlscacert", self.ca, "--tlscert", self.server, "--tlskey", self.server_key]

    @staticmethod
    def _key(path):
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", path]

    def _issue(self, cert, key, name, extensions):
        request, more = self.folder / "request.pem", self.folder / "extensions"
        more.write_text(extensions, encoding="utf-8")
        self._openssl("req", *self._key(key), "-out", request, "-subj", f"/CN={name}")
        self._openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self.ca_key, "-CAcreateserial",
                      "-days", "2", "-out", cert, "-extfile", more)

    @staticmethod
    def _openssl(*args):
        subprocess.run(["/usr/bin/openssl", *map(str, args)], check=True, capture_output=True)
