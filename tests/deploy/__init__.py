"""The files that ``wompi-bridge setup`` writes, between real requests and a real bridge."""
