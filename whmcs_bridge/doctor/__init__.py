"""``wompi-bridge doctor``: checks everything from the settings to the files in WHMCS, and changes none of it.

One module for each part. A check says what was seen and how to mend it, in words for an admin who is no programmer.
What cannot be checked because something else is broken is left out, so that only the cause is named.
"""
