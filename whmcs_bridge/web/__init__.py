"""The web side: the routes and the pages that a payer sees."""
