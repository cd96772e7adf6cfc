"""What no gateway can do with money: a person is told, does it, and says how it ended."""
