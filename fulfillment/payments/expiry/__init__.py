"""Authorizations end: renewed before they do, and written off the books when they have."""
