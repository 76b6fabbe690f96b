"""Trainings as the window knows them: runs that are followed, and wishes that reach them."""
