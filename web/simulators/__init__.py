"""Stand-ins for servers of other people, each a server of its own with its own books."""
