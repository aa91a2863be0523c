"""What may go wrong on demand."""
