"""``wompi-bridge setup`` and ``go-live``: what a person alone can answer is asked and proven; all else is written.

``answers`` is what was answered, ``places`` where an installation lies, ``files`` what is written there, ``writing``
how, ``prove`` whether WHMCS and Wompi take the answers, ``install`` and ``running`` the way from answers to a running
bridge, ``dialogue`` the questions, ``production`` the change of the keys.
"""
