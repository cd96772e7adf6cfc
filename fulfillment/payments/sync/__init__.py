"""Sync: our books are held against the gateway's history, and what was moved elsewhere comes in. (PY3)"""
