"""Figures for operators: how many orders are where, and how quickly they get on."""
