"""What is shown of two models at once."""
