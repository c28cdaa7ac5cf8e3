"""Backups of all that a server keeps, each one file.

archive    the file: what is in it, and whether it is whole
making     makes one, while the server runs
restoring  puts one back into a data folder
"""
