"""What is learned from many measurements at once."""
