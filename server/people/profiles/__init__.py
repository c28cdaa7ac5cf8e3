"""Profiles: what people say of themselves.

rules    what a change makes of a profile
visible  how people are called, and whom somebody finds among them
desk     answers the commands about profiles
"""
