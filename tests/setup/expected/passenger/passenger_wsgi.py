"""Para cPanel («Setup Python App») y todo Passenger. Lo escribe «wompi-bridge setup», junto a su ``.env``.

For cPanel ("Setup Python App") and any Passenger. Written by 'wompi-bridge setup', beside ``.env``.
"""

import os
from pathlib import Path

# ``.env`` and ``sqlite:///bridge.db`` are looked for in the working directory.
os.chdir(Path(__file__).resolve().parent)

from whmcs_bridge.wsgi import application  # noqa: E402, F401 - Passenger takes this name
