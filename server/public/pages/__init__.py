"""Pages for browsers: what everybody may see without logging in, and nothing else.

What is shown is a plain value (``models``), made of what a stranger may see (``filling``, with
``coming_up`` and ``names``), and turned into HTML (``rendering``), data for search engines
(``structured``) or a feed (``atom``).
"""
