"""The only room that knows W&B's server.

`auth` finds the login, `client` asks (`transport` sends, `pacing` waits, `answers`
understands, `sdk` is the way without an API key), `queries` holds every GraphQL text,
`views` and `project` the things that are asked for.
"""
