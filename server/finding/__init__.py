"""Finding what goes on: home, and search. What is hidden from somebody is not found by them.

words       what words a text has, however they are written
word_index  things by the words of their texts
composing   what stands at home for one person
home_news   tells who watches home what has changed there
searching   looks for words in all that may be found
desk        answers the commands about all of it
"""
