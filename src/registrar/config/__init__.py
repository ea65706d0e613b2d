"""Every setting, its default and its meaning."""
