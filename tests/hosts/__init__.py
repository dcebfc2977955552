"""The product as hosts run it: their firewalls, their PHP, their editors and their terminals."""
