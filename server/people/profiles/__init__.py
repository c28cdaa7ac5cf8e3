"""Profiles: what people say of themselves.

rules  what a change makes of a profile
desk   answers the commands about profiles
"""
