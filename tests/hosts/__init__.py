"""The product as real hosts run it: their PHP, terminals, files and firewalls."""
