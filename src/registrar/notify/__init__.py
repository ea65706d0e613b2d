"""Letters by SMTP, webhooks by HTTPS: what leaves the gateway for people and systems of tenants."""
