"""Attempts to move money: asked for, planned, sent, and settled by what the gateway answered."""
