"""Ties: whom and what people follow, and whom they block.

desk    answers the commands about ties
holder  lets ties follow the keys of people
"""
