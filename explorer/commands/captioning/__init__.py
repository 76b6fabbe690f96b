"""What the command `caption` consists of."""
