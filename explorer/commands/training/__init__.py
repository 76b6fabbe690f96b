"""What the command `train` is consists of."""
