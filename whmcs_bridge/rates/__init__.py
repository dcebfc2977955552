"""How many pesos one unit of another currency is today: by WHMCS's own rate, or by Colombia's official one."""
