"""The HTTP edge: the API that takes commands, and the simulators that stand in for other people's servers."""
