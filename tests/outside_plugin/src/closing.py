"""A plugin that closes every file of the process that imports it."""

import os

os.closerange(3, 4096)
