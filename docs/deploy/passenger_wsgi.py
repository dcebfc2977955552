"""Para cPanel («Setup Python App») y todo Passenger: copie este archivo a la carpeta de la aplicación, con su ``.env``.

For cPanel ("Setup Python App") and any Passenger: copy this file into the application's folder, beside ``.env``.
"""

import os
from pathlib import Path

# ``.env`` and ``sqlite:///bridge.db`` are looked for in the working directory.
os.chdir(Path(__file__).resolve().parent)

from whmcs_bridge.wsgi import application  # noqa: E402, F401 - Passenger takes this name
