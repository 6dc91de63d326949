"""Health platforms as data: one TOML file says how a region's service is asked and how its answers are read.

    dialect.py            what such a file may say; dialect_file.py loads it
    dialect_check.py field_check.py   hold its parts together
    template.py signing.py times.py expression.py     the small languages in it, none of which runs code
    request.py            a question becomes bytes
    transport.py          bytes go out and a bounded answer comes back
    conversation.py exchange.py   what one question takes, and what the answers of its requests amount to
    answer.py fields.py laboratory.py json_text.py    an answer becomes a Status; what cannot be read is never green
    origin.py             out of which requests' answers a field comes
    token.py breaker.py rate.py memory.py     what is kept between questions
    platform.py           Platform.ask: all of it within one budget

README.md beside this file is the guide "connect your province".
"""
