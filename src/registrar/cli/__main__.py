"""`python -m registrar.cli`."""

from registrar.cli.main import main

main()
