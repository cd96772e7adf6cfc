"""What is held about a person: given to them, and erased, while the books stay."""
