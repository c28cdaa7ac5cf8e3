"""What is proven about people: the rules of claims, and the kinds of proof.

The rules are pure, as those of keys are: ``decide`` judges a command and gives events, ``evolve``
gives the state after an event, time and randomness come in as arguments. A claim counts as long as
the key is in force through which it was proven.
"""
