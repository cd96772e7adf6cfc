"""Starting and stopping the parts of the system: database, broker and processes."""
