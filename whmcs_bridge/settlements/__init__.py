"""What Wompi really charged, withheld and paid out, against what was booked. Nothing here ever touches an invoice."""
