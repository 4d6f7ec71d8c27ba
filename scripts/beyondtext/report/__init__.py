"""Tables, figures and the page.

May import every other package.
"""
