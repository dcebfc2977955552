"""Third parties' clients of WHMCS's API against the sandbox: what reads the real one is to read ours."""
