"""The files of ``docs/deploy``, as they are shipped, between real requests and a real bridge."""
