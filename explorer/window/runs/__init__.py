"""What is shown of trainings: curves, a table, augmented pictures, and attention that learns."""
