"""Orders, their forms and lines, their holds and cancellation."""
