"""Money under every kind of bad luck: one machine, walked at random by a command and by the tests alike."""
