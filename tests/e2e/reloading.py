"""A Dockmeter whose configuration file tests change and have reread."""
import os
import signal

from support import wait_for

DONE = "the configuration was reloaded"
FAILED = "the configuration was not reloaded, nothing has changed"
NO_FILE = "there is no configuration file to reload"
OK = "exporter_config_last_reload_successful"
WHEN = "exporter_config_last_reload_success_timestamp_seconds"


class Reloading:
    """A Dockmeter with a configuration file that tests change."""

    def __init__(self, meter, folder, host, text="", *args, **kwargs):
        """text None: without a file."""
        self.path = folder / "reload.yaml"
        if text is not None:
            self.write(text)
            args = ("--config.file", self.path, *args)
        self.meter = meter(host, *args, **kwargs)
        self.get, self.page = self.meter.get, self.meter.page

    def write(self, text):
        """As editors do it: a new file is renamed over the old one."""
        fresh = self.path.with_suffix(".new")
        fresh.write_text(text)
        os.replace(fresh, self.path)

    def lines(self, *messages):
        return [line for line in self.meter.log_lines() if line["msg"] in messages]

    def hup(self):
        """Sends the signal and gives the line that tells of it."""
        before = len(self.lines(DONE, FAILED, NO_FILE))
        self.meter.process.send_signal(signal.SIGHUP)
        wait_for(lambda: len(self.lines(DONE, FAILED, NO_FILE)) > before, what="the reload's line in the log")
        return self.lines(DONE, FAILED, NO_FILE)[-1]

    def change(self, text):
        """Writes, reloads; the options that changed at once and those that need a restart."""
        self.write(text)
        line = self.hup()
        assert line["msg"] == DONE, line
        return tuple(set(line[key].split(", ")) - {""} for key in ("changed", "needs_restart"))

    def ready(self):
        self.meter.wait_ready()
        return self


def shown(page):
    return {labels["container_name"] for labels, _ in page.all("container_info")}
