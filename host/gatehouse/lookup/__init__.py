"""One status for a traveller, from all who may know: health platforms, what they told before, the register.

lookup_settings.py    tables [lookup] and [[route]]
routes.py             whom to ask about a card, pure
asking.py             all of a route at once, within a tap's budget
answers.py keeping.py     what platforms told, kept by pseudonym; written beside the event loop
merging.py            several answers become one status: the written rule
lookup.py             all of it
"""
