"""The web tier: a manufacturer's form, read as a person would see it, and filled.

What a page holds is taken as data in one call (`survey`); what to do with it is decided in pure
functions (`locating`, `planning`, `recognising`), and done in one call again. Only `browser` and
`page` know Playwright.
"""
