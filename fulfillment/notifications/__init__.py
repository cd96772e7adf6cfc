"""E-mails to customers: written from templates, sent at least once."""
