"""What Dockmeter loses behind a socket proxy that refuses something, and what it says of it, as docs/install/compose.md has it."""
import re

import pytest

from images import image_of, load_proxy
from realengine import SLEEP
from support import ROOT, request, wait_for

FLAGS = ("CONTAINERS", "INFO", "IMAGES", "VOLUMES", "NETWORKS", "EVENTS", "PING", "VERSION")
