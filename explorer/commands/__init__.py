"""What the window can do, without it: one file per command."""
