"""A trace for people: MIME bundle, HTML, Markdown, terminal, reports, an audit notebook that runs again.

The text of models and documents in them is made harmless: it stands in code and in fenced blocks, or is escaped.
"""
