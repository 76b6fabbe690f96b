"""What several commands need; a command is a file beside this folder."""
