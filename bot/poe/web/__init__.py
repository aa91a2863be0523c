"""The browser backend: the only place that knows Selenium."""
