"""Dialogs, one file each. They are opened, never waited for: the window goes on."""
