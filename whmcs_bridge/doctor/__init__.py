"""``wompi-bridge doctor``: looks at the whole road, from the settings to the files in WHMCS, and changes nothing on it.

One module for each part of the road. A check says what was seen and how to mend it, in words for an admin who is no
programmer. What cannot be checked because of something else that is broken is left out, so that only the cause is
named.
"""
