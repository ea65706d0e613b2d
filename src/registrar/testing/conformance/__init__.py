"""The conformance kit: 25 checks that every connector must pass, as pytest items or by itself.

In a repository of connectors, `conftest.py` needs one line:
`pytest_plugins = ["registrar.testing.conformance.plugin"]`. See docs/connectors/conformance.md.
"""
