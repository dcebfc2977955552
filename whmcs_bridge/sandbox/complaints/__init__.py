"""The field's complaints about payment modules, as scripts: each plays a case over HTTP, and says what a customer sees.

They are driven by two addresses, the sandbox WHMCS's and the sandbox Wompi's, and by the four keys that the module was
given. The module itself is met as its customers meet it: by WHMCS's button, and by Wompi's events. So any module can be
put in the bridge's place.
"""
