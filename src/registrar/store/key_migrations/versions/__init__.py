"""One file a migration, each marked for before or after the deployment of its code."""
