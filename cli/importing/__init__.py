"""Rows of somebody's table, made into what its source says of customers."""
