"""Schema migrations, applied by `registrar.store.migrate`."""
