"""Ties: whom and what people follow, and whom they block.

desk     answers the commands about ties
follows  says which follows count
holder   lets ties follow the keys of people
"""
